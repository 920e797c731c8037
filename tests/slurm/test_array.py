"""The job scripts of scripts/slurm/ in a real Slurm: tasks are killed, pre-empted and run out of time, and in the end
every picture was made once and equals that of one run without shards.

usage: test_array.py --binary STYLIZE. Ends with 77 where there is no Slurm, unless CI is set.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from cluster import Cluster, ClusterError, environment_of, wait_for, why_not

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "slurm"
OPTIONS = ("--style", "cel", "--device", "cpu", "--work-size", "64", "--jobs", "1:1:1")  # of `stylize folder`
TASKS = (1, 2, 3, 4)
KILLED, PREEMPTED, OUT_OF_TIME = 2, 3, 4  # the last task's own number in Slurm is the whole array's
SKIPPED = 77
SECONDS = 700  # for all of it, on the busiest machine


class Settings:
    """Set by main()."""

    binary: ClassVar[Path]
    cluster: ClassVar[Cluster]


def png(seed: int, width: int = 800, height: int = 600) -> bytes:
    """A picture like no other seed's; large enough that a task with a dozen of them can be caught at work."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    def row(y: int) -> bytes:
        period = bytes((x * (3 + seed % 5) + y * 2 + seed * 29) // 8 % 256 for x in range(64))
        return b"\0" + (period * (width * 3 // len(period) + 1))[: width * 3]

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(map(row, range(height))), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pictures(folder: Path) -> dict[str, bytes]:
    """All files by their path, but for the state of the runs."""
    found = (path for path in folder.rglob("*") if path.is_file())
    names = {path: path.relative_to(folder).as_posix() for path in found}
    return {name: path.read_bytes() for path, name in names.items() if not name.startswith(".stylize/")}


def json_lines(path: Path) -> list[dict[str, Any]]:
    """The whole lines of a file that may still grow or not be there yet."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().split("\n")[:-1] if line]


class ArrayTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="stylize-array-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.photos = self.folder / "photos"
        self.drawn = self.folder / "drawn"
        self.cluster = Settings.cluster
        path = f"{Settings.binary.parent}:{self.cluster.environment['PATH']}"
        self.environment = {**self.cluster.environment, "PATH": path}
        self.addCleanup(self.cluster.run, "scancel", "--user=root")

    # The commands ----------------------------------------------------------------------------------------------------

    def make_photos(self, count: int) -> set[str]:
        names = [f"{('', 'two words/', 'größe/deep/')[number % 3]}{number:02}.png" for number in range(count)]
        for number, name in enumerate(names):
            path = self.photos / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(number))
        return set(names)

    def submit(self, *arguments: str | Path) -> str:
        """The job's number."""
        return self.cluster.run("sbatch", "--parsable", *arguments, cwd=self.folder, env=self.environment)

    def submit_array(self, tasks: str) -> str:
        resources = ("--cpus-per-task=1", "--mem=1G", "--time=20")
        script = SCRIPTS / "stylize_array.sbatch"
        return self.submit(f"--array={tasks}", *resources, script, self.photos, self.drawn, *OPTIONS)

    def jobs(self, job: str) -> dict[int, dict[str, str]]:
        """What Slurm knows of a job's tasks that have begun, by number; a job without tasks is task 0."""
        lines = self.cluster.run("scontrol", "--oneliner", "show", "job", job).splitlines()
        facts = [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]
        return {int(fact.get("ArrayTaskId", "0")): fact for fact in facts if fact.get("ArrayTaskId", "0").isdigit()}

    def states(self, job: str) -> dict[int, str]:
        return {task: fact["JobState"] for task, fact in self.jobs(job).items()}

    def wait_for_states(self, job: str, expected: dict[int, str]) -> None:
        def settled() -> bool:
            states = self.states(job)
            final = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}
            wrong = {task: state for task, state in states.items() if state in final and state != expected[task]}
            self.assertFalse(wrong, f"{states}\n{self.logs()}")
            return states == expected

        try:
            wait_for(f"the end of job {job}", settled, seconds=300)
        except ClusterError as error:
            self.fail(f"{error}: {self.states(job)}\n{self.logs()}")

    def logs(self) -> str:
        return "\n".join(f"--- {log.name}\n{log.read_text()}" for log in sorted(self.folder.glob("*.log")))

    # A task at work --------------------------------------------------------------------------------------------------

    def finished(self, shard: str) -> dict[str, tuple[int, int]]:
        """What a shard has finished: its pictures' inodes and times of change, by name."""
        records = json_lines(self.drawn / ".stylize" / f"done-{shard}.jsonl")
        names = [unquote(one["output"]) for one in records if one.get("status") == "done"]
        return {name: self.file(name) for name in names}

    def file(self, name: str) -> tuple[int, int]:
        status = (self.drawn / name).stat()
        return status.st_ino, status.st_mtime_ns

    def stop_at_work(self, job: str, task: int, shard: str) -> tuple[int, dict[str, tuple[int, int]]]:
        """Halts the program of a task as soon as it has finished a picture; its process, and what it has finished."""
        wait_for(f"the first picture of {shard}", lambda: self.finished(shard), seconds=200)
        pid = next(
            pid
            for pid in self.cluster.processes()
            if environment_of(pid).get("SLURM_ARRAY_TASK_ID") == str(task)
            and environment_of(pid).get("SLURM_ARRAY_JOB_ID") == job
            and b"--shard" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        )
        os.kill(pid, signal.SIGSTOP)
        wait_for("the halt", lambda: ") T " in Path(f"/proc/{pid}/stat").read_text())
        return pid, self.finished(shard)

    def kill(self, job: str, task: int) -> dict[str, tuple[int, int]]:
        pid, finished = self.stop_at_work(job, task, f"{task}-of-4")
        os.kill(pid, signal.SIGKILL)
        wait_for("the failure of the killed task", lambda: self.states(job).get(task) == "FAILED")
        self.cluster.run("scontrol", "requeue", f"{job}_{task}")
        return finished

    def preempt(self, job: str, task: int) -> dict[str, tuple[int, int]]:
        """What Slurm does to a task that has to give way: TERM to all its processes, and back into the queue."""
        pid, finished = self.stop_at_work(job, task, f"{task}-of-4")
        self.cluster.run("scontrol", "requeue", f"{job}_{task}")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        return finished

    def run_out_of_time(self, job: str, task: int) -> dict[str, tuple[int, int]]:
        """What --signal does towards the end of the time."""
        pid, finished = self.stop_at_work(job, task, f"{task}-of-4")
        self.cluster.run("scancel", "--batch", "--signal=USR1", f"{job}_{task}")

        def was_told() -> bool:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            pending = next(line.split()[1] for line in lines if line.startswith("ShdPnd:"))
            return bool(int(pending, 16) >> (signal.SIGTERM - 1) & 1)

        wait_for("TERM", was_told)
        os.kill(pid, signal.SIGCONT)
        return finished

    # The tests -------------------------------------------------------------------------------------------------------

    def test_an_array_survives_kills_preemption_and_time_limits(self) -> None:
        names = self.make_photos(48)
        one_run = self.folder / "one_run"
        command = [str(Settings.binary), "folder", str(self.photos), "-o", str(one_run), "--threads", "1", *OPTIONS]
        subprocess.run(command, check=True, env=self.environment, timeout=300, stdin=subprocess.DEVNULL)

        job = self.submit_array("1-4")
        merge = self.submit(f"--dependency=afterany:{job}", SCRIPTS / "merge_reports.sbatch", self.drawn)
        with ThreadPoolExecutor() as threads:
            fates = {KILLED: self.kill, PREEMPTED: self.preempt, OUT_OF_TIME: self.run_out_of_time}
            running = {task: threads.submit(fate, job, task) for task, fate in fates.items()}
        finished = {task: future.result() for task, future in running.items()}
        self.wait_for_states(job, dict.fromkeys(TASKS, "COMPLETED"))
        self.wait_for_states(merge, {0: "COMPLETED"})

        restarts = {task: int(fact["Restarts"]) for task, fact in self.jobs(job).items()}
        self.assertEqual(restarts, {1: 0, KILLED: 1, PREEMPTED: 1, OUT_OF_TIME: 1}, self.logs())
        self.assertEqual(pictures(one_run).keys(), names)
        self.assertEqual(pictures(self.drawn).keys(), names)
        different = [name for name, data in pictures(one_run).items() if (self.drawn / name).read_bytes() != data]
        self.assertEqual(different, [])
        self.assert_no_temporary_files()
        self.assert_done_once(names)
        for task, before in finished.items():
            self.assert_went_on(task, before)

    def assert_no_temporary_files(self) -> None:
        left = (self.drawn / ".stylize").glob("tmp*/**/*")
        self.assertEqual(list(left), [])

    def assert_done_once(self, names: set[str]) -> None:
        """Each input stands once in the merged report, and was recorded as done once in all runs together."""
        *records, last = json_lines(self.folder / "drawn.report.jsonl")
        self.assertEqual(sorted(one["input"] for one in records), sorted(str(self.photos / name) for name in names))
        self.assertEqual({one["status"] for one in records}, {"done", "skipped"})
        summary = last["summary"]
        counts = [summary[key] for key in ("total", "failed", "copied", "interrupted")]
        self.assertEqual([*counts, summary["done"] + summary["skipped"]], [len(names), 0, 0, False, len(names)])
        journals = (self.drawn / ".stylize").glob("done*.jsonl")
        done = [unquote(one["output"]) for path in journals for one in json_lines(path) if one.get("status") == "done"]
        self.assertEqual(sorted(done), sorted(names))

    def assert_went_on(self, task: int, before: dict[str, tuple[int, int]]) -> None:
        """The second turn of a task left alone what the first had finished, and had something to do."""
        *records, _ = json_lines(self.folder / f"drawn.report.{task}-of-4.jsonl")
        skipped = {os.path.relpath(one["output"], self.drawn) for one in records if one["status"] == "skipped"}
        if task == KILLED:
            self.assertEqual(skipped, before.keys())
        self.assertLessEqual(before.keys(), skipped)
        self.assertLess(len(skipped), len(records), f"task {task} had nothing left to do: too few pictures")
        self.assertEqual({name: self.file(name) for name in before}, before, "made twice")

    def test_a_cancelled_task_ends_in_order_and_stays_away(self) -> None:
        names = self.make_photos(24)
        job = self.submit_array("7-7")
        pid, finished = self.stop_at_work(job, 7, "1-of-1")
        self.cluster.run("scancel", job)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        wait_for("the end of the program", lambda: not Path(f"/proc/{pid}").exists())
        self.wait_for_states(job, {7: "CANCELLED"})
        self.assertEqual(self.jobs(job)[7]["Restarts"], "0")
        last = json_lines(self.folder / "drawn.report.1-of-1.jsonl")[-1]
        self.assertTrue(last["summary"]["interrupted"])
        made = pictures(self.drawn).keys()
        self.assertLessEqual(finished.keys(), made)
        self.assertLess(made, names)
        self.assert_no_temporary_files()

    def test_an_array_with_gaps_fails_and_says_why(self) -> None:
        self.make_photos(1)
        job = self.submit_array("1,3,7")
        self.wait_for_states(job, dict.fromkeys((1, 3, 7), "FAILED"))
        self.assertEqual({fact["ExitCode"] for fact in self.jobs(job).values()}, {"2:0"}, self.logs())
        self.assertIn("gaps", self.logs())
        self.assertFalse(self.drawn.exists())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True)
    options, rest = parser.parse_known_args()
    if reason := why_not():
        required = bool(os.environ.get("CI"))
        print(f"{'error' if required else 'skipped'}: no Slurm here: {reason}", file=sys.stderr)
        return 1 if required else SKIPPED

    def too_late(*_: object) -> None:
        raise TimeoutError(f"not finished within {SECONDS} s")

    signal.signal(signal.SIGALRM, too_late)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else the cluster would stay up
    signal.alarm(SECONDS)
    Settings.binary = options.binary.resolve()
    with Cluster() as Settings.cluster:
        program = unittest.main(argv=[sys.argv[0], *rest], exit=False, verbosity=2)
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
