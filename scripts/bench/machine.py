"""Facts about the machine that a measurement means nothing without."""

from __future__ import annotations

import os
from pathlib import Path

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16")


def threads() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def cpu() -> dict[str, object]:
    """Model name, instruction sets that matter here, usable cores, load at this moment."""
    fields: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = set(fields.get("flags", "").split())
    return {
        "model": fields.get("model name", "unknown"),
        "flags": [flag for flag in _FLAGS if flag in flags],
        "cores": threads(),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def describe(facts: dict[str, object]) -> str:
    flags = facts["flags"]
    has = ", ".join(flags) if isinstance(flags, list) and flags else "none of " + ", ".join(_FLAGS)
    return f"{facts['model']}, {facts['cores']} cores, {has}; load {facts['load_1min']} before the run"
