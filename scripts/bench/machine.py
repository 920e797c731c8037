"""Facts about the machine that a measurement means nothing without."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_tile", "amx_bf16")
_SHOWN = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_bf16": "AVX512-BF16", "amx_bf16": "AMX"}


def threads() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def _memory_mb(field: str) -> float:
    """A line of /proc/meminfo, in MB of 10^6 bytes."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024 / 1e6
    raise OSError(f"no {field} in /proc/meminfo")


def available_mb() -> float:
    """What programs can take without swapping, in MB of 10^6 bytes."""
    return _memory_mb("MemAvailable")


def cpu() -> dict[str, object]:
    """Model name, instruction sets that matter here, usable cores, memory, load at this moment, date (UTC)."""
    fields: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        fields.setdefault(key.strip(), value.strip())
    flags = set(fields.get("flags", "").split())
    return {
        "model": fields.get("model name", "unknown"),
        "flags": [flag for flag in _FLAGS if flag in flags],
        "cores": threads(),
        "memory_mb": round(_memory_mb("MemTotal")),
        "load_1min": round(os.getloadavg()[0], 2),
        "date": datetime.now(UTC).date().isoformat(),
    }


def describe(facts: dict[str, object]) -> str:
    flags = facts["flags"]
    has = ", ".join(flags) if isinstance(flags, list) and flags else "none of " + ", ".join(_FLAGS)
    return f"{facts['model']}, {facts['cores']} cores, {has}; load {facts['load_1min']} before the run"


def label(facts: Mapping[str, Any]) -> str:
    """What readers are told: processor, instruction sets, cores, date."""
    model = re.sub(r"\((R|TM|C)\)|\bCPU\b|\bProcessor\b|@.*|\b\d+-Core\b", " ", str(facts["model"]))
    sets = [shown for flag, shown in _SHOWN.items() if flag in facts["flags"]]
    cores = "1 core" if facts["cores"] == 1 else f"{facts['cores']} cores"
    return ", ".join([" ".join(model.split()), cores, *sets, str(facts["date"])])
