"""What anybody may know of an agency's score: the published one, and the line behind every hundredth."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from market.credit.queries import scores as queries
from market.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the record, and the hundredths of a point it gave."""

    part: str
    line: str
    source: str
    value: int
    weight: int
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """An agency's score in a published ranking; the points of its lines add up to the total."""

    uscc: str
    agency: str
    slot: date
    place: int | None
    total: int | None
    grade: str
    parts: dict[str, dict[str, int | None]]
    lines: tuple[Line, ...]
    ruleset: str
    result_hash: str


async def score(uscc: str, slot: date | None = None) -> Score:
    """Explain an agency's score in the latest published ranking, or in that of a quarter."""
    found = await queries.score_of(uscc, slot)
    if found is None:
        raise NotFound("score_not_found")
    lines = tuple(Line(*each) for each in json.loads(found["lines"]))
    values: dict[str, Any] = {**dict(found), "parts": json.loads(found["parts"]), "lines": lines}
    return Score(**values)
