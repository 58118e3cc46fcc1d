"""
What every act on a contract shares: the lock, the clock brought up to date, the record.

A party's act first takes whatever the clock had already brought, in the same
transaction: a page is right and an act is judged right even if no worker runs.
The entries are appended last, because the append locks the head of the ledger.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from market.clock import service as clock
from market.contracts import queries, rules
from market.contracts.queries import ContractRow
from market.contracts.rules import Falling
from market.contracts.states import CONTRACT, ContractAction, ContractState, LateKind, Side
from market.db import writing
from market.kernel import rulesets
from market.kernel.calendar import WorkCalendar
from market.kernel.errors import MoveRefused, NotFound
from market.kernel.roles import Actor, Role
from market.kernel.rulesets.schema import Ruleset
from market.kernel.times import rfc3339
from market.ledger import service as ledger
from market.ledger.service import Act
from market.messages import service as messages

# Before the number in the subject of a contract's messages; its entries are about the number itself.
SUBJECT: Final = "contract:"


@dataclass(slots=True)
class Turn:
    """One act on a contract under its lock: the contract as the clock left it, and the entries to be logged."""

    contract: ContractRow
    side: Side
    action: ContractAction
    role: Role
    now: datetime
    acts: list[Act] = field(default_factory=list)

    def log(self, kind: str, document: Mapping[str, Any] | None = None, /, **fields: Any) -> None:
        """Note the entry of this act; what may hold personal data goes into *document*."""
        self.acts.append(entry(self.contract, kind, self.now, document, **fields))

    async def move(self, **columns: Any) -> ContractState:
        """Make the move of this act."""
        return await move(self.contract, self.action, self.role, **columns)

    async def tell(self, kind: str, **params: str | int) -> None:
        """Tell the other party."""
        await tell(self.contract, (self.side.other,), kind, self.now, **params)


def entry(
    contract: ContractRow, kind: str, now: datetime, document: Mapping[str, Any] | None = None, /, **fields: Any
) -> Act:
    """Make the entry for an act on a contract."""
    return Act(kind, now, contract.number, {"contract": contract.number, "notice": contract.notice, **fields}, document)


async def tell(contract: ContractRow, sides: tuple[Side, ...], kind: str, now: datetime, **params: str | int) -> None:
    """Tell one party, or both."""
    named = {"contract": contract.number, "title": contract.title}
    told = [contract.party(side) for side in sides]
    await messages.tell_all(told, kind, at=now, subject=SUBJECT + contract.number, **named, **params)


async def move(contract: ContractRow, action: ContractAction, role: Role, **columns: Any) -> ContractState:
    """Make one move, or refuse; a contract that moved on meanwhile is refused too."""
    after = CONTRACT.decide(contract.state, action, role)
    if not await queries.move(contract.id, contract.state, after, **columns):
        raise MoveRefused(contract=contract.number)
    return after


async def terms_of(ruleset: str) -> tuple[Ruleset, WorkCalendar]:
    """Return the rules a contract follows and the calendar in their unit."""
    found = rulesets.get(ruleset)
    return found, (await clock.calendar()).counting(found.workday_unit)


@asynccontextmanager
async def turn(number: str, action: ContractAction, *, actor: Actor, now: datetime) -> AsyncIterator[Turn]:
    """Open one party's act: locked, its right to it checked, and recorded when the block ends well."""
    async with writing():
        contract = await queries.locked(number)
        side = contract.side_of(actor.organisation_id) if contract else None
        if contract is None or side is None:
            raise NotFound("contract_not_found")
        contract, acts = await catch_up(contract, now)
        CONTRACT.decide(contract.state, action, actor.role)
        opened = Turn(contract, side, action, actor.role, now, acts)
        yield opened
        await look_again(number)
        if opened.acts:
            await ledger.append_many(opened.acts)


