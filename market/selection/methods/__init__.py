"""
The selection methods, one pure module each, and their registry.

Nothing is found by magic: a method exists if it stands in ``METHODS``. Which methods a notice may use is the ruleset's
business, not this package's.
"""

from market.selection.methods import direct, lowest_quote, random_draw
from market.selection.methods.interface import DrawList, Entrant, Failure, Line, Method, Outcome

METHODS: tuple[Method, ...] = (random_draw, lowest_quote, direct)
BY_CODE: dict[str, Method] = {method.CODE: method for method in METHODS}

__all__ = ["BY_CODE", "METHODS", "DrawList", "Entrant", "Failure", "Line", "Method", "Outcome"]
