"""The panel of a contract's page with its reviews: the period, then both at once."""

from typing import Any

from market.contracts import panels
from market.kernel.roles import Role
from market.respond import render
from market.reviews import service
from market.reviews.rules import GRADED
from market.visit import Visit


def register() -> None:
    """Add this panel to the page of a contract."""
    panels.register("reviews", provide)


async def provide(visit: Visit, number: str) -> str | None:
    """Return the panel of a contract whose reviews are open; on its own desk a party finds its form and its receipt."""
    shown = await service.shown(number)
    if not shown:
        return None
    context: dict[str, Any] = {"number": number, "shown": shown, "graded": GRADED, "desk": None}
    if visit.actor.role in (Role.OWNER, Role.AGENCY) and visit.path.startswith(f"/{visit.actor.role}/"):
        context["desk"] = await service.desk(number, actor=visit.actor, now=visit.now)
    return render(visit, "reviews/panel.html", **context)
