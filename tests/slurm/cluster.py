#!/usr/bin/env python3
"""A Slurm cluster of one node on this machine, as root, without systemd: munged, slurmctld and slurmd with settings,
state and ports of their own. Everything ends with it.

By hand: tests/slurm/cluster.py COMMAND... runs the command (say, bash) with the cluster up.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PACKAGES = "slurm-wlm munge"  # Debian's
PROGRAMS = ("mungekey", "munged", "slurmctld", "slurmd", "sbatch", "scancel", "scontrol", "sinfo")
CPUS = 2
PR_SET_PDEATHSIG = 1

# config_overrides: the node has what is written here, whatever the machine has. cred_expire: a task that is requeued
# waits that long.
SETTINGS = """\
ClusterName=stylize_test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
MailProg=/bin/true
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=20
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory=16000 State=UNKNOWN
PartitionName=test Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class ClusterError(RuntimeError):
    """The cluster did not do what it was asked; says what, and the end of the logs."""


def why_not() -> str | None:
    """What keeps a cluster from starting here."""
    missing = [name for name in PROGRAMS if shutil.which(name, path=search_path()) is None]
    if missing:
        return f"{', '.join(missing)}: not installed (apt-get install --no-install-recommends {PACKAGES})"
    if os.geteuid() != 0:
        return "slurmd needs root"
    return None


def search_path() -> str:
    return os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for(what: str, ready: Callable[[], Any], seconds: float = 60) -> Any:
    """The first value of `ready` that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := ready():
            return value
        time.sleep(0.01)
    raise ClusterError(f"{what}: not within {seconds:.0f} s")


def die_with_parent() -> None:
    """Runs in the child: no daemon outlives a test that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def environment_of(pid: int) -> dict[str, str]:
    """Empty for a process that is gone."""
    with contextlib.suppress(OSError):
        pairs = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return {}


class Cluster:
    """Use as a context. `environment` is what commands need to talk to it, without any Slurm around the test itself."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stylize-slurm-", dir="/tmp"))  # the path of a socket is short
        self.settings = self.folder / "slurm.conf"
        foreign = ("SLURM_", "SBATCH_", "STYLIZE_", "JOB_COMPLETION_INDEX")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.environment = {**kept, "PATH": search_path(), "SLURM_CONF": str(self.settings)}
        self.daemons: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Cluster:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def run(self, *command: str | Path, **more: Any) -> str:
        """Standard output of a command that has to succeed."""
        options: dict[str, Any] = {"env": self.environment, "cwd": self.folder, "timeout": 60, **more}
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, **options
        )
        if done.returncode != 0:
            raise ClusterError(f"{command} ended with {done.returncode}: {done.stderr}\n{self.logs()}")
        return done.stdout.strip()

    def processes(self) -> Iterator[int]:
        """Everything that runs in the cluster or for it: it alone has these settings in its environment."""
        pids = {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()} - {os.getpid()}
        for pid in pids:
            if environment_of(pid).get("SLURM_CONF") == str(self.settings):
                yield pid

    def logs(self) -> str:
        """The last lines of each daemon's."""
        ends = []
        for log in sorted(self.folder.glob("*.log")):
            ends += [f"--- {log.name}", *log.read_text(errors="replace").splitlines()[-15:]]
        return "\n".join(ends)

    def _start(self) -> None:
        self.folder.chmod(0o755)  # munged runs as another user
        for name in ("state", "spool", "munge"):
            (self.folder / name).mkdir(mode=0o755)
        shutil.chown(self.folder / "munge", "munge", "munge")
        host = socket.gethostname().split(".")[0]
        controller_port, node_port = free_ports(2)
        self.settings.write_text(
            SETTINGS.format(
                folder=self.folder, host=host, controller_port=controller_port, node_port=node_port, cpus=CPUS
            )
        )
        munge = self.folder / "munge"
        key = f"--keyfile={munge}/key"
        subprocess.run(["mungekey", "--create", key], check=True, env=self.environment, user="munge", timeout=60)
        self._daemon(
            *("munged", "--foreground", "--origin=127.0.0.1", f"--socket={munge}/socket", f"--key-file={munge}/key"),
            *(f"--seed-file={munge}/seed", f"--pid-file={munge}/pid"),
            user="munge",
            group="munge",
            extra_groups=[],
        )
        self._wait("munged", (munge / "socket").exists)
        self._daemon("slurmctld", "-D", "-f", str(self.settings))
        self._daemon("slurmd", "-D", "-f", str(self.settings))
        self._wait("the node", lambda: self._node_state() == "idle")

    def _daemon(self, *command: str, **more: Any) -> None:
        with (self.folder / f"{command[0]}.log").open("wb") as log:
            self.daemons.append(
                subprocess.Popen(
                    command,
                    env=self.environment,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    preexec_fn=die_with_parent,
                    **more,
                )
            )

    def _node_state(self) -> str:
        command = ("sinfo", "--noheader", "--format=%T")
        asked = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False, cwd=self.folder
        )
        return asked.stdout.strip()

    def _wait(self, what: str, ready: Callable[[], bool]) -> None:
        def ready_or_dead() -> bool:
            for daemon in self.daemons:
                if daemon.poll() is not None:
                    raise ClusterError(f"{daemon.args!r} ended with {daemon.returncode}\n{self.logs()}")
            return ready()

        try:
            wait_for(what, ready_or_dead)
        except ClusterError as error:
            raise ClusterError(f"{error}\n{self.logs()}") from error

    def _stop(self) -> None:
        """The daemons last first, so that none waits for another; then what they have left running."""
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait(10)

        def all_gone() -> bool:
            left = list(self.processes())
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not left

        wait_for("the end of the cluster's processes", all_gone)
        shutil.rmtree(self.folder)


def main() -> int:
    if reason := why_not():
        print(f"error: no Slurm here: {reason}", file=sys.stderr)
        return 1
    with Cluster() as cluster:
        print(f"Slurm's settings: {cluster.settings}", file=sys.stderr)
        return subprocess.run(sys.argv[1:] or ["sinfo"], env=cluster.environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
