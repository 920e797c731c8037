"""Writes TorchScript files of any size without holding them in memory, and weights in half the bytes.

What is written equals what `archive.archive_bytes` gives: code in a fixed order, nothing of the exporting machine.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import torch

from .archive import METADATA_NAME, Facts, _sorted_constants, to_json
from .errors import ExportError

# Tensors with fewer entries (biases, norms' statistics, mean codes) stay fp32: they weigh nothing and are the ones
# whose range or precision could matter.
_WORTH_HALVING = 16384


def halve(module: torch.jit.ScriptModule, dtype: torch.dtype, checkpoint: Path) -> None:
    """Stores the large float tensors as `dtype`, in place. Raises ExportError where fp16 cannot hold a value."""
    largest = torch.finfo(dtype).max
    for name, value in [*module.named_parameters(), *module.named_buffers()]:
        if not value.is_floating_point() or value.numel() < _WORTH_HALVING:
            continue
        low, high = torch.aminmax(value.detach())
        if float(high) > largest or float(low) < -largest:
            raise ExportError(checkpoint, f"{name} does not fit the range of fp16", "use --bf16, or neither")
        value.data = value.detach().to(dtype)


@contextlib.contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A file beside `path`, to be renamed to it; gone in the end if it is still there."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _rewrite(source: Path, target: Path) -> None:
    """Copies an archive record by record, mapped: see archive._reproducible for what changes and why."""
    reader = torch._C.PyTorchFileReader(str(source))
    mapped = torch.UntypedStorage.from_file(str(source), shared=False, nbytes=source.stat().st_size)
    with zipfile.ZipFile(source) as archive:
        records = [(info.filename.partition("/")[2], info.file_size) for info in archive.infolist()]
    with target.open("wb") as stream:
        writer = torch._C.PyTorchFileWriter(stream)
        for name, size in records:
            if name.endswith(".debug_pkl") or name in ("version", ".data/serialization_id"):
                continue
            if name.startswith(("data/", "constants/")):
                start = reader.get_record_offset(name)
                writer.write_record(name, mapped[start : start + size], size)
            else:
                data = reader.get_record(name)
                if name.startswith("code/"):
                    data = _sorted_constants(data.decode()).encode()
                writer.write_record(name, data, len(data))
        writer.write_end_of_file()
        stream.flush()
        os.fsync(stream.fileno())


def save_archive(path: Path, module: torch.jit.ScriptModule, facts: Facts) -> None:
    """Writes the TorchScript file, whole or not at all; needs its size twice on the disk. Raises ExportError."""
    try:
        with _temporary(path) as raw, _temporary(path) as finished:
            torch.jit.save(module, str(raw), _extra_files={METADATA_NAME: to_json(facts)})
            _rewrite(raw, finished)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(finished, 0o666 & ~umask)  # mkstemp makes files that only their owner may read
            os.replace(finished, path)
    except (OSError, RuntimeError) as error:  # torch's writer reports a full disk as a RuntimeError
        reason = getattr(error, "strerror", None) or str(error).partition("\n")[0]
        raise ExportError(path, f"cannot write: {reason}", "check the folder, its rights and its space") from None
