"""The training loop: resumable at any step, with weights averaged over time."""

from __future__ import annotations

import copy
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .data import random_batch
from .losses import line_agreement, psnr, student_loss
from .muon import make_optimizers
from .network import CelNet
from .preview import save_sheet
from .teacher import grey_tones

HELD_OUT_CROP = 256
TONE_SHARE = 0.7  # Part of the teacher's tone steps that the student's curve starts with; training adds the rest.


@dataclass(frozen=True)
class TrainingSettings:
    """Everything that decides the result, apart from the pairs."""

    work: Path
    seed: int
    steps: int
    batch: int
    crop: int
    rate: float
    warmup: int = 200
    average: float = 0.998
    check_every: int = 200
    save_seconds: float = 60.0


class Trainer:
    """Student, its running average, optimizer and step count; all of it survives in `checkpoint.pt`."""

    def __init__(self, settings: TrainingSettings) -> None:
        torch.manual_seed(settings.seed)
        self.settings = settings
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        model = CelNet()
        plain, stepped = grey_tones()
        model.tones.fit(torch.from_numpy(plain), torch.from_numpy(stepped), TONE_SHARE)
        self.model = model.to(self.device, memory_format=torch.channels_last)
        self.averaged = copy.deepcopy(self.model).requires_grad_(False)
        self.optimizers = make_optimizers(self.model, settings.rate)
        self.step = 0
        self.checkpoint = settings.work / "checkpoint.pt"

    def resume(self) -> None:
        """Goes on from the checkpoint where there is one."""
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        self.step = state["step"]
        print(f"resumed at step {self.step}", flush=True)

    def save(self) -> None:
        """Writes the checkpoint whole or not at all."""
        part = self.checkpoint.with_suffix(".part")
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
        }
        torch.save(state, part)
        part.replace(self.checkpoint)

    def rate(self) -> float:
        """Learning rate of this step: linear warm-up, then a cosine down to 1 %."""
        s = self.settings
        progress = min(self.step / s.steps, 1.0)
        cosine = 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))
        return s.rate * min((self.step + 1) / s.warmup, 1.0) * cosine

    def train_step(self, pairs: np.ndarray) -> float:
        """One optimizer step on a batch that seed and step number alone decide; returns the loss."""
        s = self.settings
        rng = np.random.default_rng((s.seed, self.step))
        inputs, targets = (torch.from_numpy(a) for a in random_batch(rng, pairs, s.batch, s.crop))
        inputs = inputs.to(self.device, memory_format=torch.channels_last)
        targets = targets.to(self.device)
        loss = student_loss(self.model.draw(inputs), targets[:, :3], targets[:, 3:])
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.rate()
            optimizer.step()
        # Early on the average follows quickly, so that the first previews show something.
        keep = min(s.average, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for slow, fast in zip(self.averaged.parameters(), self.model.parameters()):
                slow.lerp_(fast, 1 - keep)
        self.step += 1
        return float(loss.detach())

    def check(self, held_out: np.ndarray, note: str) -> None:
        """Measures the averaged student on unseen crops, prints the numbers and writes a preview sheet."""
        inputs, teacher = centre_crops(held_out, HELD_OUT_CROP)
        with torch.no_grad():
            student = torch.cat([self.averaged(x.to(self.device)).cpu() for x in inputs.split(4)])
        lines = line_agreement(student, teacher, inputs)
        numbers = f"PSNR {psnr(student, teacher):.2f} dB, lines F1 {lines:.3f}"
        print(f"step {self.step}: {numbers}, {note}", flush=True)
        folder = self.settings.work / "preview"
        save_sheet(folder / f"step_{self.step:06d}.png", inputs, teacher, student, f"step {self.step}, {numbers}")

    def run(self, pairs: np.ndarray, held_out: np.ndarray) -> None:
        """Trains up to the last step, with checks, previews and checkpoints on the way."""
        saved = began = time.monotonic()
        losses: list[float] = []
        while self.step < self.settings.steps:
            losses.append(self.train_step(pairs))
            now = time.monotonic()
            if self.step % self.settings.check_every == 0 or self.step in (10, 50):
                pace = (now - began) / len(losses)
                self.check(held_out, f"loss {np.mean(losses):.4f}, rate {self.rate():.2e}, {pace:.2f} s a step")
                began, losses = time.monotonic(), []
            if now - saved > self.settings.save_seconds:
                self.save()
                saved = now
        self.save()
        self.check(held_out, "done")


def centre_crops(pairs: np.ndarray, size: int) -> tuple[Tensor, Tensor]:
    """Inputs and teacher pictures [N,3,size,size] in [0,1] from the middle of uint8 pairs [N,S,S,7]."""
    start = (pairs.shape[1] - size) // 2
    middle = pairs[:, start : start + size, start : start + size].astype(np.float32) / 255
    tensor = torch.from_numpy(middle).permute(0, 3, 1, 2).contiguous()
    return tensor[:, :3].contiguous(), tensor[:, 3:6].contiguous()
