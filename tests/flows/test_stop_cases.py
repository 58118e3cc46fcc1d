"""
The four ways a demo stops and starts, with the real command, its PostgreSQL and all its programs.

`test_supervisor` tries the same with tiny children; here are the children a city has. Programs are known by the folder
of the demo in their environment, so that none is missed and none of another demo is counted.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from market.localdb import LocalPostgres
from tests.programs import ROOT, free_port, told_until_ready

pytestmark = pytest.mark.slow
ENOUGH_S = 10


def resumed_within() -> float:
    """Return how long a second start may take: ten seconds of a machine that has nothing else to do."""
    return ENOUGH_S * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass(slots=True)
class Demo:
    """A folder of a demo with the parents that were started in it."""

    folder: Path
    port: int
    parents: list["subprocess.Popen[str]"] = field(default_factory=list)

    def start(self) -> "subprocess.Popen[str]":
        """Start the demo in its folder."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("MARKET_")}
        kept = {name: text for name, text in kept.items() if name not in ("DATABASE_URL", "PORT")}
        parent = subprocess.Popen(
            [sys.executable, "-m", "market", "demo", "--scale", "0.02", "--port", str(self.port)],
            cwd=ROOT,
            env=kept | {"MARKET_DATA": str(self.folder), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.parents.append(parent)
        return parent

    def programs(self) -> list[int]:
        """List the living children of every parent: Python programs with this folder, the parents apart."""
        mine = f"MARKET_DATA={self.folder}".encode()
        parents = {parent.pid for parent in self.parents}
        ours = [pid for pid in _pids() if pid not in parents and b"\0-m\0market\0" in _read(pid, "cmdline")]
        return [pid for pid in ours if mine in _read(pid, "environ").split(b"\0")]

    def postgres(self) -> bool:
        """Tell whether the database of this folder runs."""
        return bool(LocalPostgres(self.folder / "pg").running())

    def policy(self) -> str:
        """Return the key of the log this demo shows."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/log/policy", timeout=10) as answer:
            return str(answer.read().decode())


def _pids() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def _read(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except (OSError, ProcessLookupError):
        return b""


@pytest.fixture
def demos(scratch: Path) -> Iterator[Callable[[str], Demo]]:
    """Return a function that names a demo of its own folder and port; whatever is left at the end is killed."""
    made: list[Demo] = []

    def demo(name: str) -> Demo:
        made.append(Demo(scratch / name, free_port()))
        return made[-1]

    yield demo
    for each in made:
        for parent in each.parents:
            if parent.poll() is None:
                parent.kill()
            parent.communicate()
        for pid in each.programs():
            os.kill(pid, signal.SIGKILL)
        if (each.folder / "pg").exists():
            LocalPostgres(each.folder / "pg").start().stop()


def gone(demo: Demo, seconds: float = ENOUGH_S) -> bool:
    """Wait until no program of a demo lives."""
    give_up = time.monotonic() + seconds
    while demo.programs() and time.monotonic() < give_up:
        time.sleep(0.05)
    return not demo.programs()


def test_each_signal_to_the_parent_alone_ends_everything_and_the_next_start_resumes_the_city(
    demos: Callable[[str], Demo],
) -> None:
    demo = demos("one")
    key = ""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        begun = time.monotonic()
        parent = demo.start()
        told = told_until_ready(parent)
        if key:
            assert time.monotonic() - begun <= resumed_within()
            assert "going on with the sample city that is here" in told
            assert demo.policy() == key
        key = demo.policy()
        assert len(demo.programs()) >= 7  # web, worker, four keepers, live notices

        ended = time.monotonic()
        parent.send_signal(number)

        assert parent.wait(ENOUGH_S) == 0
        assert time.monotonic() - ended <= ENOUGH_S
        assert demo.programs() == []
        assert not demo.postgres()


def test_after_sigkill_of_the_parent_the_programs_end_and_the_next_start_adopts_the_database(
    demos: Callable[[str], Demo],
) -> None:
    demo = demos("killed")
    told_until_ready(parent := demo.start())

    parent.kill()

    parent.wait()
    assert gone(demo)
    begun = time.monotonic()
    told = told_until_ready(heir := demo.start())
    assert time.monotonic() - begun <= resumed_within()
    assert "going on with the sample city that is here" in told
    heir.terminate()
    assert heir.wait(ENOUGH_S) == 0
    assert not demo.postgres()


def test_a_busy_port_is_refused_at_once_and_nothing_is_made(demos: Callable[[str], Demo]) -> None:
    demo = demos("busy")
    with socket.create_server(("127.0.0.1", demo.port)):
        begun = time.monotonic()
        out, _ = demo.start().communicate(timeout=ENOUGH_S)

    assert demo.parents[0].returncode != 0
    assert f"Port {demo.port}" in out
    assert time.monotonic() - begun < ENOUGH_S / 2
    assert not demo.folder.exists() or not (demo.folder / "pg").exists()


def test_another_folder_is_another_city_beside_the_first(demos: Callable[[str], Demo]) -> None:
    first, second = demos("first"), demos("second")
    told_until_ready(first.start())
    told = told_until_ready(second.start())

    assert any(line.startswith("making the sample city") for line in told)
    assert first.policy() != second.policy()
    second.parents[0].terminate()
    assert second.parents[0].wait(ENOUGH_S) == 0
    assert gone(second)
    assert len(first.programs()) >= 7
    assert first.postgres()
