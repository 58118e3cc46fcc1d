"""
Opening a case (立案): on facts, once for the same facts.

Who opens is the clock for what follows from records, and a named person for
what that person found. Neither decides anything: a case tells its agency what
is held against it, and nothing else follows from it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from market.credit.queries import cases as queries
from market.credit.states import CaseGround, MeasureKind
from market.db import writing
from market.kernel.errors import Forbidden, Invalid, Reasons
from market.kernel.roles import Actor, Role
from market.kernel.times import local
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages

NUMBER_PREFIX: Final = "AJ"
# Before the number in the subject of a case's messages; its entries are about the number itself.
SUBJECT: Final = "case:"


@dataclass(frozen=True, slots=True)
class Opening:
    """
    What a case is opened on; ``fact_key`` names the facts, and the same facts open one case for ever.

    The facts are shown to the agency as they are, without the personal data of
    others: each by a word of ``case_fact`` or a label of its own, in plain
    words, or in both languages by ``zh`` and ``en``.
    """

    agency_id: int
    ground: CaseGround
    fact_key: str
    ruleset: str
    division: str
    facts: Mapping[str, Any]
    clause: str
    proposed: MeasureKind
    trade: str | None = None
    item_id: int | None = None
    lead_id: int | None = None
    ranking_before: int | None = None
    ranking_last: int | None = None
    basis_decision: int | None = None
    external_document: str | None = None


async def open_case(opening: Opening, *, actor: Actor, now: datetime) -> str:
    """Open a case in a transaction of its own, and return its number; that of the one there is, if there is one."""
    async with writing():
        number, acts = await open_within(opening, actor=actor, now=now)
        if acts:
            await ledger.append_many(acts)
        return number


async def open_within(opening: Opening, *, actor: Actor, now: datetime) -> tuple[str, list[Act]]:
    """Open a case within the caller's transaction; return its number and the entries to be logged last."""
    _check(opening, actor)
    prefix = f"{NUMBER_PREFIX}-{local(now):%Y%m%d}-"
    added = await queries.add(prefix, _columns(opening, actor, now))
    if added is None:
        known = await queries.number_of_fact(opening.fact_key)
        assert known is not None
        return known, []
    number: str = added["number"]
    told = await queries.regulators(opening.division, opening.trade)
    await messages.tell_all(told, "case_opened", at=now, subject=SUBJECT + number, case=number, ground=opening.ground)
    fields = {"case": number, "ground": str(opening.ground), "by": str(actor.role), "ruleset": opening.ruleset}
    return number, [Act("case.opened", now, number, fields)]


def _check(opening: Opening, actor: Actor) -> None:
    if actor.role not in (Role.SYSTEM, Role.REGULATOR) or not actor.may_see(opening.division, opening.trade):
        raise Forbidden("case_not_yours")
    found = Reasons()
    if not opening.clause.strip():
        found.add("field_required", "clause")
    if not opening.facts:
        found.add("field_required", "facts")
    if (opening.proposed is MeasureKind.SUSPEND_ITEM) != (opening.item_id is not None):
        found.add("case_item_unclear", "item")
    found.raise_if_any(kind=Invalid)


def _columns(opening: Opening, actor: Actor, now: datetime) -> dict[str, Any]:
    return {
        "agency": opening.agency_id,
        "ground": opening.ground,
        "fact_key": opening.fact_key,
        "ruleset": opening.ruleset,
        "division": opening.division,
        "trade": opening.trade,
        "facts": json.dumps(dict(opening.facts), ensure_ascii=False),
        "clause": opening.clause,
        "proposed": opening.proposed,
        "item": opening.item_id,
        "lead": opening.lead_id,
        "ranking_before": opening.ranking_before,
        "ranking_last": opening.ranking_last,
        "basis_decision": opening.basis_decision,
        "external_document": opening.external_document,
        "opened_by": actor.person_id,
        "opened_for": actor.organisation_id,
        "opened_at": now,
        "next_check_at": now,
    }
