"""
What may be done to an abandonment and what is typed about it: pure functions.

The last moment to contest is not included: at it the period is over, and only
then, or once the agency has spoken, may anybody decide.

Basis: DESIGN §7; ruleset table ``measures``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from market.kernel.errors import Reason, Reasons
from market.kernel.typed import Reading, Typed

MOST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Contest:
    """What an agency says to an abandonment, with one of the ruleset's excuses or none."""

    words: str
    excuse: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a named person finds: that it counts, or that it is excused, and why."""

    counts: bool
    words: str


def parse_contest(typed: Typed, excuses: Collection[str]) -> Contest:
    """Read what an agency says."""
    read = Reading(typed)
    words = read.text("words", most=MOST_WORDS)
    excuse = read.one_of("excuse", tuple(excuses)) if typed.one("excuse") else ""
    read.finish()
    return Contest(words, excuse or None)


def parse_finding(typed: Typed) -> Finding:
    """Read what a regulator finds."""
    read = Reading(typed)
    found, words = read.one_of("finding", ("confirm", "excuse")), read.text("words", most=MOST_WORDS)
    read.finish()
    return Finding(found == "confirm", words)


def parse_words(typed: Typed) -> str:
    """Read why a finding is taken back."""
    read = Reading(typed)
    words = read.text("words", most=MOST_WORDS)
    read.finish()
    return words


def bars_contest(contest_until_at: datetime, now: datetime) -> tuple[Reason, ...]:
    """Return what keeps an agency from contesting."""
    return (Reason("contest_over"),) if now >= contest_until_at else ()


def bars_finding(
    contested_at: datetime | None, contest_until_at: datetime, person: int | None, now: datetime
) -> tuple[Reason, ...]:
    """Return what keeps somebody from deciding."""
    found = Reasons()
    if person is None:
        found.add("signer_unnamed")
    if contested_at is None and now < contest_until_at:
        found.add("contest_open")
    return tuple(found)
