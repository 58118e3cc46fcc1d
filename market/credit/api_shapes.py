"""What the answers about cases, leads and facts have in common, for programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from market.credit.case_facts import Fact
from market.kernel.errors import NotFound
from market.kernel.times import shown
from market.lists import PAGE_SIZE

LARGEST_KEY: Final = 2**63 - 1
MOST_PAGES: Final = 10_000


class FactShown(Struct):
    """
    A fact in both languages, with its values; the Chinese is what was served.

    Values end in their unit: ``_on`` is a date, ``_hundredths`` hundredths of a point. A fact of an older case has no
    code and no values, and its Chinese in both languages.
    """

    code: str
    label_zh: str
    label_en: str
    text_zh: str
    text_en: str
    values: Mapping[str, str | int]


class WordsAsked(Struct, forbid_unknown_fields=True):
    """What somebody has to say, or why."""

    words: str


def facts_of(facts: Iterable[Fact]) -> list[FactShown]:
    """Write facts for programs."""
    return [_fact(each) for each in facts]


def key_of(key: int) -> int:
    """Return a key that can be one, or find nothing."""
    if not 0 < key <= LARGEST_KEY:
        raise NotFound
    return key


def minute(moment: datetime | None) -> str | None:
    """Write a moment as a form would send it; one without an offset is none."""
    if moment is None:
        return None
    return shown(moment) if moment.tzinfo else "a moment without an offset"


def yes_or_no(said: bool) -> str:
    """Write a choice as a form would send it."""
    return "yes" if said else "no"


def _fact(found: Fact) -> FactShown:
    (label_zh, text_zh), (label_en, text_en) = found.told("zh"), found.told("en")
    return FactShown(found.code, label_zh, label_en, text_zh, text_en, found.values)


def offset_of(page: int) -> int:
    """Return how many rows come before a page; a page that no list has is not there."""
    if not 1 <= page <= MOST_PAGES:
        raise NotFound("page_beyond_end")
    return (page - 1) * PAGE_SIZE


def refuse_beyond(found: Sequence[Any], page: int) -> None:
    """Refuse a page after the last."""
    if page > 1 and not found:
        raise NotFound("page_beyond_end")
