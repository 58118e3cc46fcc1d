"""What people type about cases, read into what the services take; every reason at once."""

import re
from datetime import datetime
from typing import Final

from market.credit.case_rules import Draft
from market.credit.states import Breach, EntryKind, MeasureKind
from market.kernel.typed import Reading, Typed

MOST_WORDS: Final = 4000
_HASH: Final = re.compile("[0-9a-f]{64}")


def parse_words(typed: Typed, name: str = "words") -> str:
    """Read what somebody says."""
    read = Reading(typed)
    words = read.text(name, most=MOST_WORDS)
    read.finish()
    return words


def parse_statement(typed: Typed) -> tuple[str, str | None]:
    """Read a statement and the hash of the file that goes with it."""
    read = Reading(typed)
    words, found = read.text("words", most=MOST_WORDS), read.text("document_hash", most=64, optional=True).lower()
    if found and not _HASH.fullmatch(found):
        read.reasons.add("bad_fingerprint", "document_hash")
    read.finish()
    return words, found or None


def parse_hearing(typed: Typed) -> tuple[datetime, str]:
    """Read when a hearing was held, and its record."""
    read = Reading(typed)
    held_at, words = read.moment("held_at"), read.text("words", most=MOST_WORDS)
    read.finish()
    assert held_at is not None
    return held_at, words


def parse_answer(typed: Typed) -> tuple[bool, str]:
    """Read whether an appeal or a repair is right, and why."""
    read = Reading(typed)
    said, words = read.one_of("agrees", ("yes", "no")), read.text("words", most=MOST_WORDS)
    read.finish()
    return said == "yes", words


def parse_draft(typed: Typed, item: int | None) -> Draft:
    """Read the draft of a decision; an item is that of the case, and belongs to its suspension alone."""
    read = Reading(typed)
    breach, measure = read.one_of("breach", tuple(Breach)), read.one_of("measure", tuple(MeasureKind))
    kind = read.one_of("entry_kind", tuple(EntryKind)) if typed.one("entry_kind") else ""
    months, reentry = _months(read, "months"), _months(read, "reentry_months")
    names = ("found", "reasons", "clause", "proportionality", "remedies")
    texts = {name: read.text(name, most=MOST_WORDS) for name in names}
    executes_at = read.optional_moment("executes_at")
    read.finish()
    return Draft(
        breach=Breach(breach),
        measure=MeasureKind(measure),
        item=item if measure == MeasureKind.SUSPEND_ITEM else None,
        months=months,
        reentry_months=reentry,
        entry_kind=EntryKind(kind) if kind else None,
        executes_at=executes_at,
        **texts,
    )


def _months(read: Reading, name: str) -> int | None:
    return read.whole(name, least=1, most=99) if read.typed.one(name) else None
