"""The panels of an agency's page: its grade in the latest published ranking, and what is in force against it."""

from market.agencies import panels
from market.credit import service
from market.credit.service import exits
from market.kernel.errors import NotFound
from market.respond import render
from market.visit import Visit


def register() -> None:
    """Add these panels to the page of an agency."""
    panels.register("score", provide)
    panels.register("record", record)


async def provide(visit: Visit, uscc: str) -> str | None:
    """Return the panel of an agency that is in a published ranking."""
    try:
        found = await service.score(uscc)
    except NotFound:
        return None
    return render(visit, "credit/panel.html", score=found)


async def record(visit: Visit, uscc: str) -> str | None:
    """Return the panel of an agency with measures or credit entries in force."""
    measures, entries = await exits.measures_of(uscc, visit.now), await exits.entries(uscc, visit.now)
    if not measures and not entries:
        return None
    return render(visit, "credit/record.html", measures=measures, entries=entries)
