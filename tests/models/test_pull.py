"""`stylize models pull` against servers that do everything but what they should, and what goes with it.

    test_pull.py --shared SHARED [--binary build/release/stylize] [TEST ...]

With --binary the tests of pull call the program as a user does, without it the script behind it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest
import zipfile
from pathlib import Path

from model_server import drive_server, proxy
from pull_case import IMPORT, PULL, PullCase, Settings, sha256
from test_import import Imports  # noqa: F401  (run with these)
from test_kills import Exports, Steps  # noqa: F401
from test_pull_command import Commands  # noqa: F401
from test_pull_faces import Catalogue, FaceStyles  # noqa: F401


class Servers(PullCase):
    """One misbehaviour each."""

    def test_a_good_server(self) -> None:
        self.assert_pulled(self.pull(self.entry(self.plan("good"))))
        manifest = self.manifest()
        self.assertEqual(manifest["source"]["sha256"], sha256(self.data))
        self.assertEqual(manifest["source"]["size"], len(self.data))
        self.assertEqual(manifest["aliases"], ["model_too"])

    def test_redirects_are_followed_but_not_in_circles(self) -> None:
        self.assert_refused(self.pull(self.entry(self.plan("circle"))), "circle")
        self.assert_pulled(self.pull(self.entry(self.plan("redirect"))))

    def test_pages_errors_and_other_files_are_refused(self) -> None:
        for plan, words in (
            ("quota", ("a web page instead of the file", "“Google Drive - Quota exceeded”", "/quota/model.dat")),
            ("json", ("an error message instead of the file", "“token [31mexpired”")),
            ("png", ("a PNG picture, not a dlib model",)),
            ("empty", ("empty",)),
            ("status/404", ("404",)),
            ("status/403", ("403",)),
            ("huge", ("needs 1,000,000,064.0 MB", " free")),
            ("half", ("the connection was cut at 0.5 MB",)),
        ):
            with self.subTest(plan):
                tidy = plan != "half"  # a good beginning is kept
                self.assert_refused(self.pull(self.entry(self.plan(plan))), *words, tidy=tidy)

    def test_halves_and_damage_of_zip_files_are_found_without_a_hash(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("x/data.pkl", random.Random(2).randbytes(300_000))
        self.server.shared.files["model.pt"] = buffer.getvalue()
        for plan, word in (("short", "truncated"), ("flipped", "checksum")):
            with self.subTest(plan):
                entry = self.entry(self.plan(plan, "model.pt"), file="model.pt")
                self.assert_refused(self.pull(entry), word)

    def test_published_hashes_are_binding(self) -> None:
        source = {"sha256": sha256(self.data), "size": len(self.data)}
        for plan in ("flipped", "short"):
            result = self.pull(self.entry(self.plan(plan), source=source), "--accept-new-hash")
            self.assert_refused(result, sha256(self.data), "not the published file")
        self.assert_pulled(self.pull(self.entry(self.plan("good"), source=source)))
        self.assertFalse((self.models / ".pull" / "trusted_hashes.json").exists())

    def test_much_more_than_the_catalogue_says_is_refused(self) -> None:
        for plan in ("huge", "endless"):
            result = self.pull(self.entry(self.plan(plan), source={"size": 200_000}))
            self.assert_refused(result, "expected")

    def test_busy_servers_are_asked_again(self) -> None:
        self.assert_pulled(self.pull(self.entry(self.plan("busy/4"))))
        self.forget()
        self.assert_pulled(self.pull(self.entry(self.plan("limited"))))
        self.forget()
        self.assert_refused(self.pull(self.entry(self.plan("busy/9/502"))), "502", "again and again")

    def test_servers_without_ranges_start_over(self) -> None:
        for plan in ("norange/1", "unsatisfiable", "noetag", "versions"):
            with self.subTest(plan):
                self.assert_pulled(self.pull(self.entry(self.plan(plan))))
                self.forget()
        result = self.pull(self.entry(self.plan("norange/99")))
        self.assert_refused(result, "cut", tidy=False)

    def test_a_stalled_server_does_not_hang(self) -> None:
        begun = time.monotonic()
        self.assert_pulled(self.pull(self.entry(self.plan("stalled"))))
        self.assertLess(time.monotonic() - begun, 20)

    def test_fifty_cuts_in_one_download(self) -> None:
        self.data = b"\x01\x01" + random.Random(6).randbytes(8_600_000)
        self.server.shared.files["large.dat"] = self.data
        entry = self.entry(self.plan("cuts/11/50", "large.dat"), source={"file": "large.dat"})
        self.assert_pulled(self.pull(entry))
        self.assertEqual(len(self.server.shared.seen), 51)
        self.assertTrue(any(asked for _, asked in self.server.shared.seen))

    def test_sources_are_tried_in_order_and_all_named(self) -> None:
        plans = ("status/404", "quota", "half", "good")
        self.assert_pulled(self.pull(self.entry(*map(self.plan, plans))))
        asked = [path.split("/")[1] for path, _ in self.server.shared.seen]
        self.assertEqual(list(dict.fromkeys(asked)), ["status", "quota", "half", "good"])
        self.assertEqual(self.server.shared.seen[-1][1], "")  # no part of one server put onto another's
        self.forget()
        urls = [self.plan("status/404"), self.plan("quota"), "ftp://example.org/x"]
        self.assert_refused(self.pull(self.entry(*urls)), *urls, "404", "web page", "not an http")

    def test_escapes_of_servers_are_shown_and_not_obeyed(self) -> None:
        result = self.pull(self.entry(self.plan("escapes")), mirror=f"{self.server.url}/escapes/\x1b]0;title\x07")
        self.assert_refused(result, r"\x1b]0;title\x07")
        self.assert_refused(self.pull(self.entry(self.plan("escapes"))), "404", "not", "here")

    def test_bad_addresses_are_one_line(self) -> None:
        for url in ("http://[x", "HTTP://[::1/", "http://", "http://a:b/", "http://a..b/", "//me:secret@[x", "nowhere"):
            with self.subTest(url):
                code, said = self.pull(self.entry(url), "--no-progress")
                self.assert_refused((code, said), "cannot be downloaded")
                self.assertNotIn("secret", said)
                self.assert_refused(self.pull(self.entry(self.plan("good")), mirror=url), "cannot be downloaded")
        onward = b"http://[x/model.dat".hex()
        self.assert_refused(self.pull(self.entry(self.plan(f"onward/{onward}"))), "/onward/")

    def test_entries_with_control_characters_are_refused(self) -> None:
        if Settings.binary is not None:
            self.skipTest("the program does not take such entries either")
        licence = {"text": "free\nerror: or not"}
        for key, more in (
            ("description", {"description": "For \x1b[2Jtests."}), ("licence.text", {"licence": licence}),
            ("aliases", {"aliases": ["fine", "\x9b31m"]}), ("source.urls", {"source": {"urls": ["http://x/\x7f"]}}),
            ("title", {"title": "\u202etxt"}), ("'a\\x00'", {"extra": [{"a\0": 1}]}), ("title", {"title": "\ud800"}),
        ):  # fmt: skip
            with self.subTest(key):
                result = self.pull(self.entry(self.plan("good"), **more))
                self.assertFalse((self.models / ".pull").exists())
                self.assert_refused(result, key, "holds control characters", tidy=False)

    def test_a_mirror_goes_instead_of_the_sources(self) -> None:
        self.assert_pulled(self.pull(self.entry(self.plan("status/404")), mirror=f"{self.server.url}/good/"))
        self.assertEqual([path for path, _ in self.server.shared.seen], ["/good/model.dat"])


class Trust(PullCase):
    """Hashes that nobody published."""

    def setUp(self) -> None:
        super().setUp()
        self.old, self.new = b"\x01\x01old" + bytes(70_000), b"\x01\x01new" + bytes(70_000)
        self.server.shared.files["model.dat"] = self.old
        self.addCleanup(self.server.shared.files.update, {"model.dat": self.data})

    def test_the_first_file_is_the_only_one_accepted(self) -> None:
        entry = self.entry(self.plan("good"))
        self.assert_pulled(self.pull(entry), self.old)
        record = self.models / ".pull" / "trusted_hashes.json"
        self.assertEqual(json.loads(record.read_text())["model.dat"][0]["sha256"], sha256(self.old))
        self.forget()
        self.server.shared.files["model.dat"] = self.new
        words = (sha256(self.old), sha256(self.new), "--accept-new-hash")
        self.assert_refused(self.pull(entry), *words)
        self.assert_pulled(self.pull(entry, "--accept-new-hash"), self.new)
        self.forget()
        self.assert_pulled(self.pull(entry), self.new)

    def test_a_changed_file_does_not_replace_the_one_that_is_here(self) -> None:
        if Settings.binary is not None:
            self.skipTest("the program does not pull what is here")
        entry = self.entry(self.plan("good"))
        self.assert_pulled(self.pull(entry), self.old)
        self.server.shared.files["model.dat"] = self.new
        self.assertEqual(self.pull(entry)[0], 1)
        self.assertEqual((self.models / "model.dat").read_bytes(), self.old)
        self.assert_whole()

    def test_another_file_of_that_name_is_another_matter(self) -> None:
        self.assert_pulled(self.pull(self.entry(self.plan("good"))), self.old)
        self.forget()
        self.server.shared.files["model.dat"] = self.new
        self.assert_pulled(self.pull(self.entry(self.plan("redirect"))), self.new)

    def test_a_damaged_record_is_not_taken_for_none(self) -> None:
        record = self.models / ".pull" / "trusted_hashes.json"
        record.parent.mkdir()
        record.write_text("{")
        self.assert_refused(self.pull(self.entry(self.plan("good"))), "trusted_hashes.json", "remove it")


class Circumstances(PullCase):
    """Networks, disks and other processes."""

    def test_offline_touches_no_network(self) -> None:
        self.assert_refused(self.pull(self.entry(self.plan("good")), "--offline"), "--offline forbids downloads")
        self.assertEqual(self.server.shared.seen, [])

    def test_a_full_disk_is_found_before(self) -> None:
        result = self.pull(self.entry(self.plan("good"), source={"size": 10**15}))
        self.assert_refused(result, "1,000,000,064.0 MB", " free", "make room")
        self.assertEqual(self.server.shared.seen, [])

    def test_proxies_from_the_environment(self) -> None:
        with proxy() as between:
            result = self.pull(self.entry(self.plan("good")), http_proxy=between.url, no_proxy="")
            self.assert_pulled(result)
            self.assertEqual([path for path, _ in between.shared.seen], [self.plan("good")])
        self.forget()
        result = self.pull(self.entry(self.plan("good")), http_proxy="http://127.0.0.1:9", no_proxy="")
        self.assert_refused(result, "proxy")

    def test_an_interrupted_pull_is_continued(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            entry = self.entry(self.plan("slow/400000/1"))
            self.server.shared.seen.clear()
            self.server.shared.counts.clear()
            with self.start(entry) as process:
                part = self.models / ".pull" / "model.part"
                deadline = time.monotonic() + 20
                while not (part.exists() and part.stat().st_size > 100_000) and time.monotonic() < deadline:
                    time.sleep(0.02)
                process.send_signal(number)
                begun = time.monotonic()
                _, said = process.communicate(timeout=20)
            self.assertEqual(process.returncode, 130, said)
            self.assertLess(time.monotonic() - begun, 3)
            self.assertIn("the next pull continues from 0.", said)
            self.assertFalse((self.models / "model.dat").exists())
            self.assert_pulled(self.pull(entry))
            self.assertRegex(self.server.shared.seen[-1][1], r"bytes=\d{6}-")
            self.forget()

    def test_a_part_of_another_address_needs_a_hash_to_be_continued(self) -> None:
        for source, ranges in (({"sha256": sha256(self.data)}, True), ({}, False)):
            self.assertEqual(self.pull(self.entry(self.plan("half"), source=source))[0], 1)
            self.server.shared.seen.clear()
            self.assert_pulled(self.pull(self.entry(self.plan("good"), source=source)))
            self.assertEqual(bool(self.server.shared.seen[0][1]), ranges)
            self.forget()

    def test_two_pulls_at_once(self) -> None:
        entry = self.entry(self.plan("slow/800000"))
        with self.start(entry) as first, self.start(entry) as second:
            said = [process.communicate(timeout=60)[1] for process in (first, second)]
        self.assertEqual((first.returncode, second.returncode), (0, 0), said)
        self.assertEqual(sum("waiting" in text for text in said), 1)
        self.assert_pulled((0, ""))

    def test_downloads_that_wait_are_only_their_own_styles_to_use(self) -> None:
        waiting = self.models / ".pull" / "other" / "checkpoint" / "other.pth"
        waiting.parent.mkdir(parents=True)
        waiting.write_bytes(b"downloaded")
        (self.models / "other.pt").write_bytes(b"before")
        source = {"file": "other.pth", "size": 10, "sha256": sha256(b"downloaded")}
        finished = {"file": "other.pt", "size": 6, "sha256": sha256(b"before")}
        older = {**finished, "source": {**source, "sha256": sha256(b"an older"), "size": 8}}
        damaged = {**finished, "sha256": sha256(b"damage"), "source": source}
        place = self.models / "other.json"
        for manifest in ({"source": source}, older, damaged):
            place.write_text(json.dumps({**self.entry(name="other", file="other.pt"), **manifest}))
            self.assertEqual(self.pull(self.entry(self.plan("good")))[0], 0)
            self.assertEqual(waiting.read_bytes(), b"downloaded", manifest)
            self.forget()
        # What the style was made of is no use any more, nor is scratch.
        place.write_text(json.dumps({**self.entry(name="other"), **finished, "source": source}))
        self.assert_pulled(self.pull(self.entry(self.plan("good"))))
        self.forget()
        waiting.parents[1].mkdir()
        (waiting.parents[1] / "other.pt").write_bytes(b"half")
        self.assert_pulled(self.pull(self.entry(self.plan("good"))))

    def test_stopped_while_starting(self) -> None:
        """Before the handlers are there, signals end it as they end any program."""
        starting = self.folder / "starting"
        starting.mkdir()
        catalogue = self.folder / "model.json"
        catalogue.write_text(json.dumps(self.entry(self.plan("good"))))
        into = ["--models-dir", str(self.models)]
        for number in (signal.SIGINT, signal.SIGTERM):
            (starting / "zipfile.py").write_text(f"import os\nos.kill(os.getpid(), {int(number)})\n")
            for command in ([PULL, catalogue, *into], [IMPORT, "mine", "--from", Settings.checkpoint, *into]):
                result = subprocess.run(
                    [sys.executable, *map(str, command)], env=self.environment(PYTHONPATH=str(starting)), check=False,
                    capture_output=True, text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
                )  # fmt: skip
                self.assertEqual((result.returncode, result.stderr), (-number, ""))
                self.assertEqual(os.listdir(self.models), [])

    def test_faults_of_ours_are_one_line(self) -> None:
        body = "def fail():\n    raise RuntimeError('two\\nlines')\n"
        program = f"import sys\nfrom registry.console import run\n{body}sys.exit(run(fail, True))"
        result = subprocess.run(
            [sys.executable, "-c", program], env=self.environment(PYTHONPATH=str(PULL.parent)), check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        said = "error: unexpected: RuntimeError: two\\nlines (report this)\n"
        self.assertEqual((result.returncode, result.stderr), (1, said))

    def test_progress_only_when_asked_for(self) -> None:
        said = self.pull(self.entry(self.plan("good")), "--no-progress")[1]
        self.assertNotIn("%", said)

    def test_wrong_usage_is_code_2(self) -> None:
        for command in ([PULL], [PULL, "--nonsense"], [IMPORT, "Bad Name", "--from", "x", "--models-dir", "y"]):
            result = subprocess.run([sys.executable, *map(str, command)], capture_output=True, check=False)
            self.assertEqual(result.returncode, 2)


class Drive(PullCase):
    """Google Drive over TLS, through a proxy that leads all names to our server."""

    NAMES = ("drive.google.com", "docs.google.com", "drive.usercontent.google.com", "accounts.google.com")

    def setUp(self) -> None:
        super().setUp()
        if shutil.which("openssl") is None:
            self.skipTest("skipped: no openssl command to make a certificate with")
        self.certificate = self.folder / "certificate.pem"
        names = ",".join(f"DNS:{name}" for name in self.NAMES)
        make = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout"
        options = ["-out", str(self.certificate), "-addext", f"subjectAltName={names}"]
        key = self.folder / "key.pem"
        subprocess.run([*make.split(), str(key), *options], check=True, capture_output=True)
        pem = self.folder / "both.pem"
        pem.write_text(key.read_text() + self.certificate.read_text())
        self.drive = self.enterContext(drive_server(pem))
        self.drive.shared.files["ABC"] = self.data
        self.proxy = self.enterContext(proxy(self.drive.address))

    def pull_id(self, file_id: str) -> tuple[int, str]:
        return self.pull_url(f"https://drive.google.com/uc?id={file_id}")

    def pull_url(self, url: str) -> tuple[int, str]:
        entry = self.entry(url)
        trusted = {"https_proxy": self.proxy.url, "REQUESTS_CA_BUNDLE": str(self.certificate), "no_proxy": ""}
        return self.pull(entry, **trusted)

    def test_the_page_is_confirmed_and_a_cut_continued(self) -> None:
        self.assert_pulled(self.pull_id("ABC"))
        ranges = [asked for path, asked in self.drive.shared.seen if path.startswith("drive.usercontent")]
        self.assertEqual(ranges[0], "")
        self.assertRegex(ranges[-1], r"bytes=\d+-")

    def test_refusals_say_what_to_do(self) -> None:
        self.assert_refused(self.pull_id("quota"), "too many downloads", "import")
        self.assert_refused(self.pull_id("private"), "not open to everyone", "import")
        self.assert_refused(self.pull_id("nothing"), "404")

    def test_https_is_not_left_on_any_hop(self) -> None:
        name = "drive.usercontent.google.com"
        onward = self.plan("onward/" + f"https://{name}/download?id=ABC".encode().hex())
        for start in ("https", "HTTPS"):
            for plain in (onward, onward.replace("http:", "HTTP:"), self.plan("good")):
                result = self.pull_url(f"{start}://{name}/leave?id={plain}")
                self.assert_refused(result, "redirected to an address that is not secure")
        self.assertEqual(self.server.shared.seen, [])
        self.assert_pulled(self.pull_url(onward))  # the other way is fine


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--binary", type=Path, help="the program; without it the scripts are called directly")
    parser.add_argument("--direct", action="store_true", help="call the scripts, whatever --binary says")
    options, rest = parser.parse_known_args()
    Settings.binary = options.binary.resolve() if options.binary and not options.direct else None
    Settings.checkpoint = options.shared / "weights" / "animegan2_hayao_int8_dequantized.pt"
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
