"""
When a draft may be confirmed, and what it changes for whom.

Pure functions. An objection that was upheld says that the data were wrong: they
are corrected at their source, and the draft is computed anew before anybody may
confirm it. No rule here changes a score.

Basis: DESIGN §2, §6.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from market.credit.states import Grade, ObjectionOutcome
from market.kernel.errors import Reason, Reasons
from market.kernel.typed import Reading, Typed

MOST_WORDS: Final = 2000
_HIGHEST, _LOWEST, _UNRATED = Grade.A, Grade.D, Grade.N


class TurnKind(StrEnum):
    """What a ranking changes for an agency that a reader should look at."""

    INTO_D = "into_d"  # 新进入 D 级
    OUT_OF_D = "out_of_d"  # 离开 D 级
    INTO_A = "into_a"  # 新进入 A 级
    OUT_OF_A = "out_of_a"  # 离开 A 级
    RATED = "rated"  # 首次评级
    UNRATED = "unrated"  # 不再评级


@dataclass(frozen=True, slots=True)
class Turn:
    """Everybody for whom a ranking changes the same thing."""

    kind: TurnKind
    agencies: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a draft may be confirmed."""

    drafted_at: datetime
    objections_until_at: datetime
    recompute_asked: bool
    unanswered: int
    upheld_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A regulator's answer to an objection."""

    outcome: ObjectionOutcome
    words: str


def why_not_confirm(draft: Standing, now: datetime) -> tuple[Reason, ...]:
    """Return everything that keeps a draft from being confirmed now."""
    reasons = Reasons()
    if now < draft.objections_until_at:
        reasons.add("objections_open")
    if draft.unanswered:
        reasons.add("objections_unanswered", count=draft.unanswered)
    if draft.recompute_asked:
        reasons.add("recompute_waits")
    elif any(at >= draft.drafted_at for at in draft.upheld_at):
        reasons.add("recompute_needed")
    return tuple(reasons)


def turns(changes: Iterable[Mapping[str, Any]]) -> tuple[Turn, ...]:
    """Group the differences to the ranking before by what they mean, each agency under all that apply."""
    held = tuple(changes)
    found = ((kind, tuple(each for each in held if _turned(kind, each))) for kind in TurnKind)
    return tuple(Turn(kind, agencies) for kind, agencies in found if agencies)


def _turned(kind: TurnKind, change: Mapping[str, Any]) -> bool:
    before, after = str(change["grade_before"] or _UNRATED), str(change["grade"])
    turned: dict[TurnKind, bool] = {
        TurnKind.INTO_D: after == _LOWEST != before,
        TurnKind.OUT_OF_D: before == _LOWEST != after,
        TurnKind.INTO_A: after == _HIGHEST != before,
        TurnKind.OUT_OF_A: before == _HIGHEST != after,
        TurnKind.RATED: before == _UNRATED != after,
        TurnKind.UNRATED: after == _UNRATED != before,
    }
    return turned[kind]


def parse_objection(typed: Typed) -> str:
    """Read what an agency says against its line."""
    reading = Reading(typed)
    words = reading.text("words", most=MOST_WORDS)
    reading.reasons.raise_if_any()
    return words


def parse_answer(typed: Typed) -> Answer:
    """Read a regulator's answer."""
    reading = Reading(typed)
    outcome = typed.one("outcome")
    if outcome not in list(ObjectionOutcome):
        reading.reasons.add("field_required", "outcome")
    words = reading.text("words", most=MOST_WORDS)
    reading.reasons.raise_if_any()
    return Answer(ObjectionOutcome(outcome), words)
