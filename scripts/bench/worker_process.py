"""The driver's side of a benchmark worker: a process that runs one forward each time it is told to."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from pathlib import Path
from typing import Any

# What would make "stock" something else in the workers.
_TUNING = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD", "OMP_", "KMP_", "MKL_", "ONEDNN_", "DNNL_", "STYLIZE_")


class WorkerFailed(Exception):
    """A worker ended, took too long or answered nonsense."""


class WorkerProcess:
    """Starts the worker and waits until it is ready; `close` or leaving `with` ends it."""

    def __init__(self, key: str, command: list[str], log: Path, timeout: float) -> None:
        self.key = key
        self._log = log
        self._timeout = timeout
        self._buffer = b""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_TUNING)}
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=environment
            )
        try:
            self.ready = self._answer()
            if self.ready.get("ready") is not True:
                raise WorkerFailed(f"unexpected first line {self.ready}")
        except BaseException:
            self.close()
            raise

    def run(self) -> float:
        """One forward; milliseconds as the worker measured them."""
        self._send("run")
        answer = self._answer()
        if not isinstance(answer.get("ms"), (int, float)):
            raise WorkerFailed(f"unexpected answer {answer}")
        return float(answer["ms"])

    def peak_mb(self) -> float:
        """The largest resident size so far (VmHWM), in MB of 10^6 bytes."""
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise WorkerFailed("no VmHWM in its /proc status")

    def close(self) -> None:
        if self._process.poll() is None:
            try:
                self._send("quit")
                self._process.wait(5)
            except (WorkerFailed, subprocess.TimeoutExpired):
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass

    def _send(self, command: str) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(f"{command}\n".encode())
            self._process.stdin.flush()
        except OSError:
            raise WorkerFailed(self._last_words()) from None

    def _answer(self) -> dict[str, Any]:
        line = self._line()
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise WorkerFailed(f"not the protocol: {line[:200]!r}")
        return answer

    def _line(self) -> bytes:
        assert self._process.stdout
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + self._timeout
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                self._process.kill()
                raise WorkerFailed(f"no answer within {self._timeout:.0f} s")
            data = os.read(descriptor, 65536)
            if not data:
                raise WorkerFailed(self._last_words())
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _last_words(self) -> str:
        """Why it ended: its exit status and the last line that it wrote to stderr."""
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            status = None
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return f"ended with {status}: {lines[-1] if lines else 'no message'}"
