"""
Money as whole fen (分): read from what people type, shown in yuan and ten-thousands.

No float ever holds an amount. An amount that cannot be read exactly is refused
with a reason, never rounded: only ratios are rounded, half-up, by ``share``.
"""

import re
import unicodedata
from typing import Final

from market.kernel.errors import Reason

FEN_PER_YUAN: Final = 100
FEN_PER_WAN: Final = 1_000_000
# A thousand billion yuan: far above any fee, far below what BIGINT holds even after sums.
LARGEST_FEN: Final = 10**14

_UNITS: Final = {"": None, "元": FEN_PER_YUAN, "万": FEN_PER_WAN, "万元": FEN_PER_WAN}
_AMOUNT: Final = re.compile(
    r"¥?(?P<sign>[-\u2212]?)(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.(?P<part>[0-9]+))?(?P<unit>万元|万|元)?"
)


def parse(text: str, *, unit_fen: int = FEN_PER_YUAN) -> int | Reason:
    """
    Read an amount as fen, exactly, or say why it cannot be read.

    A unit in the text (元, 万, 万元) wins over *unit_fen*, the unit the form
    states beside the field. Full-width digits, ¥, spaces and commas between
    groups of three are understood.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if not plain:
        return Reason("field_required")
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        return Reason("not_a_number")
    if found["sign"]:
        return Reason("money_negative")
    each = _UNITS[found["unit"] or ""] or unit_fen
    part = (found["part"] or "").rstrip("0")
    whole = int(found["whole"].replace(",", "")[:20])
    fen, rest = divmod(int(part or 0) * each, 10 ** len(part)) if len(part) <= 6 else (0, 1)
    if rest:
        return Reason("money_too_fine")
    total = whole * each + fen
    return total if total <= LARGEST_FEN else Reason("money_too_large")


def yuan(fen: int) -> str:
    """Show fen as yuan with two decimals and commas: ``386,000.00``."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}{whole:,}.{part:02d}"


def wan(fen: int) -> str:
    """Show fen as ten-thousands of yuan: two decimals, and more only where the amount has more."""
    sign = "-" if fen < 0 else ""
    whole, part = divmod(abs(fen), FEN_PER_WAN)
    return f"{sign}{whole:,}.{f'{part:06d}'.rstrip('0').ljust(2, '0')}"


def half_up(numerator: int, denominator: int) -> int:
    """Divide whole numbers and round a half up, towards plus infinity; the denominator is positive."""
    if denominator <= 0:
        raise ValueError("the denominator of a ratio is positive")
    return (2 * numerator + denominator) // (2 * denominator)


def share(numerator: int, denominator: int) -> int:
    """Return a ratio in ten-thousandths, rounded half-up: 1 of 3 is 3333."""
    return half_up(numerator * 10_000, denominator)
