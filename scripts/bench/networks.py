"""Loads an exported model as a plain PyTorch module, as its peers' users would run it."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from export.animegan2 import Generator  # noqa: E402
from export.archive import read_facts  # noqa: E402


def load_network(model: Path) -> tuple[nn.Module, str]:
    """The network in fp32 eval mode, and how it runs: `eager`, or `TorchScript` where only the file knows its code."""
    scripted = torch.jit.load(str(model), map_location="cpu").float().eval()
    state = scripted.state_dict()
    network = Generator(align_corners=read_facts(model)["input"]["multiple_of"] == 1)
    if state.keys() != network.state_dict().keys():
        return scripted, "TorchScript"
    network.load_state_dict(state, strict=True)
    return network.eval().requires_grad_(False), "eager"
