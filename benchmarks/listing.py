"""
The public list of notices: CPU of the server for a page and for its JSON, against bare Litestar and Django.

The three programs are asked in turns, a few dozen requests each, so that whatever else the machine does slows all of
them. The number taken is the median of the rounds.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from statistics import median
from typing import Final

from benchmarks.city import day_of
from benchmarks.lines import Line, compared
from benchmarks.programs import Program, python, running

ROUNDS: Final = 5
WARM_UP: Final = 30
COMMANDS: Final = {
    "ours": python("market", "serve"),
    "bare": python("benchmarks.baselines.litestar_bare"),
    "django": python(
        "gunicorn", "benchmarks.baselines.django_list:application", "--bind", "127.0.0.1:{port}", "--workers", "1",
        "--worker-class", "gthread", "--threads", "2", "--keep-alive", "60", "--log-level", "error",
    ),
}  # fmt: skip
Costs = Mapping[str, float]


def measure(url: str, now: datetime, count: int) -> list[Line]:
    """Return the four lines of the list."""
    with ExitStack() as stack:
        programs = {name: stack.enter_context(running(command, url, "/notices")) for name, command in COMMANDS.items()}
        page = costs(programs, "/notices", 40)
        data = costs(programs, f"/notices.json?{day_of(now)}", 80)
    told = f"notice list, 50 rows of {count:,}, CPU per request"
    return [
        compared(f"{told}: page", page["ours"], page["bare"], "bare Litestar", 1.3),
        compared(f"{told}: page", page["ours"], page["django"], "Django 5.2", 0.8),
        compared(f"{told}: JSON", data["ours"], data["bare"], "bare Litestar", 1.3),
        compared(f"{told}: JSON", data["ours"], data["django"], "Django 5.2", 0.5),
    ]


def costs(programs: Mapping[str, Program], path: str, requests: int) -> Costs:
    """Return the CPU milliseconds of one request to each program."""
    for program in programs.values():
        program.cost_ms(path, WARM_UP)
    rounds = [{name: program.cost_ms(path, requests) for name, program in programs.items()} for _ in range(ROUNDS)]
    return {name: median(each[name] for each in rounds) for name in programs}
