"""The README's figures come from the benchmarks' reports: blocks are replaced, nothing else changes, none is missing.

usage: test_readme.py
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import re
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT / "scripts" / "bench")]
import all as run  # noqa: E402
import readme_blocks  # noqa: E402
import readme_tables  # noqa: E402
import reports  # noqa: E402

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
# The pictures of this one need matplotlib, which only scripts/setup.sh --bench installs.
NAMES = [name for name in readme_tables.BLOCKS if HAS_MATPLOTLIB or name != "scaling"]
_BLOCK = re.compile(r"(<!-- bench:[\w-]+ -->).*?(<!-- /bench:[\w-]+ -->)", re.DOTALL)


def _outside(text: str) -> str:
    """The text with its blocks empty."""
    return _BLOCK.sub(r"\1\2", text)


class ReadmeCase(unittest.TestCase):
    """A README with a block for each benchmark, and the figures for all."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="stylize-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.readme, self.figures = self.folder / "README.md", self.folder / "figures"
        blocks = (f"Before {name}: 1 < 2, ünïcode\\n\n<!-- bench:{name} -->\nold\n<!-- /bench:{name} -->\n"
                  for name in readme_tables.BLOCKS)  # fmt: skip
        self.readme.write_text("# Title\n\n" + "\n".join(blocks) + "\nThe end, without a line's end")
        self.figures.mkdir()
        for name, report in reports.reports().items():
            self.write(name, report)

    def write(self, name: str, report: reports.Report) -> None:
        (self.figures / f"{name}.json").write_text(json.dumps(report))

    def run_all(self, *more: str) -> tuple[int, str]:
        """Exit code and messages of all.py --from-json."""
        messages = io.StringIO()
        with contextlib.redirect_stderr(messages):
            code = run.main(["--from-json", str(self.figures), "--readme", str(self.readme), *more])
        return code, messages.getvalue()

    def assert_refused(self, words: str, *more: str) -> None:
        """It fails with these words and leaves the README alone."""
        before = self.readme.read_bytes()
        code, messages = self.run_all(*more)
        self.assertEqual(code, 1)
        self.assertIn(words, messages)
        self.assertEqual(self.readme.read_bytes(), before)


class Blocks(ReadmeCase):
    def test_blocks_are_replaced_and_nothing_else(self) -> None:
        before = self.readme.read_text()
        self.assertEqual(self.run_all("--only", *NAMES), (0, ""))
        after = self.readme.read_text()
        self.assertEqual(_outside(after), _outside(before))
        for name in NAMES:
            body = after.partition(f"<!-- bench:{name} -->")[2].partition("<!-- /bench:")[0]
            self.assertNotIn("old", body.split())
            self.assertIn("Made-Up 9000, 2 cores, AVX2, AVX-512, 2031-02-03", " ".join(body.split()))
        for figure in (
            "| **stylize** | fp32 | 1385 | 1386 | 1225 | 1.00 |",
            "PyTorch 2.11 eager",
            "| 0.33 s |",
            "1.20",
        ):
            self.assertIn(figure, after)

    def test_the_same_figures_give_the_same_bytes(self) -> None:
        def files() -> dict[Path, bytes]:
            return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}

        self.run_all("--only", *NAMES)
        written = files()
        self.assertEqual(self.run_all("--only", *NAMES), (0, ""))
        self.assertEqual(files(), written)
        self.assertEqual(self.run_all("--check", "--only", *NAMES), (0, ""))

    def test_only_leaves_the_others(self) -> None:
        self.run_all("--only", "cel")
        after = self.readme.read_text()
        self.assertEqual(after.count("\nold\n"), len(readme_tables.BLOCKS) - 1)

    def test_check_tells_of_other_figures_and_writes_nothing(self) -> None:
        self.run_all("--only", "folder")
        self.assertEqual(self.run_all("--check", "--only", "folder"), (0, ""))
        changed = reports.folder()
        changed["seconds"]["stylize"] = [11.0, 11.0]
        self.write("folder", changed)
        self.assert_refused("bench:folder", "--check", "--only", "folder")

    def test_wrong_markers_are_errors(self) -> None:
        text = self.readme.read_text()
        for wrong in (
            text.replace("<!-- /bench:cel -->", ""),
            text.replace("<!-- bench:cel -->", ""),
            text + "<!-- bench:cel -->\n<!-- /bench:cel -->",
            text.replace("bench:cel -->", "bench:sel -->"),
        ):
            self.readme.write_text(wrong)
            self.assert_refused("bench:", "--only", "cel")


