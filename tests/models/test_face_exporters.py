"""The exporters of face networks as a user calls them: parity with the reference programs, refusals, what they write.

The networks are synthetic, in the released files' layouts (shared/parity/fill_weights.py). Those of Parity are
full-sized: each step runs in a process of its own, so that no more than one is in memory, and its seconds and peak
memory are printed. The small ones of GeneratorFile and Files are exported within this process, which is ten times as
fast.
"""

import argparse
import contextlib
import importlib
import io
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "scripts"
SHARED = Path()
EXPORTERS = ("jojogan", "e4e", "psp", "blendgan", "discriminator")
HALF_PSNR, BF16_PSNR = 60.0, 45.0  # dB of weights stored as fp16 and bf16, computed in fp32
REFUSED, WRONG_USAGE = 1, 2


class Finished:
    """How a process ended: its exit code, output, seconds and peak memory."""

    def __init__(self, *command: str | Path) -> None:
        started = time.monotonic()
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen([sys.executable, *map(str, command)], stdout=out, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = self.code = os.waitstatus_to_exitcode(status)
            out.seek(0)
            errors.seek(0)
            self.output, self.errors = out.read(), errors.read()
        self.cost = f"{time.monotonic() - started:.1f} s, {usage.ru_maxrss / 2**20:.2f} GiB"


def export(exporter: str, *arguments: str | Path) -> Finished:
    return Finished(SCRIPTS / f"export_{exporter}.py", *arguments)


@dataclass(frozen=True)
class Returned:
    """How an exporter ended that was called within this process."""

    code: int
    errors: str


def called(exporter: str, *arguments: str | Path) -> Returned:
    """As `export`, without a new process and its import of torch."""
    main = importlib.import_module(f"export_{exporter}").main
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse's way out
            code = end.code
    return Returned(int(code), errors.getvalue())


def fill(kind: str, size: int, seed: int, path: Path) -> Finished:
    script = SHARED / "parity" / "fill_weights.py"
    return Finished(script, kind, "--size", str(size), "--seed", str(seed), "--out", path)


class Folder(unittest.TestCase):
    """A temporary folder with room for a checkpoint and an export."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)
        self.checkpoint, self.output = self.folder / "checkpoint.pt", self.folder / "out.pt"

    def done(self, what: str, result: Finished) -> Finished:
        self.assertEqual(result.code, 0, f"{what}: {result.errors}")
        print(f"    {what}: {result.cost}", file=sys.stderr, flush=True)
        return result


class Parity(Folder):
    """Every face network of the parity set, from checkpoint to numbers."""

    def check(self, case: str, least_psnr: float | None) -> None:
        """Within the set's tolerances; or, for weights stored in half the bytes, above a PSNR."""
        result = self.done(case, Finished(HERE / "face_parity.py", case, self.output, "--shared", SHARED))
        self.check_figures(case, result, least_psnr)

    def check_figures(self, case: str, result: Finished, least_psnr: float | None = None) -> None:
        for name, figure in json.loads(result.output).items():
            text = f"{name}: {figure['error']:.1e} of {figure['atol']:.1e}, {figure['psnr']} dB"
            print(f"      {text}", file=sys.stderr, flush=True)
            if least_psnr is None:
                self.assertLessEqual(figure["error"], figure["atol"], f"{case} {text}")
            else:
                self.assertGreaterEqual(figure["psnr"], least_psnr, f"{case} {text}")

    def run_case(self, kind: str, size: int, seed: int, exporter: str, *cases: str, halves: bool = False) -> None:
        self.done("checkpoint", fill(kind, size, seed, self.checkpoint))
        forms: list[tuple[list[str], float | None]] = [([], None)]
        if halves:
            forms += [(["--half"], HALF_PSNR), (["--bf16"], BF16_PSNR)]
        full = 0
        for flags, least_psnr in forms:
            result = export(exporter, self.checkpoint, "-o", self.output, *flags)
            size_now = self.output.stat().st_size if self.output.exists() else 0
            self.done(f"export {' '.join(flags)} {size_now:,} B", result)
            if flags:
                self.assertLess(size_now, 0.52 * full)
            full = full or size_now
            for case in cases:
                self.check(case, least_psnr)

    def test_1_stylegan2_at_128(self) -> None:
        cases = ("stylegan2/g128.npz", "stylegan2/truncation_mixing128.npz")
        self.run_case("stylegan2", 128, 20212, "jojogan", *cases, halves=True)

    def test_2_discriminator_at_128(self) -> None:
        self.run_case("stylegan2", 128, 20214, "discriminator", "discriminator/d128.npz", halves=True)

    def test_3_stylegan2_at_1024(self) -> None:
        self.run_case("jojogan", 1024, 20213, "jojogan", "stylegan2/g1024.npz")

    def test_4_discriminator_at_1024(self) -> None:
        self.run_case("stylegan2", 1024, 20215, "discriminator", "discriminator/d1024.npz")

    def test_5_e4e(self) -> None:
        self.run_case("e4e", 1024, 20216, "e4e", "encoders/e4e.npz")

    def test_6_psp(self) -> None:
        self.run_case("psp", 1024, 20217, "psp", "encoders/psp.npz")

    def test_7_blendgan(self) -> None:
        cases = ("blendgan/embedder.npz", "blendgan/generator128.npz")
        self.run_case("blendgan", 128, 20219, "blendgan", *cases)

    def test_8_three_steps_of_learning(self) -> None:
        """The exported generator and discriminator are what `stylize learn` needs: they train as the originals do."""
        case, discriminator = "jojogan/finetune_default.npz", self.folder / "discriminator.pt"
        self.done("checkpoint", fill("stylegan2", 128, 20218, self.checkpoint))
        for exporter, output in (("jojogan", self.output), ("discriminator", discriminator)):
            self.done(f"export {exporter}", export(exporter, self.checkpoint, "-o", output))
        script = HERE / "face_finetune.py"
        result = self.done(case, Finished(script, case, self.output, discriminator, "--shared", SHARED))
        self.check_figures(case, result)


class GeneratorFile(unittest.TestCase):
    """What the exported generator does, at 64x64."""

    folder: tempfile.TemporaryDirectory[str]
    network: Any

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        checkpoint, output = Path(cls.folder.name) / "checkpoint.pt", Path(cls.folder.name) / "out.pt"
        filled = fill("jojogan", 64, 7, checkpoint)
        assert filled.code == 0, filled.errors
        exported = called("jojogan", checkpoint, "-o", output)
        assert exported.code == 0, exported.errors
        torch._C._jit_set_profiling_mode(False)
        cls.network = torch.jit.load(output)
        cls.codes = torch.randn(3, cls.network.n_latent, 512, generator=torch.Generator().manual_seed(1))

    def test_batches_give_what_single_pictures_give(self) -> None:
        with torch.inference_mode():
            together = self.network(self.codes)
            for i in range(3):
                alone = self.network(self.codes[i : i + 1])
                self.assertLessEqual(float((together[i : i + 1] - alone).abs().max()), 1e-5)

    def test_noise_is_free_and_stored_noise_is_the_default(self) -> None:
        network, codes = self.network, self.codes[:2]
        stored = network.stored_noise()
        self.assertEqual(len(stored), network.n_noise)
        generator = torch.Generator().manual_seed(2)
        with torch.inference_mode():
            usual = network(codes)
            self.assertTrue(torch.equal(usual, network.synthesis(codes, [])))
            self.assertTrue(torch.equal(usual, network.synthesis(codes, stored)))
            shared = [torch.randn(layer.shape, generator=generator) for layer in stored]
            other = network.synthesis(codes, shared)
            self.assertGreater(float((usual - other).abs().max()), 1e-2)
            each = [torch.cat([layer, own]) for layer, own in zip(stored, shared, strict=True)]
            own = network.synthesis(codes, each)
        self.assertLessEqual(float((own[0] - usual[0]).abs().max()), 1e-5)
        self.assertLessEqual(float((own[1] - other[1]).abs().max()), 1e-5)

    def test_wrong_arguments_are_errors(self) -> None:
        with self.assertRaises(torch.jit.Error):
            self.network(self.codes[:, 1:])
        with self.assertRaises(torch.jit.Error):
            self.network.synthesis(self.codes, self.network.stored_noise()[1:])

    def test_truncation_goes_from_the_mean_to_the_code(self) -> None:
        w = self.network.mapping(torch.randn(2, 512, generator=torch.Generator().manual_seed(3)))
        self.assertTrue(torch.allclose(self.network.truncate(w, 1.0), w, atol=1e-6))
        mean = self.network.latent_avg.expand(2, -1)
        self.assertTrue(torch.equal(self.network.truncate(w, 0.0), mean))
        self.assertTrue(torch.isfinite(mean).all())

    def test_parameters_are_the_checkpoints_and_train(self) -> None:
        released = torch.load(Path(self.folder.name) / "checkpoint.pt", weights_only=True)["g"]
        own = {**dict(self.network.named_parameters()), **dict(self.network.named_buffers())}
        self.assertEqual(set(own) - set(released), {"latent_avg"})
        self.assertTrue(all(torch.equal(own[key], value) for key, value in released.items()))
        self.network(self.codes[:1]).square().mean().backward()
        for name, parameter in self.network.named_parameters():
            self.assertEqual(parameter.grad is None, name.startswith("style."), name)


class Files(Folder):
    """What is taken, refused and written, with the smallest generator."""

    def setUp(self) -> None:
        super().setUp()
        self.fill_weights = importlib.import_module("fill_weights")
        self.state = self.fill_weights.make("stylegan2_g", 8, 3)

    def save(self, content: object) -> Path:
        torch.save(content, self.checkpoint)
        return self.checkpoint

    def assert_refused(self, exporter: str, path: Path, *words: str) -> None:
        self.assert_refusal(called(exporter, path, "-o", self.output), path, *words)

    def assert_refusal(self, result: Returned | Finished, path: Path, *words: str) -> None:
        self.assertEqual(result.code, REFUSED, result.errors)
        for word in (str(path), *words):
            self.assertIn(word, result.errors)
        self.assertNotIn("Traceback", result.errors)
        self.assertEqual(sorted(self.folder.glob("*out.pt*")), [])

    def test_the_smallest_size_and_the_facts(self) -> None:
        manifest = self.folder / "out.json"
        flags = ("--manifest", manifest, "--name", "tiny", "--half", "--base", "ffhq")
        result = called("jojogan", self.save({"g": self.state}), "-o", self.output, *flags)
        self.assertEqual(result.code, 0, result.errors)
        extra = {"stylize.json": ""}
        network = torch.jit.load(self.output, _extra_files=extra).float()
        with torch.inference_mode():
            self.assertEqual(tuple(network(torch.zeros(2, 4, 512)).shape), (2, 3, 8, 8))
        inside, beside = json.loads(extra["stylize.json"]), json.loads(manifest.read_text())
        self.assertEqual(beside["size"], self.output.stat().st_size)
        for facts in (inside, beside):
            self.assertEqual((facts["family"], facts["domain"], facts["base"]), ("stylegan2", "face", "ffhq"))
            self.assertEqual(facts["requires"], ["e4e", "landmarks"])
            self.assertEqual(facts["output"]["size"], 8)
            self.assertFalse(facts["licence"]["commercial"])
            self.assertEqual(facts["export"]["args"], ["--name", "tiny", "--base", "ffhq", "--half"])

    def test_a_catalogue_entry_gives_the_facts_and_options_win(self) -> None:
        entry = {
            "name": "tiny", "aliases": ["small"], "title": "Tiny", "requires": [], "base": "ffhq",
            "face": {"size": 8}, "licence": {"text": "free", "commercial": True}, "source": {"urls": ["https://x/y"]},
        }  # fmt: skip
        catalogue, manifest = self.folder / "entry.json", self.folder / "out.json"
        catalogue.write_text(json.dumps(entry))
        given = ("--facts", catalogue, "--manifest", manifest, "--title", "Other", "--base", "own")
        result = called("jojogan", self.save({"g": self.state}), "-o", self.output, *given)
        self.assertEqual(result.code, 0, result.errors)
        facts = json.loads(manifest.read_text())
        for key in ("name", "aliases", "requires", "face"):
            self.assertEqual(facts[key], entry[key], key)
        self.assertEqual((facts["title"], facts["base"]), ("Other", "own"))
        self.assertEqual((facts["licence"]["text"], facts["licence"]["commercial"]), ("free", True))
        self.assertEqual(facts["source"]["urls"], ["https://x/y"])
        self.assertNotIn("recommended_size", facts["input"])
        catalogue.write_text("[]")
        for exporter in EXPORTERS:
            result = called(exporter, self.checkpoint, "-o", self.folder / "no.pt", "--facts", catalogue)
            self.assertEqual(result.code, REFUSED, result.errors)
            self.assertIn("not a JSON object", result.errors)

    def test_the_same_export_gives_the_same_bytes(self) -> None:
        self.save({"g": self.state})
        contents = []
        for _ in range(2):  # in processes of their own: hashing of strings differs between them
            self.assertEqual(export("jojogan", self.checkpoint, "-o", self.output).code, 0)
            contents.append(self.output.read_bytes())
        self.assertEqual(contents[0], contents[1])
        with zipfile.ZipFile(self.output) as archive:
            self.assertFalse(any(str(self.folder).encode() in archive.read(name) for name in archive.namelist()))

    def test_the_right_weights_of_several_are_taken(self) -> None:
        other = {**self.state, "to_rgb1.bias": self.state["to_rgb1.bias"] + 1}
        style, base = {"g": self.state, "g_ema": other}, {"g": other, "g_ema": self.state, "d": self.state}
        for document, flags in ((style, ()), (base, ()), (style | {"d": other}, ("--weights", "g"))):
            result = called("jojogan", self.save(document), "-o", self.output, *flags)
            self.assertEqual(result.code, 0, result.errors)
            taken = dict(torch.jit.load(self.output).named_parameters())["to_rgb1.bias"]
            self.assertTrue(torch.equal(taken, self.state["to_rgb1.bias"]))

    def test_wrong_weights_are_refused(self) -> None:
        missing = {key: value for key, value in self.state.items() if key != "conv1.noise.weight"}
        self.assert_refused("jojogan", self.save({"g": missing}), "conv1.noise.weight")
        self.assert_refused("jojogan", self.save({"g": {**self.state, "extra": torch.zeros(1)}}), "unknown: extra")
        broken = {**self.state, "to_rgb1.bias": torch.full((1, 3, 1, 1), math.nan)}
        self.assert_refused("jojogan", self.save({"g": broken}), "to_rgb1.bias")
        self.assert_refused("jojogan", self.save({"state_dict": self.state}), "its keys: state_dict")
        no_mapping = {key: value for key, value in self.state.items() if not key.startswith("style.")}
        self.assert_refused("jojogan", self.save({"g": no_mapping}), "mapping")

    def test_other_networks_are_refused(self) -> None:
        self.save({"g_ema": self.state})
        self.assert_refused("discriminator", self.checkpoint, "'d'", "generator only")
        self.assert_refused("e4e", self.checkpoint, "encoder.")
        self.assert_refused("psp", self.checkpoint, "encoder.")
        self.assert_refused("blendgan", self.checkpoint, "add_weight")
        psp = {"state_dict": {"encoder.x.y": torch.zeros(1)}, "opts": {"encoder_type": "GradualStyleEncoder"}}
        self.assert_refused("e4e", self.save(psp), "GradualStyleEncoder")
        discriminator = self.fill_weights.make("stylegan2_d", 8, 3)
        discriminator.pop("final_linear.1.bias")
        self.assert_refused("discriminator", self.save({"d": discriminator}), "final_linear.1.bias")

    def test_files_that_are_no_checkpoints_are_refused(self) -> None:
        whole = self.save({"g": self.state}).read_bytes()
        bad = self.folder / "bad.pt"
        for content in (b"", b"<!DOCTYPE html><p>Quota exceeded", whole[: len(whole) // 2]):
            bad.write_bytes(content)
            self.assert_refused("jojogan", bad)
        missing = self.folder / "missing.pt"
        for exporter in EXPORTERS:
            self.assert_refused(exporter, missing, "no such file")
        self.assert_refusal(export("e4e", missing, "-o", self.output), missing, "no such file")
        self.assert_refused("jojogan", self.save([1, 2]), "list")

    def test_wrong_usage(self) -> None:
        for exporter in EXPORTERS:
            self.assertEqual(called(exporter, "x.pt").code, WRONG_USAGE)
        for run in (called, export):
            self.assertEqual(run("e4e", "x.pt", "-o", "y.pt", "--half", "--bf16").code, WRONG_USAGE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, required=True)
    options, rest = parser.parse_known_args()
    SHARED = options.shared.resolve()
    sys.path[:0] = [str(SCRIPTS), str(SHARED / "parity")]
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
