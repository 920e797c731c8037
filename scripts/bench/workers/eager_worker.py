"""Stock PyTorch: eager, fp32, NCHW, the allocator as it comes; what a research repository's script runs."""

from __future__ import annotations

import sys
from pathlib import Path

import protocol
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from networks import load_network  # noqa: E402


def main() -> None:
    options = protocol.parser().parse_args()

    def load() -> protocol.Engine:
        torch.set_num_threads(options.threads)
        network, kind = load_network(options.model)
        x = torch.from_numpy(protocol.picture(options.height, options.width))

        def run() -> None:
            with torch.inference_mode():
                network(x)

        return protocol.Engine(f"PyTorch {kind}", torch.__version__, "fp32", run)

    protocol.serve(load)


if __name__ == "__main__":
    main()
