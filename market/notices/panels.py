"""
Panels and buttons that upper domains add to the page of a notice, which may show what its domain may not import.

A provider gets the visit and the notice's number, and returns a finished piece of HTML or nothing.
"""

from collections.abc import Awaitable, Callable

from markupsafe import Markup

from market.visit import Visit

Provider = Callable[[Visit, str], Awaitable[str | None]]

_providers: dict[str, Provider] = {}
_actions: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Add a panel; a second one of the same name replaces the first."""
    _providers[name] = provider


def register_action(name: str, provider: Provider) -> None:
    """Add what a visitor can do first with a notice: a button or a link; a second one of the same name replaces it."""
    _actions[name] = provider


async def actions_of(visit: Visit, code: str) -> list[Markup]:
    """Return the buttons of a notice, in the order in which they were added."""
    return await _of(_actions, visit, code)


async def panels_of(visit: Visit, code: str) -> list[Markup]:
    """Return the panels of a notice, in the order in which they were added."""
    return await _of(_providers, visit, code)


async def _of(providers: dict[str, Provider], visit: Visit, code: str) -> list[Markup]:
    found = [await provider(visit, code) for provider in providers.values()]
    return [Markup(html) for html in found if html]  # noqa: S704 (rendered by our own autoescaping templates)
