"""Picks the networks out of the files that JoJoGAN, rosinality's StyleGAN2, e4e, pSp and BlendGAN were released as.

    base          {"g_ema": generator, "d": discriminator, "latent_avg": [512], maybe "g"}
    JoJoGAN       {"g": generator, maybe "g_ema"}
    e4e, pSp      {"state_dict": "encoder.*", "decoder.*"; "latent_avg": [18,512] or [512]; maybe "opts"}; pSp also flat
    BlendGAN      {"g_ema": generator with embedder, maybe "latent_avg", "truncation"}
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from .checkpoint import load_object, load_strictly
from .equalized import STYLE_WIDTH, mapping_network
from .errors import ExportError
from .stylegan2 import LARGEST, SMALLEST, channels_at

State = dict[str, Tensor]
Network = TypeVar("Network", bound=nn.Module)

_MEAN_SAMPLES = 10_000  # JoJoGAN's count (notebook)


def read_document(path: Path) -> dict[str, Any]:
    """The checkpoint's top level, by its keys. Raises ExportError."""
    document = load_object(path)
    if not isinstance(document, Mapping):
        raise ExportError(path, f"it holds a {type(document).__name__}, not named parts", "name the released file")
    return {str(key): value for key, value in document.items()}


def is_state(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(v, Tensor) for v in value.values())


def part_of(document: Mapping[str, Any], names: Sequence[str], path: Path, remedy: str) -> State:
    """The first of these parts that is there, as fp32. Raises ExportError."""
    for name in names:
        if is_state(document.get(name)):
            return as_fp32(document[name])
    keys = ", ".join(list(document)[:6]) or "none"
    raise ExportError(path, f"no {' or '.join(repr(n) for n in names)} inside; its keys: {keys}", remedy)


def as_fp32(state: Mapping[str, Tensor]) -> State:
    """Each float tensor as fp32 in a storage of its own: a file would hold the whole storage of a view."""

    def own(value: Tensor) -> Tensor:
        value = value.detach()
        if value.is_floating_point():
            value = value.float()
        compact = value.is_contiguous() and value.untyped_storage().nbytes() == value.numel() * value.element_size()
        return value if compact else value.clone(memory_format=torch.contiguous_format)

    return {key: own(value) for key, value in state.items()}


def with_prefix(state: Mapping[str, Tensor], prefix: str) -> State:
    """The entries below a prefix, without it."""
    return {key[len(prefix) :]: value for key, value in state.items() if key.startswith(prefix)}


def _count(state: Mapping[str, Tensor], pattern: str) -> int:
    """One more than the largest number that the pattern's group matches in the keys."""
    matches = (re.match(pattern, key) for key in state)
    return 1 + max((int(match[1]) for match in matches if match), default=-1)


def generator_shape(state: Mapping[str, Tensor], path: Path, remedy: str) -> tuple[int, int]:
    """Size and channel multiplier of a StyleGAN2 generator. Raises ExportError."""
    size = 4 << (_count(state, r"convs\.(\d+)\.conv\.weight$") // 2)
    if not SMALLEST <= size <= LARGEST:
        raise ExportError(path, "no StyleGAN2 generator of 8 to 1024 pixels inside", remedy)
    first_narrow = state.get("convs.6.conv.weight")  # the one that enlarges to 64, where the multiplier begins to tell
    narrow = first_narrow is not None and first_narrow.dim() == 5 and first_narrow.size(1) == channels_at(64, 1)
    return size, 1 if narrow else 2


def discriminator_shape(state: Mapping[str, Tensor], path: Path, remedy: str) -> tuple[int, int]:
    """Size and channel multiplier of a StyleGAN2 discriminator. Raises ExportError."""
    # convs.0 takes the colours; each further one halves the sides, down to 4.
    size = 2 << _count(state, r"convs\.(\d+)\.conv1\.0\.weight$")
    if not SMALLEST <= size <= LARGEST:
        raise ExportError(path, "no StyleGAN2 discriminator of 8 to 1024 pixels inside", remedy)
    first = state.get("convs.0.0.weight")
    narrow = size > 32 and first is not None and first.size(0) == channels_at(size, 1)
    return size, 1 if narrow else 2


def encoder_rows(state: Mapping[str, Tensor]) -> int:
    """Rows of W+ that an encoder gives."""
    return _count(state, r"styles\.(\d+)\.linear\.weight$")


@torch.no_grad()
def mean_code(state: Mapping[str, Tensor]) -> Tensor:
    """The mean of mapped N(0, 1), [512]; in fp64 from a fixed seed, so that every machine stores the same."""
    style = mapping_network().double()
    style.load_state_dict({key: value.double() for key, value in with_prefix(state, "style.").items()})
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(_MEAN_SAMPLES, STYLE_WIDTH, generator=generator)
    return style(z.double()).mean(0).float()


def with_mean_code(state: State, document: Mapping[str, Any], path: Path, remedy: str) -> State:
    """The generator's weights with the file's `latent_avg`, or with one computed from its mapping network."""
    stored = document.get("latent_avg")
    if isinstance(stored, Tensor) and stored.numel() == STYLE_WIDTH:
        return {**state, "latent_avg": stored.detach().float().reshape(STYLE_WIDTH).clone()}
    try:
        return {**state, "latent_avg": mean_code(state)}
    except RuntimeError:
        raise ExportError(path, "no mapping network (style.1 to style.8, 512 wide) inside", remedy) from None


def filled(network: Network, state: State, path: Path, remedy: str) -> Network:
    """A network made on the meta device, with these very tensors and ready to run. Raises ExportError."""
    load_strictly(network, state, path, remedy, assign=True)
    return network.eval()
