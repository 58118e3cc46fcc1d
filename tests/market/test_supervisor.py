"""The parent of the demo: every way it can end ends everything, and the next start stumbles on nothing."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from market.localdb import LocalPostgres

ROOT = Path(__file__).parents[2]
PARENT = Path(__file__).parent / "supervised" / "parent.py"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(scratch: Path, port: int) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Return a function that starts the parent; whatever is left at the end is killed by number."""
    parents: list[subprocess.Popen[str]] = []

    def start(*kinds: str) -> "subprocess.Popen[str]":
        parent = subprocess.Popen(
            [sys.executable, PARENT, scratch, str(port), *kinds],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        parents.append(parent)
        return parent

    yield start
    for parent in parents:
        if parent.poll() is None:
            parent.kill()
        parent.communicate()
    for pid in _pids(scratch):
        if _alive(pid):
            os.kill(pid, signal.SIGKILL)
    LocalPostgres(scratch / "pg", throwaway=True).start().stop()


def _pids(folder: Path) -> list[int]:
    return [int(line) for path in folder.glob("*.pids") for line in path.read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait(until: Callable[[], bool], seconds: float = 10) -> bool:
    give_up = time.monotonic() + seconds
    while not until() and time.monotonic() < give_up:
        time.sleep(0.02)
    return until()


def _ready(parent: "subprocess.Popen[str]", port: int) -> None:
    assert parent.stdout is not None
    assert parent.stdout.readline() == f"ready http://127.0.0.1:{port}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_parent_alone_ends_everything(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path, port: int, number: signal.Signals
) -> None:
    parent = start("web", "worker")
    _ready(parent, port)
    assert _wait(lambda: len(_pids(scratch)) == 2)

    parent.send_signal(number)

    assert parent.wait(10) == 0
    assert not any(map(_alive, _pids(scratch)))
    assert not LocalPostgres(scratch / "pg", throwaway=True).running()


def test_after_the_parent_is_killed_the_children_end_and_the_next_start_adopts_the_database(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path, port: int
) -> None:
    parent = start("web", "worker")
    _ready(parent, port)
    assert _wait(lambda: len(_pids(scratch)) == 2)

    parent.kill()

    assert _wait(lambda: not any(map(_alive, _pids(scratch))))
    assert LocalPostgres(scratch / "pg", throwaway=True).running()
    heir = start("web")
    _ready(heir, port)
    heir.terminate()
    assert heir.wait(10) == 0
    assert not LocalPostgres(scratch / "pg", throwaway=True).running()


def test_a_signal_before_the_children_are_started_stops_the_database_too(scratch: Path) -> None:
    program = (
        "import pathlib, time\nfrom market.localdb import LocalPostgres\n"
        "from market.supervisor import exit_on_signals\n"
        f"exit_on_signals(); LocalPostgres(pathlib.Path({str(scratch)!r}) / 'pg', throwaway=True).start()\n"
        "print('up', flush=True); time.sleep(60)"
    )
    loading = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert loading.stdout is not None
    assert loading.stdout.readline() == "up\n"

    loading.terminate()

    loading.communicate()
    assert loading.returncode == 128 + signal.SIGTERM
    assert not LocalPostgres(scratch / "pg", throwaway=True).running()


@pytest.mark.slow
def test_a_child_that_does_not_listen_to_the_kernels_signal_is_ended_by_the_pipe(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path, port: int
) -> None:
    parent = start("web", "stubborn")
    _ready(parent, port)
    assert _wait(lambda: len(_pids(scratch)) == 2)

    parent.kill()

    assert _wait(lambda: not any(map(_alive, _pids(scratch))))


@pytest.mark.slow
def test_a_stubborn_child_is_killed_in_time(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path, port: int
) -> None:
    parent = start("web", "stubborn")
    _ready(parent, port)
    assert _wait(lambda: len(_pids(scratch)) == 2)

    parent.terminate()

    assert parent.wait(10) == 0
    assert not any(map(_alive, _pids(scratch)))


def test_a_busy_port_is_refused_at_once_and_starts_nothing(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path, port: int
) -> None:
    with socket.create_server(("127.0.0.1", port)):
        parent = start("web")

        assert parent.wait(5) == 2
    assert parent.stderr is not None
    assert f"Port {port} of 127.0.0.1 cannot be used (Address already in use)" in parent.stderr.read()
    assert _pids(scratch) == []
    assert not LocalPostgres(scratch / "pg", throwaway=True).running()


def test_a_child_that_dies_is_started_again(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path, port: int
) -> None:
    parent = start("web", "worker")
    _ready(parent, port)
    assert _wait((scratch / "worker.pids").exists)

    os.kill(int((scratch / "worker.pids").read_text()), signal.SIGKILL)

    assert _wait(lambda: len((scratch / "worker.pids").read_text().split()) == 2)
    parent.terminate()
    parent.wait(10)
    assert parent.stderr is not None
    assert "worker ended with -9; starting it again in 0.5 s" in parent.stderr.read()


@pytest.mark.slow
def test_a_child_that_cannot_be_kept_alive_ends_everything_with_an_error(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path, port: int
) -> None:
    parent = start("web", "failing")

    assert parent.wait(40) == 1
    assert parent.stderr is not None
    assert "failing ended 6 times; giving up" in parent.stderr.read()
    assert len((scratch / "failing.pids").read_text().split()) == 6
    assert not any(map(_alive, _pids(scratch)))
