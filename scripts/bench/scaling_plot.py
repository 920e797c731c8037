"""Draws what scaling.py measured: time and peak memory against megapixels, a picture for each network.

    .venv/bin/python scripts/bench/scaling_plot.py build/bench/scaling.json -o docs

The same figures give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import machine
import matplotlib
import scaling

matplotlib.use("agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator  # noqa: E402

PAPER, INK, FAINT, GRID = "#ffffff", "#1f2328", "#8a9099", "#e6e8eb"
# Ours in strong colours, the peers muted; each peer with a dash pattern of its own.
STYLES: dict[str, dict[str, Any]] = {
    "stylize": {"color": "#d1005b", "linewidth": 2.8, "marker": "o"},
    "stylize-limit": {"color": "#0057d9", "linewidth": 2.4, "marker": "s"},
    "stylize-fast": {"color": "#00875a", "linewidth": 2.4, "marker": "D"},
    "pytorch": {"color": "#8c7b75", "linewidth": 1.4, "marker": "."},
    "onnxruntime": {"color": "#7d8fa3", "linewidth": 1.4, "marker": ".", "linestyle": (0, (5, 2))},
    "openvino-f32": {"color": "#9b86a8", "linewidth": 1.4, "marker": ".", "linestyle": (0, (2, 1.5))},
    "openvino": {"color": "#86a08b", "linewidth": 1.4, "marker": ".", "linestyle": (0, (6, 2, 1, 2))},
}
LABEL_GAP = 0.07  # of the panel's height, between the middles of two labels
STEEPEST = 1.1  # of a line that goes on beyond what was measured, so that noise does not carry it away
OUTSIDE = 1.04  # where labels begin, in panel widths
SIZE_INCHES = (10.2, 4.6)
FACTS: Any = {"svg.hashsalt": "stylize", "font.family": "DejaVu Sans", "font.size": 11, "svg.fonttype": "path"}


@dataclass(frozen=True)
class Curve:
    """What one engine's line shows in one panel; `lost` is the first size that did not fit, None if all did."""

    key: str
    name: str
    x: list[float]
    y: list[float]
    lost: float | None

    def beyond(self, megapixels: float) -> float:
        """Where the line would be there, if it went on as between its last two points."""
        slope = 1.0
        if len(self.x) > 1:
            slope = math.log(self.y[-1] / self.y[-2]) / math.log(self.x[-1] / self.x[-2])
        return self.y[-1] * math.pow(megapixels / self.x[-1], min(max(slope, 0.0), STEEPEST))


def _curves(series: Sequence[Mapping[str, Any]], field: str, scale: float) -> list[Curve]:
    curves = []
    for one in series:
        known = [point for point in one["points"] if point[field] is not None]
        lost = next((point["megapixels"] for point in one["points"] if point["out_of_memory"]), None)
        if known:
            x, y = [p["megapixels"] for p in known], [p[field] * scale for p in known]
            curves.append(Curve(one["key"], one["name"], x, y, lost))
    return sorted(curves, key=lambda curve: list(STYLES).index(curve.key), reverse=True)  # ours on top


def _start(group: Sequence[float]) -> float:
    """Where the first member of a group stands."""
    return group[0] / group[1]


def _spread(wanted: Sequence[float]) -> list[float]:
    """Heights in ascending order, moved apart to LABEL_GAP with as little movement as that takes, within 0 to 1."""
    groups: list[list[float]] = []  # [sum of what its members want less their offsets, number of members]
    for height in wanted:
        groups.append([height, 1])
        while len(groups) > 1 and _start(groups[-2]) + groups[-2][1] * LABEL_GAP > _start(groups[-1]):
            total, count = groups.pop()
            before = groups[-1]
            before[0] += total - count * before[1] * LABEL_GAP
            before[1] += count
    heights = [_start(group) + number * LABEL_GAP for group in groups for number in range(int(group[1]))]
    last = len(heights) - 1
    heights = [min(height, 1 - (last - number) * LABEL_GAP) for number, height in enumerate(heights)]
    return [max(height, number * LABEL_GAP) for number, height in enumerate(heights)]


def _draw_curve(axes: Axes, curve: Curve) -> None:
    style = STYLES[curve.key]
    axes.plot(curve.x, curve.y, markersize=6, clip_on=False, zorder=3, **style)
    if curve.lost is not None:
        end = curve.beyond(curve.lost)
        axes.plot([curve.x[-1], curve.lost], [curve.y[-1], end], color=style["color"], linewidth=1, linestyle=":")
        axes.plot([curve.lost], [end], marker="x", markersize=9, markeredgewidth=2.2, color=style["color"], zorder=4)


