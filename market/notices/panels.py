"""
Parts of a notice's page that the domains above fill in: registrants, the draw, the award.

A part is an async function of the notice and the visit that returns values for
the template; ``app.py`` adds them, so that imports keep pointing down.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from market.notices.tables.rows import NoticeRow
from market.visit import Visit

Part = Callable[[NoticeRow, Visit], Awaitable[Mapping[str, Any]]]

_parts: list[Part] = []


def add(part: Part) -> None:
    """Let a part be shown on every notice's page; adding it twice changes nothing."""
    if part not in _parts:
        _parts.append(part)


async def gathered(notice: NoticeRow, visit: Visit) -> dict[str, Any]:
    """Return what all parts say of a notice; a part not added leaves its place empty."""
    said: dict[str, Any] = {"entered": None, "own": None, "draw": None, "award": None}
    for part in _parts:
        said |= await part(notice, visit)
    return said
