"""Runs an exporter on a checkpoint, in a process of its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .console import complain, say
from .entry import Export
from .errors import PullError

_SCRIPTS = Path(__file__).resolve().parents[1]
_NEEDED = ("torch", "typing_extensions")  # the light set-up has torch's files without what they import


def require_exporter(name: str, export: Export) -> None:
    """Finds out before a long download that the export could not run. Raises PullError."""
    missing = next((package for package in _NEEDED if importlib.util.find_spec(package) is None), None)
    if missing:
        reason = f"exporting needs all of PyTorch, and the Python package {missing} is not installed"
        raise PullError(name, reason, "run scripts/setup.sh --full")
    if not (_SCRIPTS / export.script).is_file():
        raise PullError(name, f"its exporter {export.script} is not there", "update stylize")


class ExportFailed(PullError):
    """`about_checkpoint`: the exporter found fault with the checkpoint, not with the machine."""

    def __init__(self, subject: str, reason: str, about_checkpoint: bool) -> None:
        super().__init__(subject, reason)
        self.about_checkpoint = about_checkpoint


def _failure(name: str, checkpoint: Path, code: int, output: str) -> ExportFailed:
    """The exporter's own error line, or all it said where it has none."""
    lines = [line.removeprefix("error: ") for line in output.splitlines() if line.startswith("error: ")]
    if not lines:
        for line in output.rstrip().splitlines():
            complain(line)
        what = f"was killed by signal {-code}" if code < 0 else f"failed with code {code}"
        return ExportFailed(name, f"the exporter {what} (see above; is there enough memory?)", False)
    about_checkpoint = lines[-1].startswith(f"{checkpoint}:")
    # The folder of a pull's download says nothing to its user.
    line = lines[-1].replace(str(checkpoint), checkpoint.name) if ".pull" in checkpoint.parts else lines[-1]
    return ExportFailed(name, f"cannot be exported: {line}", about_checkpoint)


def export_checkpoint(
    name: str, export: Export, checkpoint: Path, output: Path, arguments: Sequence[str], lock: int
) -> Path:
    """Writes `output` and, beside it, NAME.json, whose path is returned. Raises ExportFailed, OSError."""
    say(f"{name}: exporting to TorchScript")
    manifest = output.parent / f"{name}.json"
    command = [sys.executable, str(_SCRIPTS / export.script), str(checkpoint), "-o", str(output)]
    command += ["--manifest", str(manifest), *arguments, *export.args]
    # The exporter holds the lock too: killed between two steps, we leave it running, and it still writes.
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        errors="replace", pass_fds=(lock,),
    ) as process:  # fmt: skip
        try:
            _, said = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode != 0:
        raise _failure(name, checkpoint, process.returncode, said)
    return manifest
