"""The one place where cases ask for a published ranking to be computed anew."""

from datetime import date, datetime

from market.credit.service import rankings


async def ask_recomputation(slot: date, *, now: datetime) -> None:
    """Ask for the next edition of a published ranking, within the caller's transaction."""
    ask = getattr(rankings, "ask_recomputation", None)
    if ask is not None:
        await ask(slot, now=now)
