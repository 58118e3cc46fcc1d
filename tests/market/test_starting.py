"""The demo as an outsider starts it: ready, over in time, resumed, and never on a port of somebody else's."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from market.localdb import LocalPostgres
from market.settings import Settings
from market.starting import told_to_children
from tests.programs import told_until_ready

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(scratch: Path, port: int) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Return a function that starts the demo; whatever is left at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(scale: str = "0.01") -> "subprocess.Popen[str]":
        environ = {name: text for name, text in os.environ.items() if not name.startswith("MARKET_")}
        environ |= {"MARKET_DATA": str(scratch / "data"), "PYTHONUNBUFFERED": "1"}
        environ.pop("DATABASE_URL", None)
        demo = subprocess.Popen(
            [sys.executable, "-m", "market", "demo", "--scale", scale, "--port", str(port)],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(demo)
        return demo

    yield start
    for demo in started:
        if demo.poll() is None:
            demo.kill()
        demo.communicate()
    LocalPostgres(scratch / "data" / "pg").start().stop()


def resident_mib(process: "subprocess.Popen[str]") -> float:
    """Return how much memory a process holds."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+([0-9]+) kB", status)[1]) / 1024  # type: ignore[index]


def test_the_demo_is_ready_ends_in_time_and_goes_on_with_its_city(
    start: Callable[[], "subprocess.Popen[str]"], port: int
) -> None:
    first = start()
    told = told_until_ready(first)
    assert told[-1] == f"ready http://127.0.0.1:{port}"
    assert any(line.startswith("making the sample city") for line in told)
    assert any(line.startswith("sample city ready") for line in told)
    assert resident_mib(first) <= 64

    ended = time.monotonic()
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=15) == 0
    assert time.monotonic() - ended <= 10

    second = start()
    assert "going on with the sample city that is here" in told_until_ready(second)
    second.send_signal(signal.SIGINT)
    assert second.wait(timeout=15) == 0


def test_a_signal_while_the_city_is_made_ends_the_making_and_the_database(
    start: Callable[..., "subprocess.Popen[str]"], scratch: Path
) -> None:
    demo = start("1")
    assert demo.stdout is not None
    assert any(line.startswith("making the sample city") for line in demo.stdout)

    ended = time.monotonic()
    demo.send_signal(signal.SIGTERM)

    assert demo.wait(timeout=15) != 0
    assert time.monotonic() - ended <= 10
    assert "sample city ready" not in demo.stdout.read()
    assert not (LocalPostgres(scratch / "data" / "pg").cluster / "postmaster.pid").exists()


def test_what_a_newcomer_publishes_in_a_demo_is_for_practice_unless_told_otherwise() -> None:
    settings = Settings.read({}, command="demo")
    assert told_to_children({}, settings)["MARKET_RULESET"] == "practice-2026"
    asked = told_to_children({"MARKET_RULESET": "model-2026", "DATABASE_URL": "x"}, settings)
    assert asked["MARKET_RULESET"] == "model-2026"
    assert "DATABASE_URL" not in asked


def test_a_busy_port_is_refused_before_anything_is_made(
    start: Callable[[], "subprocess.Popen[str]"], port: int, scratch: Path
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        demo = start()
        out, _ = demo.communicate(timeout=20)

    assert demo.returncode == 1
    assert f"Port {port}" in out
    assert not (scratch / "data" / "pg").exists()
