"""What export_e4e.py and export_psp.py share: one network in the same layout, with another meaning of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .encoders import INPUT_SIDE, Encoder
from .equalized import STYLE_WIDTH
from .errors import ExportError
from .face_export import ENCODER_INPUT, JOJOGAN_FACE, Built, require_agreement
from .released import State, as_fp32, encoder_rows, filled, is_state, read_document, with_prefix


def _encoder_state(document: Mapping[str, Any], path: Path, remedy: str) -> State:
    """The weights below `encoder.`, from `state_dict` or the top level; `decoder.` beside them is not needed."""
    state = document.get("state_dict")
    if not is_state(state):
        state = {key: value for key, value in document.items() if isinstance(value, Tensor) and "." in key}
    encoder = with_prefix(state, "encoder.")
    if not encoder:
        keys = ", ".join(list(document)[:6]) or "none"
        raise ExportError(path, f"no 'encoder.*' weights inside; its keys: {keys}", remedy)
    unknown = [key for key in state if not key.startswith(("encoder.", "decoder."))]
    if unknown:
        raise ExportError(path, f"unknown weights beside the encoder's: {', '.join(unknown[:3])}", remedy)
    return as_fp32(encoder)


def _options(document: Mapping[str, Any]) -> Mapping[str, Any]:
    options = document.get("opts")
    return options if isinstance(options, Mapping) else {}


def _latent_avg(document: Mapping[str, Any], rows: int, path: Path, remedy: str) -> Tensor:
    """[rows,512] from [rows,512] or [512]; zeros where the encoder was trained without."""
    if _options(document).get("start_from_latent_avg") is False:
        return torch.zeros(rows, STYLE_WIDTH)
    stored = document.get("latent_avg")
    if not isinstance(stored, Tensor):
        raise ExportError(path, "no 'latent_avg' inside, to which the encoder's codes are relative", remedy)
    average = stored.detach().float()
    if average.numel() == STYLE_WIDTH:
        return average.reshape(1, STYLE_WIDTH).repeat(rows, 1)
    if average.numel() != rows * STYLE_WIDTH:
        reason = f"'latent_avg' is {list(stored.shape)} instead of [{rows}, {STYLE_WIDTH}]"
        raise ExportError(path, reason, remedy)
    return average.reshape(rows, STYLE_WIDTH).clone()


@torch.inference_mode()
def _check(network: Encoder, scripted: torch.jit.ScriptModule, checkpoint: Path) -> None:
    probe = torch.linspace(-1, 1, 3 * INPUT_SIDE * INPUT_SIDE).reshape(1, 3, INPUT_SIDE, INPUT_SIDE)
    require_agreement((network(probe),), (scripted(probe),), checkpoint)


def build(checkpoint: Path, relative: bool, pools: bool, encoder_types: tuple[str, ...], remedy: str) -> Built:
    """The encoder as a scripted module, checked against the plain one. Raises ExportError.

    The layouts of e4e and pSp are the same: only `opts`, where the file has it, tells them apart.
    """
    document = read_document(checkpoint)
    kind = _options(document).get("encoder_type")
    if kind is not None and kind not in encoder_types:
        raise ExportError(checkpoint, f"this is an encoder of another type, {kind}", remedy)
    state = _encoder_state(document, checkpoint, remedy)
    rows = encoder_rows(state)
    state["latent_avg"] = _latent_avg(document, rows, checkpoint, remedy)
    with torch.device("meta"):
        network = Encoder(rows, relative, pools)
    network = filled(network, state, checkpoint, remedy).requires_grad_(False)
    scripted = torch.jit.script(network)
    _check(network, scripted, checkpoint)
    facts = {
        "input": ENCODER_INPUT,
        "output": {"n_latent": rows},
        "face": JOJOGAN_FACE,
        "reference": False,
        "requires": ["landmarks"],
    }
    return Built(scripted, facts)
