"""
The numbers of each version of the score, as the pages and the API show them.

They are those of `scoring.params`, which is plain Python: nothing of it that
computes is loaded here, for pandas stays out of the web process.
"""

from dataclasses import dataclass
from typing import Any, Final

from market.kernel.errors import NotFound
from scoring.params import CREDIT_SCORE_1, as_rows


@dataclass(frozen=True, slots=True)
class Number:
    """One number with its unit and its source; a table of numbers is named by what each is for."""

    name: str
    value: int | str | dict[str, int] | list[int]
    unit: str
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class Rules:
    """A version of the score with its numbers, in the order of their use."""

    version: str
    weights: dict[str, int]
    numbers: tuple[Number, ...]


def slug_of(version: str) -> str:
    """Return the name of a version in an address: credit-score/1 is credit-score-1."""
    return version.replace("/", "-")


def rules(slug: str) -> Rules:
    """Return a version of the score by its name in an address."""
    found: Any = _VERSIONS.get(slug)
    if found is None:
        raise NotFound
    numbers = tuple(Number(**each) for each in as_rows(found))
    return Rules(found.version, dict(found.part_weights), numbers)


_VERSIONS: Final = {slug_of(each.version): each for each in (CREDIT_SCORE_1,)}
