"""The scaling benchmark: sizes, what is not started for want of memory, and a real run at tiny sizes.

usage: test_scaling.py --binary STYLIZE_INFER_BENCH
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import random
import sys
import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "bench"))
import machine  # noqa: E402
import rounds  # noqa: E402
import scaling  # noqa: E402
from worker_process import OutOfMemory, WorkerFailed, WorkerProcess  # noqa: E402

# A worker whose each forward runs this.
_WORKER = """
import json, os, sys
print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    if line.strip() == "quit": break
    {forward}
    print(json.dumps({"ms": 5.0}), flush=True)
"""
PLAN = scaling.Plan(runs=2, warmup=1, seconds=0.0, timeout=60)


def _worker(forward: str) -> list[str]:
    return [sys.executable, "-c", _WORKER.replace("{forward}", forward)]


def _point(megapixels: float, peak_mb: float) -> scaling.Point:
    return scaling.Point(megapixels, megapixels, 1, 1, [1.0], 1.0, peak_mb)


class Sizes(unittest.TestCase):
    def test_they_are_close_and_divisible(self) -> None:
        for megapixels in (0.25, 1, 2, 4, 8, 24, 100):
            size = scaling.size_of(megapixels)
            self.assertEqual((size.height % scaling.MULTIPLE, size.width % scaling.MULTIPLE), (0, 0))
            self.assertAlmostEqual(size.height * size.width / 1e6 / megapixels, 1, delta=0.05)
            self.assertAlmostEqual(size.width / size.height, 4 / 3, delta=0.15)


class Memory(unittest.TestCase):
    """A worker that takes too much is told from one that fails."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="stylize-bench-")
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name) / "log"
        rounds.FOLDER.mkdir(parents=True, exist_ok=True)

    def start(self, forward: str, reserve_mb: float) -> WorkerProcess:
        worker = WorkerProcess("worker", _worker(forward), self.log, 60, reserve_mb)
        self.addCleanup(worker.close)
        return worker

    def test_what_is_expected_of_a_larger_size(self) -> None:
        points = [_point(1, 300)]
        self.assertIsNone(scaling.expected_mb([], 2))
        self.assertEqual(scaling.expected_mb(points, 2), 600)  # nothing is known of what does not grow
        points += [_point(2, 500), _point(4, 900)]
        self.assertEqual(scaling.expected_mb(points, 8), 1700)
        self.assertEqual(scaling.expected_mb([_point(1, 300), _point(2, 290)], 8), 290)

    def test_one_that_leaves_too_little_is_ended(self) -> None:
        with self.assertRaisesRegex(OutOfMemory, "left"):
            self.start("pass", reserve_mb=2 * machine.available_mb())

    def test_one_that_the_system_ended(self) -> None:
        with self.assertRaisesRegex(OutOfMemory, "-9"):
            self.start("os.kill(os.getpid(), 9)", reserve_mb=1).run()

    def test_one_that_says_so(self) -> None:
        with self.assertRaisesRegex(OutOfMemory, "MemoryError"):
            self.start("raise MemoryError", reserve_mb=0).run()

    def test_one_that_fails_otherwise(self) -> None:
        with self.assertRaises(WorkerFailed) as caught:
            self.start("raise ValueError('no such layer')", reserve_mb=1).run()
        self.assertNotIsInstance(caught.exception, OutOfMemory)
        self.assertIn("no such layer", str(caught.exception))

    def measured(
        self, forwards: dict[str, str], points: list[scaling.Point], megapixels: float
    ) -> dict[str, scaling.Point]:
        """The last points of engines with these smaller ones."""
        series = [scaling.Series(key, key, points=list(points)) for key in forwards]
        commands = {key: _worker(forward) for key, forward in forwards.items()}
        with contextlib.redirect_stdout(io.StringIO()):
            scaling._measure_size(series, megapixels, commands, PLAN, random.Random(1))
        return {one.key: one.points[-1] for one in series}

    def test_sizes_after_one_that_did_not_fit(self) -> None:
        killed = {"good": "pass", "greedy": "os.kill(os.getpid(), 9)", "broken": "raise ValueError('no')"}
        points = self.measured(killed, [], 0.1)
        self.assertEqual(points["good"].median_ms, 5.0)
        self.assertGreater(points["good"].peak_mb or 0, 1)
        self.assertEqual((points["greedy"].median_ms, points["greedy"].out_of_memory), (None, True))
        self.assertEqual((points["broken"].median_ms, points["broken"].out_of_memory), (None, False))
        after = self.measured({"greedy": "pass"}, [points["greedy"]], 0.2)["greedy"]
        self.assertEqual((after.median_ms, after.out_of_memory), (None, True))

    def test_one_that_would_not_fit_is_not_started(self) -> None:
        smaller = [_point(1, 0.01 * machine.available_mb()), _point(2, 0.02 * machine.available_mb())]
        point = self.measured({"large": "pass"}, smaller, 400)["large"]
        self.assertTrue(point.out_of_memory)
        self.assertIn("would take about", point.failure or "")
        self.assertEqual(self.measured({"large": "pass"}, smaller, 2.1)["large"].median_ms, 5.0)


class Run(unittest.TestCase):
    binary: ClassVar[Path]

    def test_of_the_bundled_style(self) -> None:
        """Each of ours that this binary offers, at three sizes."""
        with tempfile.TemporaryDirectory(prefix="stylize-bench-") as folder:
            report = Path(folder) / "scaling.json"
            ours = ["--networks", "cel", "--engines", *scaling.OURS, "--binary", str(self.binary)]
            sizes = ["--sizes-mp", "0.02", "0.01", "--ours-mp", "0.05", "--runs", "1", "--seconds", "0"]
            with contextlib.redirect_stdout(io.StringIO()):
                self.assertEqual(scaling.main([*ours, *sizes, "--warmup", "0", "--json", str(report)]), 0)
            network = json.loads(report.read_text())["networks"][0]
        self.assertEqual([network["name"], network["series"][0]["key"]], ["cel", "stylize"])
        for series in network["series"]:
            self.assertEqual([point["asked"] for point in series["points"]], [0.01, 0.02, 0.05])
            for point in series["points"]:
                self.assertGreater(point["median_ms"], 0)
                self.assertGreater(point["peak_mb"], 10)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--binary", type=Path, required=True)
    arguments, rest = parser.parse_known_args()
    Run.binary = arguments.binary
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False, verbosity=2).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
