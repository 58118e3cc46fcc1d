"""
Direct selection (直接选取): one named agency, on grounds that are published before and counted afterwards.

There is no draw and no reserve. The amount is the agency's own quote; without one it is the lower of the notice's
price and the guide's maximum. A quote above either fails the selection instead of being cut down, since nobody agreed
to less.

Parameters: ``agency``, the USCC named in the notice; ``ground``, the code of the published ground; ``price_fen``, the
notice's price.

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
    failed,
    lowest,
    no_list,
)

CODE = "direct"
LISTS = no_list


def choose(entrants: Sequence[Entrant], parameters: Parameters, orders: Orders) -> Outcome:
    """Confirm the named agency, or say why it cannot be chosen; *orders* is empty."""
    if not parameters["ground"]:
        raise ValueError("a direct selection rests on a published ground")
    if orders:
        raise ValueError("a direct selection has no draw")
    uscc, price = parameters["agency"], parameters["price_fen"]
    ground = Line("ground", uscc, (("ground", parameters["ground"]),))
    named = [entrant for entrant in entrants if entrant.uscc == uscc]
    if not named:
        return failed(Failure.NOT_REGISTERED, [ground])
    guide_max, quote = named[0].guide_max_fen, named[0].quote_fen
    amount = lowest(price, guide_max) if quote is None else quote
    numbers = {"price_fen": price, "guide_max_fen": guide_max, "quote_fen": quote, "amount_fen": amount}
    shown = tuple((name, number) for name, number in numbers.items() if number is not None)
    lines = (ground, Line("priced", uscc, shown))
    if amount > price:
        return failed(Failure.OVER_PRICE, lines)
    if guide_max is not None and amount > guide_max:
        return failed(Failure.OVER_GUIDE, lines)
    return Outcome((uscc,), {uscc: amount}, lines)
