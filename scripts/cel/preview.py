"""Preview sheets at 100 %: one row a held-out crop, input | teacher | student."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

CAPTION_HEIGHT = 18


def _row(tensors: list[Tensor], index: int) -> np.ndarray:
    tiles = [t[index].float().clamp(0, 1).cpu().permute(1, 2, 0).numpy() for t in tensors]
    return (np.concatenate(tiles, 1) * 255 + 0.5).astype(np.uint8)


def save_sheet(path: Path, inputs: Tensor, teacher: Tensor, student: Tensor, caption: str, rows: int = 6) -> None:
    """Writes the first `rows` pictures of three [N,3,H,W] batches in [0,1] as one PNG with a caption on top."""
    count = min(rows, inputs.shape[0])
    body = np.concatenate([_row([inputs, teacher, student], index) for index in range(count)], 0)
    sheet = Image.new("RGB", (body.shape[1], body.shape[0] + CAPTION_HEIGHT), "white")
    ImageDraw.Draw(sheet).text((4, 3), f"input | teacher | student    {caption}", fill="black")
    sheet.paste(Image.fromarray(body), (0, CAPTION_HEIGHT))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.png")
    sheet.save(part)
    part.replace(path)
