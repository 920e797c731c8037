"""Reads the weights out of a PyTorch checkpoint without running any code that is in it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .errors import ExportError

# Where training scripts put the generator's weights, the averaged ones first.
_NESTING = (
    "g_ema", "params_ema", "state_dict", "model_state_dict", "generator", "generator_state_dict",
    "g", "G", "netG", "params", "model", "net", "weights",
)  # fmt: skip
_PREFIXES = ("module.", "_orig_mod.")  # nn.DataParallel, torch.compile
_SHOWN = 3  # names of keys in an error message


def load_object(path: Path) -> Any:
    """The checkpoint's object; zip files, the legacy format before torch 1.6, tensors of any device.

    Tensors of zip files are mapped, not read: the large ones take no memory twice. Raises ExportError.
    """
    if not path.is_file():
        reason = "not a file" if path.exists() else "no such file"
        raise ExportError(path, reason, "name the checkpoint that you downloaded")
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except OSError as error:
        raise ExportError(path, f"cannot be read: {error.strerror}", "check its permissions") from error
    if not head:
        raise ExportError(path, "the file is empty", "download it again")
    if head.lstrip()[:1] == b"<":
        raise ExportError(path, "this is a web page, not a checkpoint", "download the file itself")
    mapped = zipfile.is_zipfile(path)
    if mapped:
        with zipfile.ZipFile(path) as archive:
            if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                raise ExportError(path, "this is TorchScript already", "use it as it is, or name the checkpoint")
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except OSError as error:
        raise ExportError(path, f"cannot read: {error.strerror or error}", "check the file and its rights") from None
    except Exception as error:  # torch raises many types on damaged files, few with a message that helps
        if "GLOBAL" in str(error):
            reason = "it holds Python objects, which are code, not only weights"
            remedy = "save the generator's state_dict() with the program that made the file"
            raise ExportError(path, reason, remedy) from None
        raise ExportError(path, "damaged, or not a PyTorch checkpoint", "download it again") from None


def _is_state_dict(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(v, Tensor) for v in value.values())


def _unnest(value: Any, path: Path) -> dict[str, Tensor]:
    """The state dict inside `value`, at most three levels down."""
    for _ in range(4):
        if _is_state_dict(value):
            return dict(value)
        if not isinstance(value, Mapping):
            break
        inner = next((value[key] for key in _NESTING if isinstance(value.get(key), Mapping)), None)
        if inner is None:
            keys = ", ".join(str(key) for key in list(value)[:6]) or "none"
            raise ExportError(path, f"no generator weights found; its keys: {keys}", "name a checkpoint of weights")
        value = inner
    reason = f"it holds a {type(value).__name__}, not a state dict"
    raise ExportError(path, reason, "save the generator's state_dict() with the program that made the file")


def _strip_prefixes(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Drops wrappers' prefixes, where all keys have them."""
    while True:
        prefix = next((p for p in _PREFIXES if all(key.startswith(p) for key in state)), None)
        if prefix is None:
            return state
        state = {key[len(prefix) :]: value for key, value in state.items()}


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The weights in a checkpoint file by their bare module keys. Raises ExportError."""
    return _strip_prefixes(_unnest(load_object(path), path))


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _is_finite(value: Tensor) -> bool:
    """Without a temporary of the tensor's size: the extremes of a tensor with a NaN are NaN."""
    return value.numel() == 0 or all(bool(torch.isfinite(end)) for end in torch.aminmax(value))


def load_strictly(
    module: nn.Module, state: dict[str, Tensor], path: Path, remedy: str, assign: bool = False
) -> None:
    """Puts the weights into the module; every key and shape has to agree. Raises ExportError.

    `assign` takes the tensors themselves instead of copying them, for modules made on the meta device.
    """
    own = module.state_dict()
    missing = [key for key in own if key not in state]
    unknown = [key for key in state if key not in own]
    shapes = [
        f"{key} {list(state[key].shape)} instead of {list(value.shape)}"
        for key, value in own.items()
        if key in state and state[key].shape != value.shape
    ]
    parts = [
        f"{len(names)} {what}: {_some(names)}"
        for what, names in (("missing", missing), ("unknown", unknown), ("of another shape", shapes))
        if names
    ]
    if parts:
        raise ExportError(path, f"the weights do not fit the network ({'; '.join(parts)})", remedy)
    broken = [key for key in own if not _is_finite(state[key])]
    if broken:
        raise ExportError(path, f"weights that are not numbers (NaN or infinite): {_some(broken)}", "download it again")
    module.load_state_dict(state, strict=True, assign=assign)