async def look_again(number: str) -> None:
    """Let the worker come back at the next moment that follows from the contract as it stands."""
    contract = await again(number)
    ruleset, days = await terms_of(contract.ruleset)
    found = rules.falling(contract.standing, ruleset, days)
    await queries.check_again(contract.id, found[0].at if found else None)


async def catch_up(contract: ContractRow, now: datetime) -> tuple[ContractRow, list[Act]]:
    """Take everything the clock has brought by *now*, the earliest first; return the contract and the entries."""
    acts: list[Act] = []
    ruleset, days = await terms_of(contract.ruleset)
    while True:
        found = rules.falling(contract.standing, ruleset, days)
        if not found or now < found[0].at:
            return contract, acts
        acts += await _take(contract, found[0], now)
        contract = await again(contract.number)


async def _take(contract: ContractRow, falling: Falling, now: datetime) -> list[Act]:
    if falling.late is not None:
        return await _write_late(contract, falling.late, falling.at, now)
    if contract.state is ContractState.DUE:
        return await lapse(contract, Role.SYSTEM, falling.at, now)
    return await _accept_silently(contract, falling.at, now)


async def _write_late(contract: ContractRow, kind: LateKind, due_at: datetime, now: datetime) -> list[Act]:
    fault = rules.fault_of(kind, contract.standing)
    await queries.add_late(contract.id, kind, fault, due_at, now)
    said = {"kind": str(kind), "fault": str(fault)}
    await tell(contract, tuple(Side), f"contract_late_{kind}", now, fault=fault)
    return [entry(contract, "contract.late", now, **said, due_at=rfc3339(due_at))]


async def _accept_silently(contract: ContractRow, ended_at: datetime, now: datetime) -> list[Act]:
    """Let silence accept: it counts from the end of the period, whenever somebody notices."""
    columns = await accepted(contract, ended_at)
    await move(contract, ContractAction.KEEP_SILENT, Role.SYSTEM, **columns)
    await queries.decide_delivery(contract.id, "silence", ended_at)
    await tell(contract, tuple(Side), "contract_accepted_by_silence", now)
    first = contract.returns == 0
    return [entry(contract, "contract.accepted_by_silence", now, first=first, accepted_at=rfc3339(ended_at))]


async def accepted(contract: ContractRow, at: datetime) -> dict[str, Any]:
    """Return what an acceptance of either kind sets."""
    _, days = await terms_of(contract.ruleset)
    pay_by_at = rules.pay_by(at, contract.pay_days or rules.MOST_PAY_DAYS, days)
    return {"accepted_at": at, "pay_by_at": pay_by_at, "awaits_reviews": True}


async def lapse(contract: ContractRow, role: Role, at: datetime, now: datetime) -> list[Act]:
    """End a contract that was never signed, and write down who did not sign."""
    fault = rules.unsigned(contract.signed_by)
    by = Side(role) if role in (Role.OWNER, Role.AGENCY) else None
    await move(contract, ContractAction.LAPSE, role, lapsed_at=at, fault=fault, ended_by=by)
    await end_late(contract, at)
    await tell(contract, tuple(Side), "contract_lapsed", now, fault=fault)
    return [entry(contract, "contract.lapsed", now, fault=str(fault), lapsed_at=rfc3339(at), excuse=contract.excuse)]


async def end_late(contract: ContractRow, at: datetime, kind: LateKind | None = None) -> None:
    """Write down that what was late has come, or can come no more, and how many working days late that is."""
    _, days = await terms_of(contract.ruleset)
    for each in await queries.open_late(contract.id):
        if kind is None or each["kind"] == kind:
            came_at = max(at, each["due_at"])
            late = days.workdays_late(each["due_at"], came_at)
            await queries.end_late(contract.id, each["kind"], came_at, late)


async def again(number: str) -> ContractRow:
    """Read a contract whose lock is held."""
    found = await queries.by_number(number)
    if found is None:
        raise NotFound("contract_not_found")
    return found
