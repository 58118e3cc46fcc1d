"""
What people typed, read field by field into values, with every reason collected.

A form and a JSON request pass through the same reader, so that one rule answers
both. Nothing is guessed: full-width digits and spaces around are understood,
anything else that cannot be read is a reason at its field.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import date, datetime
from typing import Final, Protocol, TypeVar

from market.kernel import money, uscc
from market.kernel.errors import Reason, Reasons
from market.kernel.times import ZONE

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE: Final = re.compile(r"\+?[0-9][0-9 \-]{5,18}[0-9]")
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_MOMENT: Final = re.compile(_DAY.pattern + r"[ T]*([0-9]{1,2}):([0-9]{2})")

T = TypeVar("T")


class Typed(Protocol):
    """Values by field name, as a browser sends them."""

    def one(self, name: str) -> str:
        """Return the first value, or nothing."""

    def many(self, name: str) -> tuple[str, ...]:
        """Return every value."""


class Reading:
    """One pass over a form: ask for each field, then `finish`, which refuses with all reasons at once."""

    __slots__ = ("reasons", "typed")

    def __init__(self, typed: Typed) -> None:
        """Begin with nothing wrong."""
        self.typed = typed
        self.reasons = Reasons()

    def text(self, name: str, *, most: int = 200, optional: bool = False) -> str:
        """Read a text of at most *most* characters."""
        found = self.typed.one(name)
        if not found and not optional:
            self.reasons.add("field_required", name)
        if len(found) > most:
            self.reasons.add("field_too_long", name, most=most)
        return found

    def whole(self, name: str, *, least: int, most: int) -> int:
        """Read a whole number from *least* to *most*, both included; *least* stands in for what is wrong."""
        return self.take(name, whole(self.typed.one(name), least=least, most=most), least)

    def fen(self, name: str, *, unit_fen: int = money.FEN_PER_YUAN) -> int:
        """Read an amount of money; zero stands in for what is wrong."""
        return self.take(name, money.parse(self.typed.one(name), unit_fen=unit_fen), 0)

    def optional_fen(self, name: str, *, unit_fen: int = money.FEN_PER_YUAN) -> int | None:
        """Read an amount of money that may be missing."""
        return self.fen(name, unit_fen=unit_fen) if self.typed.one(name) else None

    def day(self, name: str) -> date:
        """Read a date; the first day of all stands in for what is wrong."""
        return self.take(name, day(self.typed.one(name)), date.min)

    def optional_day(self, name: str) -> date | None:
        """Read a date that may be missing."""
        return self.day(name) if self.typed.one(name) else None

    def moment(self, name: str) -> datetime | None:
        """Read a moment in Beijing time, to the minute; nothing stands in for what is wrong."""
        return self.take(name, moment(self.typed.one(name)), None)

    def optional_moment(self, name: str) -> datetime | None:
        """Read a moment that may be missing."""
        return self.moment(name) if self.typed.one(name) else None

    def uscc(self, name: str) -> str:
        """Read a unified social credit code."""
        return self.take(name, uscc.check(self.typed.one(name)), "")

    def one_of(self, name: str, codes: Collection[str]) -> str:
        """Read one of the codes a list offers."""
        found = self.typed.one(name)
        if not found:
            self.reasons.add("field_required", name)
        elif found not in codes:
            self.reasons.add("not_a_choice", name)
        return found

    def yes(self, name: str) -> bool:
        """Tell whether a box is ticked."""
        return self.typed.one(name) == "yes"

    def email(self, name: str) -> str:
        """Read an address of electronic mail."""
        return self._shaped(name, _EMAIL, "bad_email")

    def phone(self, name: str) -> str:
        """Read a telephone number."""
        return self._shaped(name, _PHONE, "bad_phone")

    def take(self, name: str, found: T | Reason, instead: T) -> T:
        """Return what was read, or note why it cannot be read and return *instead*."""
        if isinstance(found, Reason):
            self.reasons.extend((found.at(name),))
            return instead
        return found

    def finish(self) -> None:
        """Refuse with everything noted so far; do nothing if that is nothing."""
        self.reasons.raise_if_any()

    def _shaped(self, name: str, shape: re.Pattern[str], code: str) -> str:
        found = unicodedata.normalize("NFKC", self.text(name))
        if found and not shape.fullmatch(found):
            self.reasons.add(code, name)
        return found


def plain(text: str) -> str:
    """Fold full-width digits and signs to the ones a program reads, without any space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def whole(text: str, *, least: int, most: int) -> int | Reason:
    """Read a whole number from *least* to *most*, both included, or say what is wrong."""
    digits = plain(text).replace(",", "")
    if not digits:
        return Reason("field_required")
    if not re.fullmatch(r"[0-9]{1,15}", digits):
        return Reason("not_a_number")
    found = int(digits)
    if found < least:
        return Reason("number_too_small", params={"least": least})
    return found if found <= most else Reason("number_too_large", params={"most": most})


def day(text: str) -> date | Reason:
    """Read a date such as 2026-11-25 or 2026年11月25日, or say what is wrong."""
    if not plain(text):
        return Reason("field_required")
    found = _DAY.fullmatch(plain(text))
    if found is None:
        return Reason("not_a_date")
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return Reason("not_a_date")


def moment(text: str) -> datetime | Reason:
    """Read a moment in Beijing time such as 2026-11-25T17:00, or say what is wrong."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if not typed:
        return Reason("field_required")
    found = _MOMENT.fullmatch(typed)
    if found is None:
        return Reason("not_a_time")
    year, month, day_, hour, minute = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day_, hour, minute, tzinfo=ZONE)
    except ValueError:
        return Reason("not_a_time")
