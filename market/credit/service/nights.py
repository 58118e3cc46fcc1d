"""What the nights left: their lines, kept for a while, and what each of them did."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from market.credit.queries import runs
from market.kernel.times import local

LINES_KEPT: Final = timedelta(days=35)


async def prune_lines(slot: datetime) -> Mapping[str, Any]:
    """Give up the lines of nights that ended five weeks before a slot; the scores stay, and what a ranking cites."""
    return {"pruned": await runs.prune_lines((local(slot) - LINES_KEPT).date())}
