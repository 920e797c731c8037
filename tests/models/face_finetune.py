"""Three steps of JoJoGAN's fine-tuning with the exported generator and discriminator, against the golden ones.

    face_finetune.py CASE GENERATOR.pt DISCRIMINATOR.pt --shared SHARED

Shows that the exported files are what `stylize learn` needs: differentiable, with trainable weights under the
checkpoint's names. Prints one JSON object of figures like face_parity.py, and "step": the seconds a step took.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from face_parity import Case, pictures
from torch import Tensor


def summary(value: Tensor) -> Tensor:
    """What the golden files keep of a gradient: mean, spread, mean size, first 16 values."""
    flat = value.double().flatten()
    return torch.cat([flat.mean()[None], flat.std()[None], flat.abs().mean()[None], flat[:16]])


def check_gradients(case: Case, parameters: dict[str, Tensor]) -> None:
    """Differences relative to the mean size of the gradient, as the set's tolerance is."""
    for key in case.arrays:
        kind, _, name = key.partition("/")
        if kind == "grad1":
            expected, gradient = case.tensor(key), parameters[name].grad
            assert gradient is not None
            case.compare(key, summary(gradient) / expected[2], expected / expected[2], 1e-3)


def train(case: Case, generator: Any, discriminator: Any) -> float:
    target, latents = pictures(case.arrays["target_uint8"]), case.tensor("latents")
    rows = case.tensor("id_swap")
    keep = 1 - float(case.arrays["strength"])
    parameters = dict(generator.named_parameters())
    optimizer = torch.optim.Adam(parameters.values(), lr=2e-3, betas=(0.0, 0.99))
    with torch.no_grad():
        wanted = discriminator(target)
        case.compare("w_r", generator.mapping(case.tensor("z")[0]), case.tensor("w_r")[0], 9e-5)
    losses = []
    started = time.perf_counter()
    for step, w in enumerate(case.tensor("w_r")):
        mixed = latents.clone()
        mixed[:, rows] = keep * latents[:, rows] + (1 - keep) * w.unsqueeze(1)
        image = generator(mixed)
        got = discriminator(image)
        loss = torch.stack([F.l1_loss(a, b) for a, b in zip(got, wanted, strict=True)]).mean()
        losses.append(loss.detach())
        optimizer.zero_grad()
        loss.backward()
        if step == 0:
            case.compare("first_image", image.detach(), case.tensor("first_image"), case.atol("first_image"))
            check_gradients(case, parameters)
        optimizer.step()
    seconds = (time.perf_counter() - started) / len(losses)
    case.compare("losses", torch.stack(losses), case.tensor("losses"), case.atol("losses"))
    with torch.no_grad():
        case.compare("image_after", generator(latents), case.tensor("image_after"), case.atol("image_after"))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("generator", type=Path)
    parser.add_argument("discriminator", type=Path)
    parser.add_argument("--shared", type=Path, required=True)
    options = parser.parse_args()
    torch._C._jit_set_profiling_mode(False)
    case = Case(options.shared, options.case)
    seconds = train(case, torch.jit.load(options.generator), torch.jit.load(options.discriminator))
    print(json.dumps(case.figures))
    print(f"{seconds:.2f} s a step", file=sys.stderr)


if __name__ == "__main__":
    main()
