"""The panel of a notice that leads to the contract its award became."""

from market.contracts import shown
from market.notices import panels
from market.respond import render
from market.visit import Visit


def register() -> None:
    """Add this panel to the page of a notice."""
    panels.register("contract", provide)


async def provide(visit: Visit, code: str) -> str | None:
    """Return the panel of a notice that has a contract."""
    found = await shown.of_notice(code, visit.now)
    return render(visit, "contracts/panel.html", contract=found) if found else None
