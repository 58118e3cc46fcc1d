"""
What supervision does with signals and leads: it looks, keeps or dismisses, and opens a case.

None of it is in the log, whose size and subjects are public: the rows name who
decided and when, and cannot be deleted. The first public word about a lead is
the notice of its case, to the agency.

Basis: DESIGN §6 (leads are never public), §7.
"""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from asyncpg import Record

from market.credit import lead_rules as rules
from market.credit.lead_rules import CaseAsked, SignalRow
from market.credit.queries import leads as queries
from market.credit.queries.leads import LeadRow
from market.credit.service.cases import Opening, open_within
from market.credit.states import LEAD, LeadAction, LeadState, MeasureKind
from market.db import writing
from market.kernel import rulesets
from market.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.times import told_day
from market.ledger import service as ledger


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """A signal with all that its page tells."""

    signal: SignalRow
    rows: list[tuple[str, str, str]]
    answers: list[Record]


async def waiting(actor: Actor, code: str = "") -> list[tuple[int, SignalRow]]:
    """List the signals in somebody's scope that nobody has reviewed, by priority."""
    # The priority of a party rests on all of its signals, also on those a filter hides.
    found = rules.ordered(rules.seen(await queries.waiting(), actor))
    return [(priority, each) for priority, each in found if not code or each.code == code]


async def signal(key: int, actor: Actor) -> SignalRow:
    """Return a signal in somebody's scope."""
    found = await queries.signal(key)
    if found is None or not rules.sees(found, actor):
        raise NotFound("signal_not_found")
    return found


async def shown(key: int, actor: Actor) -> Shown:
    """Return a signal with its rows and what its owners answered."""
    found = await signal(key, actor)
    counted = found.rows()
    numbers = await queries.approvals([int(name) for kind, name in counted if kind == "approval" and name.isdigit()])
    named = [(kind, name, numbers.get(int(name), name) if kind == "approval" else name) for kind, name in counted]
    return Shown(found, named, await queries.answers(found))


async def keep(key: int, words: str, *, actor: Actor, now: datetime) -> int:
    """Make a lead of a signal and return its key."""
    return await _review(key, LeadState.LEAD, words, actor, now)


async def dismiss_signal(key: int, words: str, *, actor: Actor, now: datetime) -> int:
    """Dismiss a signal; the same facts are not asked about again."""
    return await _review(key, LeadState.DISMISSED, words, actor, now)


async def leads(actor: Actor) -> list[LeadRow]:
    """List the leads in somebody's scope."""
    found = await queries.leads()
    signals = await queries.signals([each.signal for each in found])
    return [each for each in found if rules.sees(signals[each.signal], actor)]


async def lead(key: int, actor: Actor) -> tuple[LeadRow, SignalRow]:
    """Return a lead in somebody's scope with its signal."""
    return await _scoped(await queries.lead(key), actor)


async def dismiss(key: int, words: str, *, actor: Actor, now: datetime) -> None:
    """Dismiss a lead."""
    async with writing():
        found, _ = await _scoped(await queries.lead(key, locked=True), actor)
        LEAD.decide(found.state, LeadAction.DISMISS, actor.role)
        await _end(key, LeadState.DISMISSED, words, actor, now)


async def open_case(key: int, asked: CaseAsked, *, actor: Actor, now: datetime) -> str:
    """Open a case on a lead and return its number; the lead ends in the same transaction."""
    async with writing():
        found, signal = await _scoped(await queries.lead(key, locked=True), actor)
        LEAD.decide(found.state, LeadAction.OPEN, actor.role)
        if found.agency is None:
            raise Conflict("lead_without_agency")
        item = await queries.item_id(asked.item) if asked.item else None
        if asked.item and item is None:
            raise Invalid("lead_item_unknown", field="item")
        await _end(key, LeadState.CASE, None, actor, now)
        opening = Opening(
            agency_id=found.agency,
            ground=asked.ground,
            fact_key=f"lead:{found.fact_key}",
            ruleset=rulesets.MODEL,
            division=signal.division or _widest(actor),
            facts=facts(signal),
            clause=asked.clause,
            proposed=asked.proposed,
            trade=signal.trade,
            item_id=item if asked.proposed is MeasureKind.SUSPEND_ITEM else None,
            lead_id=found.id,
        )
        number, acts = await open_within(opening, actor=actor, now=now)
        if acts:
            await ledger.append_many(acts)
        return number


def facts(signal: SignalRow) -> Mapping[str, Any]:
    """Return what the agency will be told of a signal: no statistic is a finding, and other explanations stay."""
    evidence = signal.evidence
    told: dict[str, Any] = {
        "fact": _both(evidence, "explanation"),
        "others": _both(evidence, "others"),
        "window": f"{evidence.get('window_from', '')} — {evidence.get('window_to', '')}",
        "as_of": told_day(signal.as_of),
        "indicator": f"{signal.code} {evidence.get('version', '')}".strip(),
        "rows": len(signal.rows()),
        "rows_hash": evidence.get("rows_hash", ""),
    }
    if signal.required:
        told["answers"] = {
            "zh": f"{signal.required} 个业主答复被告知必须一并购买",
            "en": f"Owners who answered that they were told to buy both: {signal.required}",
        }
    return {name: value for name, value in told.items() if value not in ("", " — ", {"zh": "", "en": ""})}


def _both(evidence: Mapping[str, str], name: str) -> dict[str, str]:
    """Return what the evidence says in each language."""
    return {lang: evidence.get(f"{name}_{lang}", "") for lang in ("zh", "en")}


async def _review(key: int, state: LeadState, words: str, actor: Actor, now: datetime) -> int:
    person, organisation = _acting(actor)
    async with writing():
        found = await signal(key, actor)
        made = await queries.add_lead(found, state, words, person=person, organisation=organisation, now=now)
        if made is None:
            raise Conflict("signal_reviewed")
        return made


async def _scoped(found: LeadRow | None, actor: Actor) -> tuple[LeadRow, SignalRow]:
    signal = await queries.signal(found.signal) if found else None
    if found is None or signal is None or not rules.sees(signal, actor):
        raise NotFound("lead_not_found")
    return found, signal


async def _end(key: int, after: LeadState, words: str | None, actor: Actor, now: datetime) -> None:
    person, organisation = _acting(actor)
    if not await queries.end_lead(key, after, words, person=person, organisation=organisation, now=now):
        raise MoveRefused


def _acting(actor: Actor) -> tuple[int, int]:
    if actor.role is not Role.REGULATOR or actor.person_id is None or actor.organisation_id is None:
        raise Forbidden("wrong_role", role=actor.role.value)
    return actor.person_id, actor.organisation_id


def _widest(actor: Actor) -> str:
    """Return the widest place somebody watches, for what no place names."""
    return min(scope.division for scope in actor.scopes if scope.trade is None)
