"""Runs one exported face network against its golden results, in a process of its own so that its memory goes back.

    face_parity.py CASE FILE.pt --shared SHARED [--float]

Prints one JSON object: {"figure": {"error": largest difference, "atol": tolerance, "psnr": dB}, ...}.
"""

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

Figures = dict[str, dict[str, float]]


class Case:
    """The golden arrays of one file of the parity set, and what the network was measured at."""

    def __init__(self, shared: Path, name: str) -> None:
        self.folder = shared / "parity"
        self.record: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text())["files"][name]
        with np.load(self.folder / name) as arrays:
            self.arrays = {key: arrays[key] for key in arrays.files}
        self.figures: Figures = {}

    def tensor(self, key: str) -> Tensor:
        return torch.from_numpy(self.arrays[key])

    def atol(self, key: str) -> float:
        atol = self.record["atol"]
        return float(atol[key] if isinstance(atol, dict) else atol)

    def compare(self, figure: str, got: Tensor, expected: Tensor, atol: float, peak: float = 2.0) -> None:
        """peak 2 is the range of a picture in [-1,1]."""
        difference = got.double() - expected.double()
        mean = float(difference.square().mean())
        psnr = 10 * math.log10(peak * peak / mean) if mean > 0 else math.inf
        self.figures[figure] = {"error": float(difference.abs().max()), "atol": atol, "psnr": round(psnr, 1)}


def pictures(pixels: np.ndarray) -> Tensor:
    """uint8 [N,H,W,3] to [N,3,H,W] in [-1,1]."""
    return (torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5


def decoded(path: Path) -> Tensor:
    with Image.open(path) as image:
        return pictures(np.array(image.convert("RGB"))[None])


def stylegan2(case: Case, network: Any) -> None:
    codes = case.tensor("w_plus")
    image = network(codes)
    if "image" in case.arrays:
        case.compare("mapping", network.mapping(case.tensor("z")), case.tensor("mapping"), case.atol("mapping"))
        case.compare("image", image, case.tensor("image"), case.atol("image"))
        return
    case.compare("image_pooled", F.avg_pool2d(image, 8), case.tensor("image_pooled"), case.atol("image"))
    case.compare("image_crop", image[:, :, 448:576, 448:576], case.tensor("image_crop"), case.atol("image"))


def truncation_mixing(case: Case, network: Any) -> None:
    network.latent_avg.copy_(case.tensor("mean_latent")[0])
    psi, first = float(case.arrays["psi"]), int(case.arrays["inject_index"])
    ones = [network.truncate(network.mapping(case.tensor(key)), psi) for key in ("z1", "z2")]
    coarse, fine = (w.unsqueeze(1).repeat(1, network.n_latent, 1) for w in ones)
    case.compare("truncated_image", network(coarse), case.tensor("truncated_image"), case.atol("truncated_image"))
    mixed = torch.cat([coarse[:, :first], fine[:, first:]], 1)
    case.compare("mixed_image", network(mixed), case.tensor("mixed_image"), case.atol("mixed_image"))


def encoder(case: Case, network: Any) -> None:
    if "image_uint8" in case.arrays:
        faces = pictures(case.arrays["image_uint8"])
    else:
        faces = torch.cat([decoded(case.folder / photo) for photo in case.record["photos"]])
    expected = case.tensor("w_plus")
    case.compare("w_plus", network(faces), expected, case.atol(""), float(expected.abs().max()))
    case.compare("latent_avg", network.latent_avg, case.tensor("latent_avg"), 0.0)
    if "odd_image_uint8" in case.arrays:
        odd = pictures(case.arrays["odd_image_uint8"][None])
        case.compare("odd_w_plus", network(odd), case.tensor("odd_w_plus"), case.atol(""), float(expected.abs().max()))


def discriminator(case: Case, network: Any) -> None:
    if "image_uint8" in case.arrays:
        image = pictures(case.arrays["image_uint8"][None])
    else:
        image = decoded(case.folder / case.record["input"])
    for (name, record), tap in zip(case.record["taps"].items(), network(image), strict=True):
        top, left = tap.size(2) // 2 - 4, tap.size(3) // 2 - 4
        views: dict[str, Callable[[], Tensor]] = {
            name: lambda tap=tap: tap,
            f"{name}_pooled": lambda tap=tap: F.adaptive_avg_pool2d(tap, 8),
            f"{name}_crop": lambda tap=tap, t=top, f=left: tap[:, :, t : t + 8, f : f + 8],
            f"{name}_channel_mean": lambda tap=tap: tap.double().mean([0, 2, 3]),
            f"{name}_channel_std": lambda tap=tap: tap.double().permute(1, 0, 2, 3).flatten(1).std(1),
        }
        for key, view in views.items():
            if key in case.arrays:
                case.compare(key, view(), case.tensor(key), float(record["atol"]), record["error_fp32_vs_fp64"]["peak"])


def blendgan_embedder(case: Case, network: Any) -> None:
    codes = torch.cat([network.embed(decoded(case.folder / name)) for name in case.record["inputs"]])
    case.compare("z_embed", codes, case.tensor("z_embed"), case.atol("z_embed"))
    case.compare("w_style", network.style_code(codes), case.tensor("w_style"), case.atol("w_style"))
    case.compare("add_weight", network.add_weight, case.tensor("add_weight"), 0.0)


def blendgan_generator(case: Case, network: Any) -> None:
    face, style = case.tensor("w_face"), case.tensor("w_style")
    for label, index in (("None", -1), ("0", 0), ("6", 6), ("18", 18)):
        blended = network.blend(face, style, index)
        expected = case.tensor(f"blended_index_{label}")
        case.compare(f"blended_{label}", blended, expected, case.atol(""))
        case.compare(f"image_{label}", network(blended), case.tensor(f"image_index_{label}"), case.atol(""))


CASES: dict[str, Callable[[Case, Any], None]] = {
    "stylegan2/g128.npz": stylegan2,
    "stylegan2/g1024.npz": stylegan2,
    "stylegan2/truncation_mixing128.npz": truncation_mixing,
    "encoders/e4e.npz": encoder,
    "encoders/psp.npz": encoder,
    "blendgan/embedder.npz": blendgan_embedder,
    "blendgan/generator128.npz": blendgan_generator,
    "discriminator/d128.npz": discriminator,
    "discriminator/d1024.npz": discriminator,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("file", type=Path)
    parser.add_argument("--shared", type=Path, required=True)
    options = parser.parse_args()
    torch._C._jit_set_profiling_mode(False)  # else the second run of a network is spent on specialising it
    case = Case(options.shared, options.case)
    network = torch.jit.load(options.file)
    with torch.inference_mode():
        if any(value.dtype != torch.float32 for value in network.parameters()):
            network.float()  # as `stylize` does with weights stored in half the bytes
        CASES[options.case](case, network)
    print(json.dumps(case.figures))


if __name__ == "__main__":
    main()
