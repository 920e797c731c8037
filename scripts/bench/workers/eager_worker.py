"""Stock PyTorch: eager, fp32, NCHW, the allocator as it comes; what a research repository's script runs."""

from __future__ import annotations

import sys
from pathlib import Path

import protocol
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import formulations  # noqa: E402
import networks  # noqa: E402


def main() -> None:
    parser = protocol.parser()
    parser.add_argument("--method", default="forward")
    parser.add_argument(
        "--as-published", action="store_true", help="StyleGAN2 with the public repositories' operations"
    )
    options = parser.parse_args()

    def load() -> protocol.Engine:
        torch.set_num_threads(options.threads)
        networks.keep_layout()
        network, kind = networks.load_network(options.model)
        if options.as_published:
            formulations.change(network, formulations.AS_PUBLISHED)
        method = getattr(network, options.method)
        x = torch.from_numpy(protocol.noise(options.shape))

        def run() -> None:
            with torch.inference_mode():
                method(x)

        name = f"PyTorch {kind}, as published" if options.as_published else f"PyTorch {kind}"
        return protocol.Engine(name, torch.__version__, "fp32", run)

    protocol.serve(load)


if __name__ == "__main__":
    main()
