"""The panel of an agency's page with its grade in the latest published ranking."""

from market.agencies import panels
from market.credit import service
from market.kernel.errors import NotFound
from market.respond import render
from market.visit import Visit


def register() -> None:
    """Add this panel to the page of an agency."""
    panels.register("score", provide)


async def provide(visit: Visit, uscc: str) -> str | None:
    """Return the panel of an agency that is in a published ranking."""
    try:
        found = await service.score(uscc)
    except NotFound:
        return None
    return render(visit, "credit/panel.html", score=found)
