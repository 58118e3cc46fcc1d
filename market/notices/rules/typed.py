"""
Readers of typed text for the forms of projects and notices.

Each reader gives the value, or notes under the field's name why it cannot be
read and gives an empty one; the caller refuses once, with all that was noted.
"""

import re
import unicodedata
from datetime import datetime
from typing import Final, Protocol

from market.kernel import money, uscc
from market.kernel.errors import Reason, Reasons
from market.kernel.times import ZONE

_MOMENT: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(\d{1,2}):(\d{2})")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 -]{4,19}[0-9]")
LONGEST_LINE: Final = 200
LONGEST_TEXT: Final = 4000


class Typed(Protocol):
    """What was typed into a form."""

    def one(self, name: str) -> str:
        """Return the first value under a name, or nothing."""

    def many(self, name: str) -> tuple[str, ...]:
        """Return every value under a name."""


def plain(text: str) -> str:
    """Fold full-width digits and signs to the ones a program reads."""
    return unicodedata.normalize("NFKC", text).strip()


def line(typed: Typed, name: str, reasons: Reasons, *, most: int = LONGEST_LINE, required: bool = True) -> str:
    """Read a text of limited length."""
    text = unicodedata.normalize("NFC", typed.one(name)).strip()
    reasons.extend(reason.at(name) for reason in text_reasons(text, most=most, required=required))
    return text


def text_reasons(text: str, *, most: int = LONGEST_LINE, required: bool = True) -> tuple[Reason, ...]:
    """Say what is wrong with a text: missing, or longer than *most* characters."""
    if not text:
        return (Reason("field_required"),) if required else ()
    return (Reason("field_too_long", params={"most": most}),) if len(text) > most else ()


def whole(typed: Typed, name: str, reasons: Reasons, *, least: int, most: int) -> int:
    """Read a whole number between two others, both included."""
    text = plain(typed.one(name)).replace(",", "")
    if not text:
        reasons.add("field_required", name)
        return 0
    if not re.fullmatch(r"[0-9]{1,9}", text):
        reasons.add("not_a_number", name)
        return 0
    number = int(text)
    if number < least:
        reasons.add("number_too_small", name, least=least)
    if number > most:
        reasons.add("number_too_large", name, most=most)
    return number


def amount(typed: Typed, name: str, reasons: Reasons, *, required: bool = True) -> int | None:
    """Read an amount in ten-thousands of yuan, the unit beside the field, as fen."""
    text = typed.one(name)
    if not text.strip() and not required:
        return None
    found = money.parse(text, unit_fen=money.FEN_PER_WAN)
    if isinstance(found, Reason):
        reasons.extend((found.at(name),))
        return None
    return found


def moment(typed: Typed, name: str, reasons: Reasons, *, required: bool = True) -> datetime | None:
    """Read a moment in Beijing time, to the minute."""
    text = plain(typed.one(name))
    if not text:
        if required:
            reasons.add("field_required", name)
        return None
    found = _MOMENT.fullmatch(text)
    if found is not None:
        try:
            year, month, day, hour, minute = (int(part) for part in found.groups())
            return datetime(year, month, day, hour, minute, tzinfo=ZONE)
        except ValueError:
            pass
    reasons.add("not_a_time", name)
    return None


def organisation(text: str, name: str, reasons: Reasons) -> str:
    """Read a unified social credit code."""
    found = uscc.check(text)
    if isinstance(found, Reason):
        reasons.extend((found.at(name),))
        return ""
    return found


def phone(typed: Typed, name: str, reasons: Reasons) -> str:
    """Read a telephone number."""
    text = plain(typed.one(name))
    if not text:
        reasons.add("field_required", name)
    elif not _PHONE.fullmatch(text):
        reasons.add("bad_phone", name)
    return text
