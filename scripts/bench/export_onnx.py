"""Exports a model to ONNX at one fixed size, which is friendlier to the peers than dynamic sizes.

    .venv/bin/python scripts/bench/export_onnx.py MODEL.pt OUT.onnx HEIGHT WIDTH

A program of its own, so that its memory is nobody's peak.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import torch
from networks import load_network


def main() -> int:
    model, out, height, width = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    network, _ = load_network(model)
    temporary = out.with_suffix(".tmp")
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # the older exporter announces its successor, which does not take TorchScript
        x = torch.zeros(1, 3, height, width)
        torch.onnx.export(network, (x,), str(temporary), dynamo=False, opset_version=17, input_names=["x"])
    os.replace(temporary, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
