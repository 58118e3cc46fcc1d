"""
The panel of a notice that shows how its winner is found and how to check it: four steps, then the order.

Each step shows what is fixed by then and its fingerprint, waiting steps say what they wait for.
"""

from typing import Any, Final

from market.notices import panels
from market.notices.rules.methods import is_quoted
from market.notices.states import NoticeState
from market.respond import render
from market.selection import service
from market.selection.service import Panel
from market.visit import Visit

ENDED: Final = (NoticeState.FAILED, NoticeState.WITHDRAWN, NoticeState.ANNULLED)


def register() -> None:
    """Add this panel to the page of a notice."""
    panels.register("selection", provide)


async def provide(visit: Visit, code: str) -> str | None:
    """Return the finished panel of a published notice."""
    found = await service.panel(code)
    return None if found is None else render(visit, "selection/panel.html", **context(found))


def context(found: Panel) -> dict[str, Any]:
    """Return what the template shows; it decides nothing."""
    progress = found.progress
    winner = next((each for each in found.order if each["state"] in ("selected", "confirmed")), None)
    return {
        "progress": progress,
        "order": found.order,
        "winner": winner,
        "reserves": [each for each in found.order if each["state"] == "reserve"],
        "passed": [each for each in found.order if each["state"] in ("skipped", "declined")],
        "commits": progress.body.get("commits", []),
        "announced": progress.body.get("beacons", []),
        "revealed": found.revealed,
        "beacons": found.beacons,
        "ended": progress.state in ENDED,
        "drawn": progress.result_hash is not None,
        "quoted": is_quoted(progress.method),
        "opening": found.opening,
        "opening_hash": found.opening_hash,
        "names": {each["uscc"]: each["name"] for each in found.named},
    }
