"""Compares ways to compute StyleGAN2's modulated convolution, layer by layer and in the whole generator at 1024 x 1024.

    .venv/bin/python scripts/bench/modulated.py --batches 1 8 --precision fp32 bf16

In one process with the program's allocator settings; the ways take turns, in random order within each round. Layers
are those of the generator from 4 x 4 to 1024 x 1024: `up` doubles the side, `conv` keeps it, `rgb` makes colours.
"""

from __future__ import annotations

import argparse
import ctypes
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import face_models
import formulations
import machine
import networks
import torch
from formulations import Grouped, Looped, ScaledInput
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from export.stylegan2 import LARGEST, ModulatedConv, channels_at  # noqa: E402

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}
# What is compared, by its column: the class, and whether the layout is channels_last.
WAYS: dict[str, tuple[type[ModulatedConv], bool]] = {
    "looped": (Looped, True),  # what stylegan2.py does on the CPU
    "scaled input": (ScaledInput, True),
    "grouped": (Grouped, True),
    "looped, NCHW": (Looped, False),
    "scaled input, NCHW": (ScaledInput, False),
    "grouped, NCHW": (Grouped, False),
}
Run = Callable[[], Tensor]


def tune_allocator() -> None:
    """As stylize::tune_allocator does."""
    library = ctypes.CDLL(None)
    for parameter, value in ((-8, 1), (-4, 0), (-1, 2**31 - 1), (-2, 256 << 20)):
        library.mallopt(parameter, value)


def layers() -> list[tuple[str, int, int, int, bool]]:
    """Name, side of the input, channels in and out, whether it doubles the side."""
    found = [("conv 4", 4, channels_at(4), channels_at(4), False)]
    side = 8
    while side <= LARGEST:
        inputs, outputs = channels_at(side // 2), channels_at(side)
        found.append((f"up {side}", side // 2, inputs, outputs, True))
        found.append((f"conv {side}", side, outputs, outputs, False))
        found.append((f"rgb {side}", side, outputs, 3, False))
        side *= 2
    return found


def interleaved(runs: Mapping[str, Run], rounds: int) -> dict[str, float]:
    """Median ms of each; one round before them does not count."""
    order = random.Random(1)
    times: dict[str, list[float]] = {key: [] for key in runs}
    for number in range(rounds + 1):
        keys = list(runs)
        order.shuffle(keys)
        for key in keys:
            begun = time.perf_counter()
            runs[key]()
            if number > 0:
                times[key].append(1000 * (time.perf_counter() - begun))
    return {key: statistics.median(values) for key, values in times.items()}


def _layer_run(
    way: tuple[type[ModulatedConv], bool], layer: tuple[str, int, int, int, bool], batch: int, dtype: torch.dtype
) -> Run:
    name, side, inputs, outputs, upsample = layer
    is_rgb = name.startswith("rgb")
    module = way[0](inputs, outputs, 1 if is_rgb else 3, demodulate=not is_rgb, upsample=upsample)
    generator = torch.Generator().manual_seed(1)
    for value in [*module.parameters(), *module.buffers()]:
        value.data = torch.randn(value.shape, generator=generator).to(dtype)
    module.requires_grad_(False)
    x = torch.randn(batch, inputs, side, side, generator=generator).to(dtype)
    if way[1]:
        x = x.contiguous(memory_format=torch.channels_last)
    w = torch.randn(batch, 512, generator=generator).to(dtype)
    bias = torch.zeros(outputs, dtype=dtype)
    return lambda: module(x, w, 1.0, bias)


def _agree(runs: Mapping[str, Run], name: str, dtype: torch.dtype) -> None:
    """Ends the program where two ways compute different things."""
    results = [run().float() for run in runs.values()]
    limit = (1e-3 if dtype == torch.float32 else 6e-2) * float(results[0].abs().max())
    if any(float((result - results[0]).abs().max()) > limit for result in results[1:]):
        sys.exit(f"error: {name}: the formulations do not agree")


def _row(name: str, medians: Mapping[str, float]) -> str:
    return f"| {name} | " + " | ".join(f"{value:.1f}" for value in medians.values()) + " |"


def _head(what: str, columns: Sequence[str]) -> str:
    return f"| {what} | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns)


def compare_layers(batch: int, precision: str, rounds: int) -> None:
    print(f"### Layers, batch {batch}, {precision}, ms\n\n{_head('layer', list(WAYS))}")
    sums = dict.fromkeys(WAYS, 0.0)
    for layer in layers():
        runs = {key: _layer_run(way, layer, batch, TYPES[precision]) for key, way in WAYS.items()}
        _agree(runs, layer[0], TYPES[precision])
        medians = interleaved(runs, rounds)
        sums = {key: sums[key] + value for key, value in medians.items()}
        print(_row(layer[0], medians), flush=True)
    print(_row("sum", sums) + "\n", flush=True)


def _network(model: Path, cls: type[ModulatedConv], dtype: torch.dtype) -> nn.Module:
    network, _ = networks.load_network(model)
    classes: dict[type[nn.Module], type[nn.Module]] = {ModulatedConv: cls}
    return formulations.change(network, classes).to(dtype)


def compare_networks(model: Path, batch: int, precision: str, rounds: int) -> None:
    """The generator as it is exported (it goes through a batch picture by picture), and whole batches at once."""
    dtype = TYPES[precision]
    codes = torch.randn(batch, face_models.ROWS, 512, generator=torch.Generator().manual_seed(1)).to(dtype)
    exported = _network(model, ModulatedConv, dtype)
    runs: dict[str, Run] = {"as exported": lambda: exported(codes)}
    for key, cls in (("looped", Looped), ("scaled input", ScaledInput), ("grouped", Grouped)):
        network = _network(model, cls, dtype)
        runs[key] = lambda network=network: network._render(codes, network.stored_noise())
    print(f"### Whole generator, batch {batch}, {precision}, ms a picture\n\n{_head('', list(runs))}")
    medians = interleaved(runs, rounds)
    print(_row("1024 × 1024", {key: value / batch for key, value in medians.items()}) + "\n", flush=True)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--precision", nargs="+", default=["fp32"], choices=TYPES)
    parser.add_argument("--what", nargs="+", default=["layers", "networks"], choices=("layers", "networks"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=machine.threads())
    face_models.add_option(parser)
    options = parser.parse_args(argv)
    tune_allocator()
    torch.set_num_threads(options.threads)
    print(f"{machine.describe(machine.cpu())}; {options.threads} threads, {options.rounds} rounds\n")
    with torch.inference_mode():
        for precision in options.precision:
            for batch in options.batches:
                if "layers" in options.what:
                    compare_layers(batch, precision, options.rounds)
                if "networks" in options.what:
                    model = face_models.model_file(options.models, "jojo")
                    compare_networks(model, batch, precision, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
