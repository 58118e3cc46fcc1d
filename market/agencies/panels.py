"""
Panels that upper domains add to the page of an agency, because a page may show what its domain may not import.

A provider gets the visit and its code, and returns a finished piece of HTML or nothing.
"""

from collections.abc import Awaitable, Callable

from markupsafe import Markup

from market.visit import Visit

Provider = Callable[[Visit, str], Awaitable[str | None]]

_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Add a panel; a second one of the same name replaces the first."""
    _providers[name] = provider


async def panels_of(visit: Visit, uscc: str) -> list[Markup]:
    """Return the panels of an agency, in the order in which they were added."""
    found = [await provider(visit, uscc) for provider in _providers.values()]
    return [Markup(html) for html in found if html]  # noqa: S704 (rendered by our own autoescaping templates)
