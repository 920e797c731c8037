"""Servers that misbehave on purpose, for test_pull.py: a web server, Google Drive's pages over TLS, a proxy.

A web server's address says how it behaves: URL/PLAN[/ARGUMENT...]/FILE, such as URL/cuts/7/50/model.pt. The plans are
the functions of `Plans`. All run in threads of the test's own process and listen on 127.0.0.1 only.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import http.client
import random
import re
import select
import socket
import ssl
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_BLOCK = 16384
_QUOTA_PAGE = """<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head><body>
<p class="uc-error-caption">Sorry, you can't view or download this file at this time.</p>
<p class="uc-error-subcaption">Too many users have viewed or downloaded this file recently.</p></body></html>"""
# On one line, as Drive has it and gdown reads it.
_CONFIRM_PAGE = (
    "<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>"
    '<form id="download-form" action="https://drive.usercontent.google.com/download" method="get">'
    '<input type="submit" value="Download anyway"/><input type="hidden" name="id" value="{id}">'
    '<input type="hidden" name="export" value="download"><input type="hidden" name="confirm" value="t">'
    "</form></body></html>"
)


@dataclass
class Shared:
    """What a server serves and has seen. `seen` holds (path, Range header or nothing), in order."""

    files: dict[str, bytes] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def times(self, path: str) -> int:
        """How often this path was asked for before now."""
        self.counts[path] += 1
        return self.counts[path] - 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shared: Shared

    def log_message(self, format: str, *args: object) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        self.connection.settimeout(30)  # a client that was killed must not keep a thread

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the client went away, as many tests mean it to
            super().handle()

    def answer(self, status: int, body: bytes, kind: str, *, announced: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if announced is None else announced))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.write(body)
        if announced not in (None, len(body)):
            self.close_connection = True

    def write(self, body: bytes, rate: float = 0.0) -> None:
        """Sends the body, at `rate` bytes a second if that is not 0."""
        for start in range(0, len(body), _BLOCK):
            self.wfile.write(body[start : start + _BLOCK])
            if rate:
                time.sleep(_BLOCK / rate)

    def offset(self, etag: str) -> int:
        """Where the client wants the file from; 0 where it may not continue."""
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        condition = self.headers.get("If-Range")
        return int(found[1]) if found and condition in (None, etag) else 0

    def serve(self, content: bytes, *, until: int | None = None, rate: float = 0.0, etag: bool = True) -> None:
        """A correct answer with ranges; `until`: cuts the connection at this byte of the file."""
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"' if etag else ""
        start = self.offset(tag)
        if start >= len(content) > 0:
            self.answer(416, b"", "text/plain", Content_Range=f"bytes */{len(content)}")
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if etag:
            self.send_header("ETag", tag)
        self.end_headers()
        end = len(content) if until is None else max(until, start)
        self.write(content[start:end], rate)
        self.close_connection = end < len(content)


class Plans(_Handler):
    """The web server's behaviours; each takes the arguments of the address and the file's content."""

    def do_GET(self) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        self.shared.seen.append((path, self.headers.get("Range", "")))
        plan, *arguments, name = path.strip("/").split("/")
        behaviour = getattr(self, f"plan_{plan}", None)
        content = self.shared.files.get(name)
        if behaviour is None or content is None:
            self.answer(404, b"not here", "text/plain")
        else:
            behaviour(content, *arguments)

    def plan_good(self, content: bytes) -> None:
        self.serve(content)

    def plan_noetag(self, content: bytes) -> None:
        self.serve(content, etag=False)

    def plan_redirect(self, content: bytes) -> None:
        self.answer(302, b"", "text/plain", Location=self.path.replace("/redirect/", "/good/"))

    def plan_circle(self, content: bytes) -> None:
        self.answer(302, b"", "text/plain", Location=self.path)

    def plan_half(self, content: bytes) -> None:
        """Cuts the connection at half the file, always."""
        self.serve(content, until=len(content) // 2)

    def plan_short(self, content: bytes) -> None:
        """Half the file, announced as the whole."""
        self.answer(200, content[: len(content) // 2], "application/octet-stream")

    def plan_flipped(self, content: bytes) -> None:
        damaged = bytearray(content)
        for position in random.Random(1).sample(range(len(content) // 4, len(content) * 3 // 4), 40):
            damaged[position] ^= 0x10
        self.serve(bytes(damaged))

    def plan_png(self, content: bytes) -> None:
        self.answer(200, b"\x89PNG\r\n\x1a\n" + bytes(5000), "application/octet-stream")

    def plan_quota(self, content: bytes) -> None:
        self.answer(200, _QUOTA_PAGE.encode(), "text/html; charset=utf-8")

    def plan_json(self, content: bytes) -> None:
        self.answer(200, b'{"error": {"code": 7, "message": "token \\u001b[31mexpired"}}', "application/json")

    def plan_empty(self, content: bytes) -> None:
        self.answer(200, b"", "application/octet-stream")

    def plan_status(self, content: bytes, status: str) -> None:
        self.answer(int(status), b"no", "text/plain")

    def plan_escapes(self, content: bytes) -> None:
        """Clears the terminal, for those that show what they get."""
        self.send_response(404, "\x1b[2Jnot\x9b31m here")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def plan_onward(self, content: bytes, encoded: str) -> None:
        """Redirects to any address, given in hex digits."""
        self.answer(302, b"", "text/plain", Location=bytes.fromhex(encoded).decode())

    def plan_busy(self, content: bytes, times: str, status: str = "503") -> None:
        """The status so many times, asking for no wait at all, then the file."""
        if self.shared.times(self.path) < int(times):
            self.answer(int(status), b"busy", "text/plain", Retry_After="0")
        else:
            self.serve(content)

    def plan_limited(self, content: bytes) -> None:
        if self.shared.times(self.path) == 0:
            self.answer(429, b"slow down", "text/plain", Retry_After="1")
        else:
            self.serve(content)

    def plan_slow(self, content: bytes, rate: str, times: str = "1000000") -> None:
        """So many bytes a second, for the first so many requests."""
        self.serve(content, rate=float(rate) if self.shared.times(self.path) < int(times) else 0.0)

    def plan_stalled(self, content: bytes) -> None:
        """Twice half of what is left and then nothing more, without closing; then the rest."""
        if self.shared.times(self.path) < 2:
            start = self.offset(f'"{hashlib.sha256(content).hexdigest()[:16]}"')
            self.serve(content, until=(start + len(content)) // 2)
            time.sleep(4)
        else:
            self.serve(content)

    def plan_norange(self, content: bytes, cuts: str = "0") -> None:
        """Knows no ranges; the first so many answers are cut at half."""
        del self.headers["Range"]
        cut = self.shared.times(self.path) < int(cuts)
        self.serve(content, until=len(content) // 2 if cut else None)

    def plan_unsatisfiable(self, content: bytes) -> None:
        """The first answer is cut, and every range refused with 416."""
        if self.headers.get("Range"):
            self.answer(416, b"", "text/plain")
        else:
            self.serve(content, until=len(content) // 2 if self.shared.times(self.path) == 0 else None)

    def plan_cuts(self, content: bytes, seed: str, cuts: str) -> None:
        """So many answers that end at random places, spread over the file."""
        done = self.shared.times(self.path)
        if done >= int(cuts):
            self.serve(content)
            return
        start = self.offset(f'"{hashlib.sha256(content).hexdigest()[:16]}"')
        share = (len(content) - start) / (int(cuts) - done + 1)
        self.serve(content, until=start + int(random.Random(f"{seed} {done}").uniform(0, 1.9) * share))

    def plan_huge(self, content: bytes) -> None:
        self.answer(200, content[:1000], "application/octet-stream", announced=10**15)

    def plan_endless(self, content: bytes) -> None:
        """Never says how much, and never stops."""
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        while True:
            self.wfile.write(content)

    def plan_versions(self, content: bytes) -> None:
        """An older version, cut at half, before the file."""
        if self.shared.times(self.path) == 0:
            self.serve(content[:100] + bytes(len(content) - 100), until=len(content) // 2)
        else:
            self.serve(content)


class _Drive(_Handler):
    """Google Drive as gdown knows it; the file's id is its name here, `quota` and `private` are refused.

    /leave?id=URL redirects to the URL.
    """

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0]
        parts = urllib.parse.urlsplit(self.path)
        name = urllib.parse.parse_qs(parts.query).get("id", [""])[0]
        self.shared.seen.append((f"{host}{self.path}", self.headers.get("Range", "")))
        if host == "accounts.google.com":
            self.answer(200, b"<html><title>Sign in - Google Accounts</title></html>", "text/html")
        elif parts.path == "/leave":
            self.answer(302, b"", "text/plain", Location=name)
        elif name == "quota":
            self.answer(200, _QUOTA_PAGE.encode(), "text/html; charset=utf-8")
        elif name == "private":
            self.answer(302, b"", "text/plain", Location="https://accounts.google.com/ServiceLogin")
        elif parts.path == "/uc":
            self.answer(200, _CONFIRM_PAGE.format(id=html.escape(name)).encode(), "text/html; charset=utf-8")
        elif name in self.shared.files:
            cut = self.shared.times(name) == 0
            content = self.shared.files[name]
            self.serve(content, until=len(content) // 2 if cut else None)
        else:
            self.answer(404, b"", "text/html")

    def end_headers(self) -> None:
        if self.path.startswith("/download"):
            self.send_header("Content-Disposition", 'attachment; filename="model.dat"')
        super().end_headers()


class _Proxy(_Handler):
    """Forwards plain requests; every CONNECT leads to the server's `tunnel`, whatever name it asks for."""

    tunnel: tuple[str, int]

    def do_GET(self) -> None:
        self.shared.seen.append((self.path, self.headers.get("Range", "")))
        parts = urllib.parse.urlsplit(self.path)
        onward = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=10)
        onward.request("GET", parts.path, headers=dict(self.headers))
        response = onward.getresponse()
        self.answer(response.status, response.read(), response.headers.get("Content-Type", ""))
        onward.close()

    def do_CONNECT(self) -> None:
        self.shared.seen.append((self.path, ""))
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        with socket.create_connection(self.tunnel, timeout=10) as far:
            ends = {self.connection: far, far: self.connection}
            while True:
                for end in select.select(list(ends), [], [], 10)[0] or [None]:
                    data = end.recv(65536) if end else b""
                    if not data:
                        return
                    ends[end].sendall(data)


class Server:
    """A server in a thread; a context manager. `url` has no slash at its end."""

    def __init__(self, handler: type[_Handler], certificate: Path | None = None, **attributes: object) -> None:
        self.shared = Shared()
        bound = type("Bound", (handler,), {"shared": self.shared, **attributes})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), bound)
        self._server.daemon_threads = True
        self._server.handle_error = lambda request, client: None  # type: ignore
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.address = ("127.0.0.1", int(self._server.server_address[1]))
        self.url = f"http://127.0.0.1:{self.address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        return self

    def __exit__(self, *reason: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def web_server() -> Server:
    return Server(Plans)


def drive_server(certificate: Path) -> Server:
    """`certificate`: a PEM file with the key and a certificate for Google's names."""
    return Server(_Drive, certificate)


def proxy(tunnel: tuple[str, int] = ("127.0.0.1", 9)) -> Server:
    return Server(_Proxy, tunnel=tunnel)
