"""Exports a model to ONNX at one fixed size, which is friendlier to the peers than dynamic sizes.

    .venv/bin/python scripts/bench/export_onnx.py MODEL.pt OUT.onnx --shape 1,3,512,512 [--method embed]

A program of its own, so that its memory is nobody's peak.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

import formulations
import networks
import torch
from torch import Tensor, nn


class _Method(nn.Module):
    """A network whose forward is one of its methods; only that method's weights go into the file."""

    def __init__(self, network: nn.Module, method: str) -> None:
        super().__init__()
        self.network = network
        self.method = method

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = getattr(self.network, self.method)(x)
        return result


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--shape", required=True, help="the input's, like 1,3,512,512")
    parser.add_argument("--method", default="forward")
    parser.add_argument(
        "--constant-weights", action="store_true", help="s scales a convolution's input, not its weights"
    )
    return parser.parse_args()


def main() -> int:
    options = _parse()
    network, kind = networks.load_network(options.model)
    if options.constant_weights:
        formulations.change(network, {formulations.ModulatedConv: formulations.ScaledInput})
    networks.keep_layout()
    whole = network if options.method == "forward" or kind != "eager" else _Method(network, options.method)
    temporary = options.output.with_suffix(".tmp")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the older exporter announces its successor, which does not take TorchScript
        x = torch.zeros([int(side) for side in options.shape.split(",")])
        torch.onnx.export(whole, (x,), str(temporary), dynamo=False, opset_version=17, input_names=["x"])
    os.replace(temporary, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
