"""
The lines of the report: what was measured, against what, and whether the promise was kept.

A line that misses its target is printed like any other.
"""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

REPORT: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_HEAD: Final = ("what", "measured", "baseline", "ratio", "target", "met")


@dataclass(frozen=True, slots=True)
class Line:
    """One promise and what became of it; without a target it is only reported."""

    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    baseline: str = ""
    ratio: float | None = None

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the table."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return self.what, self.measured, self.baseline, ratio, self.target, met


def compared(what: str, ours: float, baseline: float, name: str, most: float) -> Line:
    """Compare two costs in milliseconds; *most* is the largest ratio that keeps the promise."""
    ratio = ours / baseline
    return Line(what, f"{ours:.2f} ms", f"≤ {most} × {name}", ratio <= most, f"{name}: {baseline:.2f} ms", ratio)


def table(lines: Sequence[Line]) -> str:
    """Return the lines as a Markdown table."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *(line.cells() for line in lines)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def report(lines: Sequence[Line], now: datetime, shares: Sequence[float]) -> str:
    """Return the whole page, with the machine it was measured on and how much of it we had."""
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return (
        "# Benchmarks\n\n"
        "Written by `make bench`; bad numbers stay in. Ratios compare programs measured in turns in one run; absolute\n"
        "numbers depend on the machine and on what else it does, those in seconds above all.\n\n"
        f"Measured {now:%Y-%m-%d %H:%M} on {machine}. Between the subjects a program that only computes got\n"
        f"{min(shares):.0%} to {max(shares):.0%} of a core (100% where nothing else runs).\n\n"
        f"{table(lines)}"
    )
