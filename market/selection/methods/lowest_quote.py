"""
Lowest quote (竞价·最低价): the lowest sealed quote within floor and ceiling wins; equal quotes stand as drawn.

Every entrant has a place in the draw before any quote is opened, so that nobody can choose the order of a tie. A quote
that could not be opened, or that lies outside floor and ceiling, takes no place; a line names it with its reason.

Parameters: ``floor_fen`` (None: none) and ``price_fen``, the notice's floor and ceiling, both allowed.

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
    one_of_the_agencies,
)

CODE = "lowest_quote"
LISTS = one_of_the_agencies
UNOPENABLE = "unopenable"
OUT_OF_RANGE = "out_of_range"


def choose(entrants: Sequence[Entrant], parameters: Parameters, orders: Orders) -> Outcome:
    """Rank the quotes that count by price, then by the draw."""
    floor, ceiling = parameters["floor_fen"], parameters["price_fen"]
    drawn = drawn_order(entrants, orders)
    quotes = {entrant.uscc: entrant.quote_fen for entrant in entrants}
    reasons = {uscc: excluded(quotes[uscc], floor, ceiling) for uscc in drawn}
    lines = [_left_out(uscc, quotes[uscc], reason) for uscc, reason in reasons.items() if reason]
    amounts = {uscc: fen for uscc in drawn if (fen := quotes[uscc]) is not None and reasons[uscc] is None}
    if not amounts:
        return failed(Failure.NO_VALID_QUOTE, lines)
    # Sorting keeps the drawn order of equal quotes.
    ranking = tuple(sorted(amounts, key=amounts.__getitem__))
    for place, uscc in enumerate(ranking, 1):
        lines.append(Line("quoted", uscc, (("place", place), ("drawn", drawn.index(uscc) + 1), ("fen", amounts[uscc]))))
    return Outcome(ranking, {uscc: amounts[uscc] for uscc in ranking}, tuple(lines))


def excluded(quote_fen: int | None, floor_fen: int | None, ceiling_fen: int) -> str | None:
    """Return why a quote does not count, or nothing; floor and ceiling themselves count."""
    if quote_fen is None:
        return UNOPENABLE
    return None if max(floor_fen or 1, 1) <= quote_fen <= ceiling_fen else OUT_OF_RANGE


def _left_out(uscc: str, quote_fen: int | None, reason: str) -> Line:
    numbers: tuple[tuple[str, int | str], ...] = (("reason", reason),)
    return Line("excluded", uscc, numbers if quote_fen is None else (*numbers, ("fen", quote_fen)))
