"""What the parties and the public may read of a contract."""

from dataclasses import dataclass
from datetime import datetime

from asyncpg import Record

from market.contracts import queries, shown
from market.contracts.queries import ContractRow
from market.contracts.shown import ContractQuery
from market.contracts.states import CONTRACT, ContractAction, ContractState, Side
from market.kernel.errors import NotFound
from market.kernel.roles import Actor, Role


@dataclass(frozen=True, slots=True)
class Opened:
    """One contract with its history; for the public without any text of the parties."""

    found: Record
    changes: list[Record]
    deliveries: list[Record]
    late: list[Record]


@dataclass(frozen=True, slots=True)
class Mine:
    """A party's own contract: everything in it, and what this party may do now."""

    contract: ContractRow
    side: Side
    state: ContractState
    actions: tuple[ContractAction, ...]
    pending: Record | None
    changes: list[Record]
    deliveries: list[Record]
    late: list[Record]


async def listed(query: ContractQuery, *, now: datetime, limit: int, offset: int = 0) -> tuple[list[Record], int]:
    """Return one page of the public list, and how many there are in all."""
    return await shown.listed(query, now, limit, offset), await shown.count(query, now)


async def contract(number: str, *, now: datetime) -> Opened:
    """Return what anybody may know of a contract."""
    found = await shown.one(number, now)
    if found is None:
        raise NotFound("contract_not_found")
    key = found["id"]
    return Opened(found, await shown.changes(key), await shown.deliveries(key), await shown.late_facts(key))


async def own(number: str, *, actor: Actor, now: datetime) -> Mine:
    """Return a party's own contract; another's does not exist."""
    found = await queries.by_number(number)
    side = found.side_of(actor.organisation_id) if found else None
    if found is None or side is None:
        raise NotFound("contract_not_found")
    state = state_at(found, now)
    pending = await queries.pending_change(found.id)
    return Mine(
        found,
        side,
        state,
        CONTRACT.open_to(state, actor.role),
        pending,
        await shown.changes(found.id),
        await shown.deliveries(found.id),
        await shown.late_facts(found.id),
    )


async def owned(actor: Actor, *, limit: int, offset: int = 0) -> list[ContractRow]:
    """List the contracts of the organisation somebody acts for, newest first."""
    read = queries.of_owner if actor.role is Role.OWNER else queries.of_agency
    return await read(actor.organisation_id or 0, limit, offset)


def state_at(contract: ContractRow, now: datetime) -> ContractState:
    """Return where a contract stands at a moment, whether or not a worker has noticed."""
    silent = contract.silence_at is not None and now >= contract.silence_at
    if contract.state is ContractState.DELIVERED and silent:
        return ContractState.ACCEPTED_BY_SILENCE
    return contract.state
