"""
Programs under measurement, each a process of its own: started, asked, and their CPU time and memory read from /proc.

CPU time is that of the program and its children, so that a server that forks is not flattered.
"""

import contextlib
import http.client
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_PATIENCE_S: Final = 30.0
ROOT: Final = Path(__file__).parent.parent


@dataclass(slots=True)
class Program:
    """A web server that runs, with one connection kept open to it."""

    process: subprocess.Popen[bytes]
    port: int
    started_s: float
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE_S)

    def get(self, path: str) -> bytes:
        """Ask for a page and return it; anything but 200 ends the measurement."""
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {body[:400]!r}")
        return body

    def cpu_s(self) -> float:
        """Return the CPU seconds it has used so far."""
        return sum(_nanoseconds(pid) for pid in _family(self.process.pid)) / 1e9

    def memory_kib(self) -> int:
        """Return the largest resident size it has had."""
        found = re.search(r"VmHWM:\s+(\d+) kB", _proc(self.process.pid, "status"))
        if found is None:
            raise RuntimeError("the program has ended")
        return int(found[1])

    def has_loaded(self, package: str) -> bool:
        """Tell whether a compiled part of *package* is in its memory."""
        return f"/site-packages/{package}/" in _proc(self.process.pid, "maps")

    def cost_ms(self, path: str, requests: int) -> float:
        """Return the CPU milliseconds of one request, the mean of several."""
        self.connection.close()  # a server may have hung up while the others were asked
        before = self.cpu_s()
        for _ in range(requests):
            self.get(path)
        return (self.cpu_s() - before) / requests * 1000


@contextlib.contextmanager
def running(command: tuple[str, ...], url: str, ready: str, **environ: str) -> Iterator[Program]:
    """Start a server, wait until *ready* answers 200, and end it afterwards; ``{port}`` in *command* is its port."""
    port = secrets.randbelow(20_000) + 20_000
    words = [word.replace("{port}", str(port)) for word in command]
    begun = time.monotonic()
    process = subprocess.Popen(words, cwd=ROOT, env=_environ(url, port, environ))
    try:
        _await(process, port, ready)
        program = Program(process, port, time.monotonic() - begun)
        yield program
        program.connection.close()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def share_of_a_core() -> float:
    """Return how much of a core a program that only computes gets now: 1 on a machine that does nothing else."""
    begun, used = time.perf_counter(), time.process_time()
    while time.perf_counter() - begun < 0.3:
        pass
    return (time.process_time() - used) / (time.perf_counter() - begun)


def python(*words: str) -> tuple[str, ...]:
    """Return the command that runs a module with this Python."""
    return (sys.executable, "-m", *words)


def _environ(url: str, port: int, more: Mapping[str, str]) -> dict[str, str]:
    # A program that is kept running has its byte code kept too, whatever this shell says.
    left = {"PORT", "PYTHONDONTWRITEBYTECODE"}
    kept = {name: text for name, text in os.environ.items() if not name.startswith("MARKET_") and name not in left}
    return {**kept, "DATABASE_URL": url, "MARKET_PORT": str(port), "MARKET_LOG_LEVEL": "warning", **more}


def _await(process: subprocess.Popen[bytes], port: int, ready: str) -> None:
    give_up = time.monotonic() + _PATIENCE_S
    while time.monotonic() < give_up and process.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            probe.request("GET", ready)
            if probe.getresponse().status == 200:
                return
        time.sleep(0.01)
    raise RuntimeError(f"no answer from {process.args!r}")


def _family(pid: int) -> list[int]:
    children = [int(each) for each in _proc(pid, f"task/{pid}/children").split()]
    return [pid, *(found for child in children for found in _family(child))]


def _nanoseconds(pid: int) -> int:
    """Return the time on a CPU of every thread; /proc/PID/stat counts in hundredths of a second only."""
    return sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat"))


def _proc(pid: int, name: str) -> str:
    return Path(f"/proc/{pid}/{name}").read_text()
