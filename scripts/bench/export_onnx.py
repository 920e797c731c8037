"""Exports a model to ONNX at one fixed size, which is friendlier to the peers than dynamic sizes.

    .venv/bin/python scripts/bench/export_onnx.py MODEL.pt OUT.onnx --shape 1,3,512,512 [--method embed]

A program of its own, so that its memory is nobody's peak. Tracing runs the network once; --trace-shape lets that be on
a small picture: height and width are free in the trace and fixed afterwards, and the engines fold what depends on
them, so that outputs and times are those of a file that was traced at its size.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from pathlib import Path

import formulations
import networks
import onnx
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


def _shape(text: str) -> list[int]:
    return [int(side) for side in text.split(",")]


def _fix_size(path: Path, shape: list[int]) -> None:
    """Gives the input, whose height and width are free, this shape."""
    model = onnx.load(path)
    sides = model.graph.input[0].type.tensor_type.shape.dim
    for side, length in zip(sides, shape, strict=True):
        side.dim_value = length
    for side in model.graph.output[0].type.tensor_type.shape.dim:
        side.Clear()  # named after the input's free sides; the engines find out
    onnx.save(model, path)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--shape", type=_shape, required=True, help="the input's, like 1,3,512,512")
    parser.add_argument("--trace-shape", type=_shape, help="a smaller one to trace with (default: --shape)")
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
        x = torch.zeros(options.trace_shape or options.shape)
        free = {"x": {2: "height", 3: "width"}} if options.trace_shape else None
        torch.onnx.export(
            whole, (x,), str(temporary), dynamo=False, opset_version=17, input_names=["x"], dynamic_axes=free
        )
    if options.trace_shape:
        _fix_size(temporary, options.shape)
    os.replace(temporary, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
