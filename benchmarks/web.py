"""
The web process by itself: memory, start, what it has loaded; and what a public page weighs on the wire.

Memory is the largest resident size after the list was shown many times. A page weighs its HTML and every file it or
its stylesheet names, each compressed as a proxy in front of the market would.
"""

import gzip
import re
from datetime import datetime
from typing import Final

from benchmarks.city import day_of
from benchmarks.lines import Line
from benchmarks.programs import Program, python, running

STARTS: Final = 3
_FILES: Final = re.compile(r"/assets/[\w.-]+")
# The page in another language is named by its whole address, which no browser asks for by itself.
_ELSEWHERE: Final = re.compile(
    r"(?:src|srcset|action)=\"(?:https?:)?//|<link(?![^>]+rel=\"alternate\")[^>]+href=\"(?:https?:)?//|url\(https?:"
)


def measure(url: str, now: datetime) -> list[Line]:
    """Return the lines of the web process and of the weight of its page."""
    started = []
    for _ in range(STARTS):
        with running(python("market", "serve"), url, "/healthz") as program:
            started.append(program.started_s)
            for _ in range(40):
                program.get("/notices")
                program.get(f"/notices.json?{day_of(now)}")
            memory = program.memory_kib() / 1024
            pandas = program.has_loaded("pandas")
            weight = _weight(program)
    start = min(started)
    return [
        Line("web process: memory after 80 requests", f"{memory:.0f} MiB", "≤ 120 MiB", memory <= 120),
        Line(f"web process: start to first answer, best of {STARTS}", f"{start:.2f} s", "≤ 2 s", start <= 2),
        Line("web process: pandas loaded", "yes" if pandas else "no", "no", not pandas),
        weight,
    ]


def _weight(program: Program) -> Line:
    page = program.get("/notices").decode()
    names = set(_FILES.findall(page))
    style = next(name for name in names if ".css" in name)
    sheet = program.get(style).decode()
    names |= set(_FILES.findall(sheet))
    texts = [page.encode(), *(program.get(name) for name in sorted(names))]
    weight = sum(len(gzip.compress(text, 6)) for text in texts) / 1000
    elsewhere = bool(_ELSEWHERE.search(page) or _ELSEWHERE.search(sheet))
    what = f"public page: notice list with its {len(names)} files, gzipped"
    told = f"{weight:.1f} kB, {'a' if elsewhere else 'no'} third-party request"
    return Line(what, told, "≤ 60 kB, none from elsewhere", weight <= 60 and not elsewhere)