class MissingFigures(ReadmeCase):
    def assert_missing(self, name: str, spoil: Callable[[reports.Report], object], words: str) -> None:
        report = reports.reports()[name]
        spoil(report)
        self.write(name, report)
        with self.subTest(words):
            self.assert_refused(words, "--only", "startup", name)
        self.write(name, reports.reports()[name])

    def test_each_is_an_error_that_names_it(self) -> None:
        def failed(report: reports.Report) -> None:
            report["sizes"][0]["engines"][2] |= {"median_ms": None, "failure": "No module named 'onnxruntime'"}

        self.assert_missing("engines", failed, "No module named 'onnxruntime'")
        self.assert_missing("engines", lambda report: report["sizes"][0]["engines"].pop(1), "no pytorch")
        self.assert_missing("engines", lambda report: report.pop("cpu"), "cpu")
        self.assert_missing("cel", lambda report: report["sizes"].clear(), "cel.json")
        self.assert_missing("faces", lambda report: report["networks"].pop(), "no psp")
        self.assert_missing("faces", lambda report: report["networks"][0]["engines"].pop(1), "no stylize-bf16")
        self.assert_missing("startup", lambda report: report["timings"].pop(), "no large photo")
        self.assert_missing("folder", lambda report: report["seconds"].pop("python"), "no python")
        self.assert_missing("folder", lambda report: report["seconds"]["python"].clear(), "folder.json")
        self.assert_missing("video", lambda report: report["seconds"].pop("OpenCV loop"), "no OpenCV loop")
        self.assert_missing("video", lambda report: report.pop("frames"), "no frames")

    def test_of_the_scaling(self) -> None:
        def failed(report: reports.Report) -> None:
            report["networks"][1]["series"][3]["points"][1] |= {"median_ms": None, "failure": "crashed"}

        self.assert_missing("scaling", failed, "crashed")
        self.assert_missing("scaling", lambda report: report["networks"][0]["series"].pop(2), "no stylize-fast")
        self.assert_missing("scaling", lambda report: report["networks"].pop(), "no cel")

    def test_a_report_that_is_not_there_or_no_json(self) -> None:
        (self.figures / "video.json").write_text("{")
        self.assert_refused("video.json", "--only", "video")
        (self.figures / "video.json").unlink()
        self.assert_refused("video.json: no such file", "--only", "video")


class Rendering(unittest.TestCase):
    def test_what_did_not_fit_is_said(self) -> None:
        text = readme_tables.scaled(reports.scaling())
        self.assertIn("| PyTorch eager | 4.00 s, 12.2 GB | out of memory | – |", text)
        self.assertIn("| **stylize --tile fast** | 4.00 s, 0.36 GB | 8.00 s, 0.52 GB | 24 s, 1.2 GB |", text)
        self.assertIn("(docs/scaling.svg)", text)
        self.assertIn("(docs/scaling_cel.svg)", text)

    def test_encoders_are_published_with_the_same_operations(self) -> None:
        text = readme_tables.faces(reports.faces())
        self.assertIn("| JoJoGAN's generator | 0.70 s, 1.2 GB | 5.96 | 1.18 |", text)
        self.assertIn("| e4e | 0.70 s, 1.2 GB | 1.18 | 1.18 |", text)
        self.assertIn("1.43 to 1.43 times", text)

    def test_lines_fit_the_readme(self) -> None:
        for name, report in reports.reports().items():
            for line in readme_tables.BLOCKS[name](report).splitlines():
                self.assertLessEqual(0 if line.startswith("|") else len(line), 120, line)

    @unittest.skipUnless(HAS_MATPLOTLIB, "no matplotlib (scripts/setup.sh --bench)")
    def test_pictures_are_small_and_the_same_each_time(self) -> None:
        import scaling_plot

        with tempfile.TemporaryDirectory() as folder:
            paths = scaling_plot.draw_all(reports.scaling(), Path(folder))
            self.assertEqual([path.name for path in paths], ["scaling.svg", "scaling_cel.svg"])
            drawn = [path.read_bytes() for path in paths]
            self.assertEqual(
                [path.read_bytes() for path in scaling_plot.draw_all(reports.scaling(), Path(folder))], drawn
            )
            for picture in drawn:
                self.assertLess(len(picture), 200_000)


class OurReadme(unittest.TestCase):
    """The repository's own."""

    readme = ROOT / "README.md"
    figures = ROOT / "docs" / "bench"

    def test_it_has_a_block_for_each_benchmark(self) -> None:
        self.assertEqual(sorted(readme_blocks.names(self.readme.read_text())), sorted(readme_tables.BLOCKS))
        self.assertEqual(sorted(run.benchmarks()), sorted(readme_tables.BLOCKS))

    def test_it_shows_what_the_figures_say(self) -> None:
        text = self.readme.read_text()
        for name in readme_tables.BLOCKS:
            if (self.figures / f"{name}.json").is_file():
                self.assertEqual(
                    run.rendered(text, name, self.figures), text, f"run scripts/bench/all.py --only {name}"
                )


if __name__ == "__main__":
    unittest.main(verbosity=2)
