"""Loads an exported model as a plain PyTorch module, as its peers' users would run it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from cel.network import CelNet  # noqa: E402
from export.animegan2 import Generator as AnimeGan  # noqa: E402
from export.archive import read_facts  # noqa: E402
from export.blendgan import BlendGan  # noqa: E402
from export.encoders import Encoder  # noqa: E402
from export.stylegan2 import Generator  # noqa: E402


def _plain(facts: dict[str, Any], scripted: Any) -> nn.Module | None:
    """A network of that family without weights."""
    family = facts.get("family")
    if family == "stylegan2":
        return Generator(scripted.size)
    if family == "blendgan":
        return BlendGan(scripted.size)
    if family == "encoder":
        return Encoder(scripted.n_latent, scripted.relative, scripted.pools)
    if "multiple_of" in facts.get("input", {}):
        cel = CelNet()  # of the family, too, but another network
        return cel if hasattr(scripted, "tones") else AnimeGan(align_corners=facts["input"]["multiple_of"] == 1)
    return None


def load_network(model: Path) -> tuple[nn.Module, str]:
    """The network in fp32 eval mode, and how it runs: `eager`, or `TorchScript` where only the file knows its code."""
    scripted = torch.jit.load(str(model), map_location="cpu").float().eval()
    state = scripted.state_dict()
    with torch.device("meta"):
        network = _plain(read_facts(model), scripted)
    if network is None or state.keys() != network.state_dict().keys():
        return scripted, "TorchScript"
    network.load_state_dict(state, strict=True, assign=True)  # the large ones take no memory twice
    return network.eval().requires_grad_(False), "eager"


def keep_layout() -> None:
    """Makes the face networks compute in NCHW: they change to channels_last by themselves, research scripts do not."""
    plain = torch.Tensor.contiguous

    def contiguous(tensor: torch.Tensor, memory_format: torch.memory_format | None = None) -> torch.Tensor:
        return plain(tensor)

    torch.Tensor.contiguous = contiguous  # type: ignore[method-assign, assignment]
