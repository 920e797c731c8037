"""HTTP for pulls: one request, with its failures sorted into those that may pass and those that will not."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import requests
from requests import exceptions as http

from .addresses import refuse_downgrade, scheme_of
from .console import environment_seconds
from .drive import DriveLinks
from .errors import SourceError, TryAgain
from .file_kind import quotable

_LONGEST_WAIT = 60.0  # seconds, whatever a server asks for
_PIECE = 32768  # bytes; what of a piece has come is lost when the connection is cut in it


def _innermost(error: BaseException) -> str:
    """The reason below the layers of libraries, such as `Connection refused`."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        reason = getattr(current, "reason", None)
        inner = next((arg for arg in current.args if isinstance(arg, BaseException)), None)
        current = reason if isinstance(reason, BaseException) else inner or current.__cause__ or current.__context__
    last = seen[-1]
    return str(getattr(last, "strerror", None) or last)


@contextmanager
def sorted_failures(timeout: float) -> Iterator[None]:
    """Turns what requests raises into TryAgain and SourceError."""
    try:
        yield
    except http.ProxyError as error:
        raise TryAgain(f"the proxy does not connect: {_innermost(error)}", weight=2) from None
    except http.SSLError as error:
        raise SourceError(
            f"no secure connection: {_innermost(error)}", "check the clock and the certificates"
        ) from None
    except http.ConnectTimeout:
        raise TryAgain("no connection in time", weight=2) from None
    except http.ReadTimeout:
        raise TryAgain(f"nothing came for {timeout:g} s") from None
    except http.ConnectionError as error:
        if "Read timed out" in str(error):  # how requests reports it in the middle of a body
            raise TryAgain(f"nothing came for {timeout:g} s") from None
        new = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
        reason = f"no connection: {_innermost(error)}" if new else "the connection was cut"
        raise TryAgain(reason, weight=2 if new else 1) from None
    except (http.ChunkedEncodingError, http.ContentDecodingError):
        raise TryAgain("the connection was cut") from None
    except http.TooManyRedirects:
        raise SourceError("redirected in a circle") from None
    except (http.RequestException, ValueError) as error:
        raise SourceError(f"cannot be asked for: {_innermost(error)}") from None


def _wait_asked_for(response: requests.Response) -> float | None:
    """Retry-After in seconds, as a number or a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return min(float(value), _LONGEST_WAIT)
    try:
        until = email.utils.parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError):
        return None
    return min(max(until - time.time(), 0.0), _LONGEST_WAIT)


def _refuse_status(response: requests.Response) -> None:
    """Raises TryAgain or SourceError for all but 200, 206 and 416."""
    status = response.status_code
    text = quotable(f"{status} {response.reason or ''}")
    if status in (200, 206, 416):
        return
    if status in (408, 425, 429) or status >= 500:
        raise TryAgain(text, wait=_wait_asked_for(response))
    if status in (401, 403):
        raise SourceError(text, "it needs rights that a download does not have")
    if status == 407:
        raise SourceError(text, "give the proxy its password in the proxy variables")
    raise SourceError(text)


class _Session(requests.Session):
    """Follows redirects, but from https only to https."""

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Called with every request that follows a redirect, before it is sent. Raises SourceError."""
        refuse_downgrade(response.url, prepared_request.url or "")
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]


class Client:
    """A session: proxies and certificates from the usual variables, time-outs, a name. Not thread-safe."""

    def __init__(self) -> None:
        self.timeout = environment_seconds("STYLIZE_PULL_TIMEOUT", 30.0)
        self._session = _Session()
        # Byte offsets must be those of the file, not of a compressed form of it.
        self._session.headers.update({"User-Agent": "stylize", "Accept-Encoding": "identity"})
        self._drive = DriveLinks(self._get)

    def _get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        return self._session.get(url, headers=headers, stream=True, timeout=(min(self.timeout, 15.0), self.timeout))

    def open(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """The response to a request for a file: 200, 206 or 416. Raises TryAgain, SourceError."""
        if scheme_of(url) not in ("http", "https"):
            raise SourceError("not an http or https address")
        with sorted_failures(self.timeout):
            response = self._drive.open(url, headers) if self._drive.knows(url) else self._get(url, headers)
        try:
            refuse_downgrade(url, response.url)
            _refuse_status(response)
        except BaseException:
            response.close()
            raise
        return response

    def pieces(self, response: requests.Response) -> Iterator[bytes]:
        """The body. Raises TryAgain, SourceError."""
        with sorted_failures(self.timeout):
            yield from response.iter_content(_PIECE)
