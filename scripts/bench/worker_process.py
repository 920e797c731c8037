"""The driver's side of a benchmark worker: a process that runs one forward each time it is told to."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import machine

# What would make "stock" something else in the workers.
_TUNING = ("MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD", "OMP_", "KMP_", "MKL_", "ONEDNN_", "DNNL_", "STYLIZE_")


class WorkerFailed(Exception):
    """A worker ended, took too long or answered nonsense."""


class OutOfMemory(WorkerFailed):
    """A worker was ended because the machine had no more memory for it, or said so itself."""


# What engines say when an allocation fails.
_NO_MEMORY = ("bad_alloc", "can't allocate memory", "out of memory", "Failed to allocate memory", "MemoryError")
_LOOK_S = 0.05  # how often free memory is looked at


class WorkerProcess:
    """Starts the worker and waits until it is ready; `close` ends it.

    With `reserve_mb` it is killed as soon as the machine has less than that left, before others are hurt.
    """

    def __init__(self, key: str, command: list[str], log: Path, timeout: float, reserve_mb: float = 0.0) -> None:
        self.key = key
        self._log = log
        self._timeout = timeout
        self._reserve_mb = reserve_mb
        self._buffer = b""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_TUNING)}
        with log.open("wb") as stderr:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=environment
            )
        if reserve_mb:  # the system's own choice, should it come to that
            with contextlib.suppress(OSError):
                Path(f"/proc/{self._process.pid}/oom_score_adj").write_text("1000")
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
            raise self._ended() from None

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
            if left <= 0:
                self._process.kill()
                raise WorkerFailed(f"no answer within {self._timeout:.0f} s")
            if self._reserve_mb and machine.available_mb() < self._reserve_mb:
                peak = self.peak_mb()
                self._process.kill()
                raise OutOfMemory(f"took {peak:.0f} MB, and the machine had less than {self._reserve_mb:.0f} MB left")
            if not select.select([descriptor], [], [], min(left, _LOOK_S) if self._reserve_mb else left)[0]:
                continue
            data = os.read(descriptor, 65536)
            if not data:
                raise self._ended()
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _ended(self) -> WorkerFailed:
        """Why: its exit status and the last line that it wrote to stderr."""
        try:
            status = self._process.wait(5)
        except subprocess.TimeoutExpired:
            status = None
        lines = self._log.read_text(errors="replace").strip().splitlines()
        last = lines[-1] if lines else "no message"
        killed = bool(self._reserve_mb) and status == -signal.SIGKILL
        kind = OutOfMemory if killed or any(words in last for words in _NO_MEMORY) else WorkerFailed
        return kind(f"ended with {status}: {last}")
