"""
Random draw (随机抽取): the price is fixed before anyone registers, and the drawn order ranks.

Nobody quotes. An agency's amount is the lower of the notice's price and its own guide's maximum, shown to it before it
registers; the winner is therefore not always the cheapest, and that is not an error.

Parameters: ``price_fen``, the notice's price; ``least``, the least number of registrants (1 if absent).

Basis: design, section 5.
"""

from collections.abc import Sequence

from market.selection.methods.interface import (
    Entrant,
    Failure,
    Line,
    Orders,
    Outcome,
    Parameters,
    drawn_order,
    failed,
    lowest,
    one_of_the_agencies,
)

CODE = "random_draw"
LISTS = one_of_the_agencies


def choose(entrants: Sequence[Entrant], parameters: Parameters, orders: Orders) -> Outcome:
    """Rank the entrants as drawn."""
    least = parameters.get("least", 1)
    if len(entrants) < least:
        return failed(Failure.TOO_FEW, [Line("counted", None, (("count", len(entrants)), ("least", least)))])
    by_uscc = {entrant.uscc: entrant for entrant in entrants}
    ranking = drawn_order(entrants, orders)
    amounts = {uscc: amount_of(by_uscc[uscc], parameters) for uscc in ranking}
    lines = [
        _line(place, by_uscc[uscc], parameters["price_fen"], amounts[uscc]) for place, uscc in enumerate(ranking, 1)
    ]
    return Outcome(ranking, amounts, tuple(lines))


def amount_of(entrant: Entrant, parameters: Parameters) -> int:
    """Return what this entrant would be paid if drawn; shown to it before it registers."""
    return lowest(parameters["price_fen"], entrant.guide_max_fen)


def _line(place: int, entrant: Entrant, price: int, amount: int) -> Line:
    numbers: list[tuple[str, int | str]] = [("place", place), ("price_fen", price)]
    if entrant.guide_max_fen is not None:
        numbers.append(("guide_max_fen", entrant.guide_max_fen))
    return Line("drawn", entrant.uscc, (*numbers, ("amount_fen", amount)))
