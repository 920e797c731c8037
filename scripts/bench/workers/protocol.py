"""The line protocol of a benchmark worker, and the options and input that all Python workers share.

The first line on stdout is {"ready": true, "engine", "precision", "load_ms", "version"}; then each line `run` on
stdin is answered by {"ms": 123.4} for one forward, and `quit` or the end of stdin ends the worker.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

SEED = 1


@dataclass(frozen=True)
class Engine:
    """An engine that is ready to run: one call of `run` is one forward."""

    name: str
    version: str
    precision: str
    run: Callable[[], None]


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(side) for side in text.split(","))


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser()
    options.add_argument("--model", type=Path, required=True)
    options.add_argument("--shape", type=_shape, required=True, help="the input's, like 1,3,512,512")
    options.add_argument("--threads", type=int, required=True)
    return options


def noise(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The input: seeded noise in [-1,1]; the time of a convolution does not depend on the values."""
    return np.random.default_rng(SEED).uniform(-1.0, 1.0, shape).astype(np.float32)


def _own_stdout() -> TextIO:
    """stdout for the protocol alone: what libraries print goes to stderr from here on."""
    protocol = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return protocol


def serve(load: Callable[[], Engine]) -> None:
    """Loads the engine and answers the driver until it has had enough."""
    replies = _own_stdout()
    begun = time.perf_counter()
    engine = load()
    ready = {
        "ready": True,
        "engine": engine.name,
        "version": engine.version,
        "precision": engine.precision,
        "load_ms": round(1000 * (time.perf_counter() - begun), 1),
    }
    print(json.dumps(ready), file=replies)
    for line in sys.stdin:
        command = line.strip()
        if command == "quit":
            return
        if command == "run":
            begun = time.perf_counter()
            engine.run()
            print(json.dumps({"ms": round(1000 * (time.perf_counter() - begun), 3)}), file=replies)
