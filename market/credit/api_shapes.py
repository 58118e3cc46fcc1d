"""What several answers about cases and decisions have in common, for programs."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct

from market.credit.case_facts import Fact
from market.kernel.errors import NotFound

LARGEST_KEY: Final = 2**63 - 1


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


def facts_of(facts: Iterable[Fact]) -> list[FactShown]:
    """Write facts for programs."""
    return [_fact(each) for each in facts]


def key_of(key: int) -> int:
    """Return a key that can be one, or find nothing."""
    if not 0 < key <= LARGEST_KEY:
        raise NotFound
    return key


def _fact(found: Fact) -> FactShown:
    (label_zh, text_zh), (label_en, text_en) = found.told("zh"), found.told("en")
    return FactShown(found.code, label_zh, label_en, text_zh, text_en, found.values)
