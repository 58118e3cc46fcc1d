"""
What the page of one notice says: the time line, and the rules in six sentences computed from the ruleset.

Sentences are put together here as codes and numbers; their words are in the
template. The time line follows the row and the clock, so that it is right even
while no worker runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from market import db
from market.kernel import rulesets
from market.kernel.rulesets.schema import Method, Ruleset
from market.notices.lists import shown_state
from market.notices.states import NoticeState
from market.notices.tables import drafts, rows
from market.notices.tables.rows import NoticeRow

_ORDER = (
    NoticeState.OPEN,
    NoticeState.CLOSED,
    NoticeState.OPENING,
    NoticeState.STANDSTILL,
    NoticeState.AWARDED,
)
_STOPPED = (NoticeState.FAILED, NoticeState.WITHDRAWN, NoticeState.ANNULLED)


@dataclass(frozen=True, slots=True)
class ItemBasis:
    """Whether an item is mandatory and on what basis, as its page says it."""

    code: str
    name: str
    state: str
    law: str | None
    article: str | None
    read_on: date | None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """Everything the page of a notice shows from this domain."""

    notice: NoticeRow
    state: NoticeState
    drawn: bool
    at: int
    stopped: bool
    basis: ItemBasis
    qualifications: Mapping[str, str]
    ruleset: Ruleset
    authority: str
    approval: str
    predecessor: str | None
    successor: str | None
    hash: str


async def view_of(notice: NoticeRow, now: datetime) -> NoticeView:
    """Read what the page needs beside the notice's own row."""
    item = await db.row("select code, name, state, law, article, read_on from item where id = $1", notice.item)
    project = await db.row("select approving_authority, approval_document from project where id = $1", notice.project)
    digest = await db.value("select hash from notice_version where notice = $1 order by number desc limit 1", notice.id)
    assert item is not None  # this and the next: foreign keys of the notice
    assert project is not None
    template = await drafts.template_of(notice.item)
    state = shown_state(notice.state, notice.closes_at, now)
    return NoticeView(
        notice=notice,
        state=state,
        drawn=notice.method != Method.DIRECT,
        at=stage(notice, state),
        stopped=state in _STOPPED,
        basis=ItemBasis(**dict(item)),
        qualifications={code: template.get(code, code) for code in notice.qualifications},
        ruleset=rulesets.get(notice.ruleset),
        authority=project["approving_authority"],
        approval=project["approval_document"],
        predecessor=notice.predecessor,
        successor=await rows.successor(notice.code),
        hash=digest or "",
    )


def stage(notice: NoticeRow, state: NoticeState) -> int:
    """
    Return the place on the time line, from 1: published, registration, list frozen, draw, standstill, award.

    A notice that ended early stops at the stage it had reached; an awarded one
    has passed them all.
    """
    if state is NoticeState.AWARDED:
        return 7
    if state in _ORDER:
        return _ORDER.index(state) + 2
    reached = (notice.closed_at, notice.inputs_frozen_at, notice.drawn_at)
    return 2 + sum(moment is not None for moment in reached)
