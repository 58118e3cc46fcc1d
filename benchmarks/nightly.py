"""
The nightly run and the close of a quarter over made-up records: time, processor time and memory of the one process.

The process is the one the worker starts (``python -m market.credit.frames``), interpreter and files included. The
largest size takes minutes and 3 GiB; it is measured where ``MARKET_BENCH_SCALE`` is ``full``.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from benchmarks.lines import Line
from benchmarks.programs import ROOT, python
from benchmarks.record import AS_OF, Size

SCALE_VARIABLE: Final = "MARKET_BENCH_SCALE"
CITY: Final = Size(agencies=1_200, notices=8_000, registrations=50_000)
HALF: Final = Size(agencies=6_000, notices=40_000, registrations=250_000)
TEN: Final = Size(agencies=12_000, notices=80_000, registrations=500_000)
NATION: Final = Size(agencies=75_000, notices=250_000, registrations=1_250_000)
NIGHT: Final = AS_OF - timedelta(days=1)
MOST_MIB: Final = 3 * 1024
GROWTH: Final = 2.2


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took."""

    seconds: float
    cpu_s: float
    mib: float

    def text(self) -> str:
        """Return it in words."""
        return f"{self.seconds:.1f} s ({self.cpu_s:.1f} s CPU), {self.mib:,.0f} MiB"


def measure() -> list[Line]:
    """Return the lines of the nightly run, smallest size first."""
    with tempfile.TemporaryDirectory(prefix="market-bench-", dir="/var/tmp") as place:
        city, half, ten = (made(Path(place) / name, size) for name, size in (("1", CITY), ("5", HALF), ("10", TEN)))
        quarter = min((run(city, AS_OF) for _ in range(3)), key=lambda cost: cost.seconds)
        nights = run(half, NIGHT), run(ten, NIGHT)
        growth = nights[1].cpu_s / nights[0].cpu_s
        lines = [
            Line(f"quarter close, {words(CITY)}, best of 3", quarter.text(), "≤ 3 s", quarter.seconds <= 3),
            _night(CITY, run(city, NIGHT)),
            _night(HALF, nights[0]),
            _night(TEN, nights[1]),
            Line("nightly run, CPU of twice the data", f"{growth:.2f} ×", f"≤ {GROWTH} ×", growth <= GROWTH),
        ]
        if os.environ.get(SCALE_VARIABLE) == "full":
            lines.append(_close(TEN, run(ten, AS_OF)))
            nation = made(Path(place) / "nation", NATION)
            lines += [_night(NATION, run(nation, NIGHT)), _close(NATION, run(nation, AS_OF))]
        return lines


def made(folder: Path, size: Size) -> Path:
    """
    Let another process write a record of some size, and return its folder.

    A child's peak of memory begins with that of its parent, so that this process must stay small.
    """
    folder.mkdir()
    sizes = (size.agencies, size.notices, size.registrations)
    subprocess.run([*python("benchmarks.record"), str(folder), *map(str, sizes)], cwd=ROOT, check=True)
    return folder


def run(folder: Path, as_of: date) -> Cost:
    """Evaluate a record in a process of its own, and clear its results away."""
    begun = time.monotonic()
    process = subprocess.Popen([*python("market.credit.frames"), str(folder), "--as-of", as_of.isoformat()], cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    took = time.monotonic() - begun
    if status:
        raise RuntimeError(f"the evaluation of {folder.name} ended with {status}")
    for path in (folder / "out").iterdir():
        path.unlink()
    (folder / "out").rmdir()
    return Cost(took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def words(size: Size) -> str:
    """Return a size in words."""
    return f"{size.agencies:,} agencies, {size.notices:,} notices, {size.registrations:,} registrations"


def _night(size: Size, cost: Cost) -> Line:
    met = cost.seconds <= 60 and cost.mib <= MOST_MIB
    return Line(f"nightly run, {words(size)}", cost.text(), "≤ 60 s and ≤ 3 GiB", met)


def _close(size: Size, cost: Cost) -> Line:
    return Line(f"quarter close, {words(size)}", cost.text(), "≤ 10 min", cost.seconds <= 600)


def main() -> int:
    """Print the lines."""
    for line in measure():
        print(" | ".join(line.cells()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
