"""
What a review says, how long it may be written, and which one is followed up.

The owner grades the agency in five dimensions, the agency the owner in three:
it neither pays itself nor makes the deliverable. Grades are the five of 好差评.

Basis: 国办发〔2019〕51号 (好差评); DESIGN §4, §12.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from market.contracts.states import Side
from market.kernel.typed import Reading, Typed
from market.reviews.states import Dimension, Stars

MOST_WORDS: Final = 1000
POOR: Final = 2
GRADED: Final[Mapping[Side, tuple[Dimension, ...]]] = {
    Side.OWNER: tuple(Dimension),
    Side.AGENCY: (Dimension.TIMELINESS, Dimension.CONDUCT, Dimension.ATTITUDE),
}
OUTCOMES: Final = ("put_right", "explained", "unfounded")


@dataclass(frozen=True, slots=True)
class Said:
    """The stars for each dimension a side grades, and words for the other party and supervision."""

    stars: Mapping[Dimension, int]
    words: str = ""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What a regulator found out about a poor review."""

    outcome: str
    words: str


def parse_review(typed: Typed, side: Side) -> Said:
    """Read a review of one side."""
    read = Reading(typed)
    stars = {dimension: read.one_of(dimension, tuple(Stars)) for dimension in GRADED[side]}
    words = read.text("words", most=MOST_WORDS, optional=True)
    read.finish()
    return Said({dimension: int(chosen) for dimension, chosen in stars.items()}, words)


def parse_follow_up(typed: Typed) -> FollowUp:
    """Read what came of a follow-up."""
    read = Reading(typed)
    outcome, words = read.one_of("outcome", OUTCOMES), read.text("words", most=MOST_WORDS)
    read.finish()
    return FollowUp(outcome, words)


def is_poor(stars: Mapping[Dimension, int]) -> bool:
    """Tell whether any dimension is graded dissatisfied or worse (差评)."""
    return any(count <= POOR for count in stars.values())


def document(contract: str, side: Side, said: Said, at: str) -> dict[str, Any]:
    """Write down what a side said, the same way for the receipt and for the log."""
    stars = {str(dimension): said.stars[dimension] for dimension in GRADED[side]}
    return {"contract": contract, "side": str(side), "stars": stars, "words": said.words, "at": at}


def stars_of(written: Mapping[str, Any]) -> dict[Dimension, int]:
    """Read the stars of a document."""
    return {Dimension(name): int(count) for name, count in written["stars"].items()}


def ended_at(accepted_at: datetime | None, terminated_at: datetime | None) -> datetime | None:
    """Return the moment from which a contract may be reviewed, if its work has ended."""
    return accepted_at or terminated_at
