"""
The parent of ``python -m market demo``: it starts the programs, says when they are ready, and ends them all.

Children live in sessions of their own, so that Ctrl-C and a closed terminal reach only the parent, which ends them in
order. A parent that is killed cannot: then the kernel tells each child (Linux), and a pipe whose other end has died
tells those that call `watch_parent` (everywhere).
"""

import contextlib
import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

PIPE = "MARKET_PARENT_PIPE"

_PR_SET_PDEATHSIG = 1
_ENOUGH_S = 6.0  # for children to end by themselves; all must be over in 10
_PATIENCE_S = 120.0  # from the start to the first ready
_BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0)
_HEALTHY_S = 60.0  # a child that lived so long starts again from the first pause


class PortBusy(RuntimeError):
    """Say that another program listens where we were asked to."""


@dataclass(frozen=True, slots=True)
class Child:
    """One program to keep running."""

    name: str
    argv: tuple[str, ...]


def refuse_busy_port(host: str, port: int) -> None:
    """Refuse at once a port that somebody else listens on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as failure:
            raise PortBusy(
                f"Port {port} of {host} cannot be used ({failure.strerror}): stop the other program or set MARKET_PORT."
            ) from failure


def supervise(
    children: Sequence[Child],
    *,
    host: str,
    port: int,
    environ: Mapping[str, str],
    end: Callable[[], None],
) -> int:
    """Run *children* until a signal comes or one cannot be kept alive, then *end*; return the exit code."""
    return _Supervisor(host, port, environ).run(children, end)


def run_once(child: Child, environ: Mapping[str, str]) -> int:
    """Run one child to its end and return its exit code; whatever interrupts the wait ends the child."""
    read, write = os.pipe()
    process = _tied(child, environ, read)
    try:
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_ENOUGH_S)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(read)
        os.close(write)


def _tied(child: Child, environ: Mapping[str, str], pipe: int) -> "subprocess.Popen[bytes]":
    """Start a child that ends with this process."""
    parent = os.getpid()

    def tie() -> None:
        if _PRCTL is not None:
            _PRCTL(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(  # noqa: S603 - a list, no shell
        child.argv,
        env={**environ, PIPE: str(pipe)},
        pass_fds=(pipe,),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=tie,  # noqa: PLW1509 - the parent has one thread
    )


def exit_on_signals() -> None:
    """Turn the signals that end us into an ordinary exit, so that a private server stops even before `supervise`."""
    for number in _SIGNALS:
        signal.signal(number, _exit)


def _exit(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


def watch_parent(environ: Mapping[str, str] = os.environ) -> None:
    """End this process when the parent that started it is gone; a process without such a parent is left alone."""
    if told := environ.get(PIPE):
        threading.Thread(target=_end_with, args=(int(told),), name="parent watch", daemon=True).start()


def _end_with(pipe: int) -> None:
    os.read(pipe, 1)  # returns only when the parent's end is closed
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_ENOUGH_S)
    os._exit(1)


@dataclass(slots=True)
class _Running:
    """A child with its history; *process* is None while it waits to start again."""

    child: Child
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class _Supervisor:
    host: str
    port: int
    environ: Mapping[str, str]
    running: list[_Running] = field(default_factory=list)
    stopping: bool = False
    hurry: bool = False
    is_ready: bool = False
    pipe: tuple[int, int] = field(init=False)

    def run(self, children: Sequence[Child], end: Callable[[], None]) -> int:
        self.pipe = os.pipe()
        before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        try:
            self.running = [_Running(child) for child in children]
            return self._keep_alive()
        finally:
            self.stopping = True
            self._end_children()
            end()
            for number, handler in before.items():
                signal.signal(number, handler)
            for descriptor in self.pipe:
                os.close(descriptor)

    def _on_signal(self, number: int, frame: object) -> None:
        self.hurry = self.stopping
        self.stopping = True

    def _keep_alive(self) -> int:
        give_up = time.monotonic() + _PATIENCE_S
        while not self.stopping:
            for one in self.running:
                if not self._tend(one):
                    _say(f"{one.child.name} ended {one.failures} times; giving up")
                    return 1
            if not self.is_ready and self._answers():
                self.is_ready = True
                _announce(f"ready http://{self.host}:{self.port}")
            if not self.is_ready and time.monotonic() > give_up:
                _say(f"not ready after {_PATIENCE_S:.0f} s; giving up")
                return 1
            time.sleep(0.1)
        return 0

    def _tend(self, one: _Running) -> bool:
        """Start a child that is due; note one that has ended; tell whether it is still worth trying."""
        now = time.monotonic()
        if one.process is None:
            if now >= one.again_at:
                one.process, one.started = _tied(one.child, self.environ, self.pipe[0]), now
            return True
        code = one.process.poll()
        if code is None or self.stopping:
            return True
        one.process = None
        one.failures = 1 if now - one.started > _HEALTHY_S else one.failures + 1
        if one.failures > len(_BACK_OFF_S):
            return False
        pause = _BACK_OFF_S[one.failures - 1]
        one.again_at = now + pause
        _say(f"{one.child.name} ended with {code}; starting it again in {pause:g} s")
        return True

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=1)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        return False

    def _end_children(self) -> None:
        alive = [one.process for one in self.running if one.process is not None]
        for process in alive:
            process.terminate()
        give_up = time.monotonic() + _ENOUGH_S
        while any(process.poll() is None for process in alive) and time.monotonic() < give_up and not self.hurry:
            time.sleep(0.02)
        for process in alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what a child has started and left behind ends with it
            process.wait()


_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Loaded here: between fork and exec a child may do next to nothing.
_PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def _say(words: str) -> None:
    with contextlib.suppress(OSError):  # after SIGHUP the terminal may be gone
        print(f"market: {words}", file=sys.stderr, flush=True)  # noqa: T201


def _announce(words: str) -> None:
    with contextlib.suppress(OSError):
        print(words, flush=True)  # noqa: T201