def _label(axes: Axes, curves: Sequence[Curve]) -> None:
    """Names beside the panel, where the lines would be if all went on to its edge, with a thin line to each."""
    to_panel = axes.transData + axes.transAxes.inverted()
    edge = axes.get_xlim()[1]
    ends = []
    for curve in curves:
        x, y = (curve.x[-1], curve.y[-1]) if curve.lost is None else (curve.lost, curve.beyond(curve.lost))
        wanted = to_panel.transform((edge, y if x * 1.2 > edge else curve.beyond(edge)))[1]
        ends.append((min(wanted, 1.0), y, to_panel.transform((x, y)), curve))
    ends.sort(key=lambda end: end[:2])
    for (_, _, (x, y), curve), height in zip(ends, _spread([end[0] for end in ends]), strict=True):
        color = STYLES[curve.key]["color"]
        axes.plot([x + 0.015, OUTSIDE - 0.03, OUTSIDE - 0.008], [y, height, height], transform=axes.transAxes,
                  color=color, linewidth=0.8, alpha=0.55, clip_on=False, zorder=2)  # fmt: skip
        ours = curve.key in scaling.OURS
        axes.text(OUTSIDE, height, curve.name.removeprefix("stylize "), transform=axes.transAxes, color=color,
                  va="center", fontsize=10.5 if ours else 10, fontweight="bold" if ours else "normal")  # fmt: skip


def _number(value: float, _: object = None) -> str:
    return f"{value:g}" if value < 100 else f"{value:,.0f}"


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten within; 1 alone where that would be too many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if math.log10(high / low) < 2.5 else (1,)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def _guide(axes: Axes, top: float) -> None:
    """A dashed line of slope one at the upper left, above all others."""
    left = axes.get_xlim()[0] * 1.25
    axes.plot([left, left * 4], [top / 4, top], color=FAINT, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
    axes.annotate("in proportion", (axes.get_xlim()[0], top), xytext=(4, 4), textcoords="offset points",
                  color=FAINT, fontsize=9.5)  # fmt: skip


def _panel(axes: Axes, curves: Sequence[Curve], sizes: set[float], title: str, unit: str) -> None:
    """Everything but the names; `sizes` are those that were asked for."""
    axes.set(xscale="log", yscale="log")
    for curve in curves:
        _draw_curve(axes, curve)
    xs = [x for curve in curves for x in (*curve.x, *([curve.lost] if curve.lost else []))]
    ys = [y for curve in curves for y in (*curve.y, *([curve.beyond(curve.lost)] if curve.lost else []))]
    axes.set_xlim(min(xs) / 1.15, max(xs) * 1.15)
    axes.set_ylim(min(ys) / 1.6, max(ys) * 1.3)
    axes.set_title(title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=12)
    axes.set_xlabel("megapixels", color=INK)
    axes.xaxis.set_major_locator(FixedLocator(sorted(sizes)))
    axes.yaxis.set_major_locator(FixedLocator(_ticks(*axes.get_ylim())))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{_number(value)} {unit}"))
    axes.xaxis.set_major_formatter(FuncFormatter(_number))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)


def _limit(axes: Axes, memory_gb: float) -> None:
    """What the machine has, where a line comes near it."""
    low, high = axes.get_ylim()
    if high * 10 < memory_gb:
        return
    axes.set_ylim(low, max(high, memory_gb * 1.4))
    axes.axhline(memory_gb, color=INK, linewidth=1, linestyle=(0, (1, 2)), zorder=1)
    axes.annotate(f"this machine: {memory_gb:.0f} GB", (axes.get_xlim()[0], memory_gb), xytext=(3, 4),
                  textcoords="offset points", color=INK, fontsize=9.5)  # fmt: skip


def draw(network: Mapping[str, Any], facts: Mapping[str, Any], path: Path) -> None:
    """One network's picture; the ending says which kind."""
    with matplotlib.rc_context(FACTS):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=SIZE_INCHES, facecolor=PAPER)
        figure.subplots_adjust(left=0.062, right=0.838, top=0.80, bottom=0.125, wspace=0.82)
        sizes = {point["asked"] for one in network["series"] for point in one["points"]}
        times = _curves(network["series"], "median_ms", 1e-3)
        peaks = _curves(network["series"], "peak_mb", 1e-3)
        _panel(left, times, sizes, "Time of one forward", "s")
        _panel(right, peaks, sizes, "Peak memory of the process", "GB")
        _limit(right, facts["memory_mb"] / 1e3)
        for axes in (left, right):
            _guide(axes, axes.get_ylim()[1] / 2.6)
        _label(left, times)
        _label(right, peaks)
        lost = "   × out of memory" if any(curve.lost for curve in peaks) else ""
        figure.text(0.012, 0.935, network["title"], fontsize=16, fontweight="bold", color=INK)
        figure.text(0.988, 0.94, machine.label(facts) + lost, ha="right", fontsize=9.5, color=FAINT)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else {}, dpi=110)
        pyplot.close(figure)


def draw_all(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """A picture for each network that has figures."""
    paths = []
    for network in report["networks"]:
        path = folder / scaling.picture_name(network["name"])
        draw(network, report["cpu"], path)
        paths.append(path)
    return paths


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("report", type=Path, help="what scaling.py --json wrote")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(argv)
    for path in draw_all(json.loads(options.report.read_text()), options.output):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
