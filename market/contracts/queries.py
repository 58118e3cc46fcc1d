"""
What the acts of contracts read and write, one row at a time.

``locked`` takes the contract's row for the transaction; every write comes
after it, so that two acts on one contract stand in line.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from asyncpg import Record

from market.contracts.rules import Change, Delivery, Standing, Terms
from market.contracts.states import ContractState, Fault, LateKind, Side
from market.db import execute, fetch, row, value


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract with its notice and its parties."""

    id: int
    number: str
    notice: str
    title: str
    division: str
    trade: str
    item: str
    limit_days: int
    ruleset: str
    owner: int
    owner_name: str
    owner_uscc: str
    agency: int
    agency_name: str
    agency_uscc: str
    award_fen: int
    guide_most_fen: int
    state: ContractState
    due_at: datetime
    sign_by_at: datetime
    paper_number: str | None
    paper_hash: str | None
    amount_fen: int | None
    signed_on: date | None
    agreed_on: date | None
    pay_days: int | None
    owner_signed_at: datetime | None
    agency_signed_at: datetime | None
    signed_at: datetime | None
    file_by_at: datetime | None
    filed_at: datetime | None
    begun_at: datetime | None
    first_delivered_at: datetime | None
    delivered_at: datetime | None
    silence_at: datetime | None
    returns: int
    accepted_at: datetime | None
    pay_by_at: datetime | None
    billed_fen: int | None
    paid_on: date | None
    closed_at: datetime | None
    lapsed_at: datetime | None
    terminated_at: datetime | None
    ended_by: str | None
    fault: str | None
    end_words: str | None
    fault_agreed: bool | None
    fault_answer: str | None
    excuse: str | None
    excuse_words: str | None
    awaits_reviews: bool
    late: frozenset[LateKind]

    @property
    def signed_by(self) -> frozenset[Side]:
        """Return who has signed the terms as they stand."""
        moments = {Side.OWNER: self.owner_signed_at, Side.AGENCY: self.agency_signed_at}
        return frozenset(side for side, at in moments.items() if at is not None)

    @property
    def terms(self) -> Terms | None:
        """Return the terms as they stand, if anybody has stated any."""
        stated = (self.paper_number, self.amount_fen, self.signed_on, self.agreed_on, self.pay_days)
        if None in stated:
            return None
        number, amount, signed_on, agreed_on, pay_days = stated
        assert isinstance(number, str)
        assert isinstance(amount, int)
        assert isinstance(signed_on, date)
        assert isinstance(agreed_on, date)
        assert isinstance(pay_days, int)
        return Terms(number, amount, signed_on, agreed_on, pay_days, self.paper_hash)

    @property
    def standing(self) -> Standing:
        """Return what its deadlines follow from."""
        return Standing(
            self.state,
            self.due_at,
            self.sign_by_at,
            self.signed_by,
            self.file_by_at,
            self.agreed_on,
            self.first_delivered_at,
            self.silence_at,
            self.pay_by_at,
            self.late,
        )

    def party(self, side: Side) -> int:
        """Return the organisation of one side."""
        return self.owner if side is Side.OWNER else self.agency

    def side_of(self, organisation: int | None) -> Side | None:
        """Tell which side an organisation is."""
        return next((side for side in Side if self.party(side) == organisation), None)


_OF_PARTIES: Final = (
    "id", "number", "ruleset", "award_fen", "guide_most_fen", "state", "due_at", "sign_by_at", "paper_number",
    "paper_hash", "amount_fen", "signed_on", "agreed_on", "pay_days", "owner_signed_at", "agency_signed_at",
    "signed_at", "file_by_at", "filed_at", "begun_at", "first_delivered_at", "delivered_at", "silence_at", "returns",
    "accepted_at", "pay_by_at", "billed_fen", "paid_on", "closed_at", "lapsed_at", "terminated_at",
    "ended_by", "fault", "end_words",
    "fault_agreed", "fault_answer", "excuse", "excuse_words", "awaits_reviews",
)  # fmt: skip
_CONTRACT: Final = f"""
select {", ".join(f"c.{name}" for name in _OF_PARTIES)}, n.code as notice, n.title, n.division, n.trade,
  i.name as item, n.time_limit_days as limit_days, c.owner, o.name as owner_name, o.uscc as owner_uscc,
  a.organisation as agency, a.name as agency_name, a.uscc as agency_uscc,
  array(select l.kind from late_fact l where l.contract = c.id) as late
from contract c join notice n on n.id = c.notice join item i on i.id = n.item join organisation o on o.id = c.owner
  join agency a on a.id = c.agency
"""
_INSERT: Final = """
insert into contract (number, award, notice, owner, agency, ruleset, award_fen, guide_most_fen, state, due_at,
  sign_by_at, returns, next_check_at, awaits_reviews)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'due', $9, $10, 0, $10, false)
on conflict (award) do nothing returning id
"""


async def awards_without_contract(since: datetime | None, limit: int) -> list[int]:
    """Return the confirmed awards that have no contract yet, confirmed no earlier than *since*, oldest first."""
    rows = await fetch(
        "select w.id from award w where w.state = 'confirmed' and ($1::timestamptz is null or w.confirmed_at >= $1)"
        " and not exists (select from contract c where c.award = w.id) order by w.confirmed_at, w.id limit $2",
        since,
        limit,
    )
    return [each["id"] for each in rows]


async def award(award_id: int) -> Record | None:
    """Lock a confirmed award and return what a contract takes from it."""
    return await row(
        "select w.id, w.notice, n.code, n.title, n.owner, n.ruleset, w.agency, a.organisation, w.amount_fen,"
        " w.confirmed_at, g.fee_max_fen from award w join notice n on n.id = w.notice"
        " join registration r on r.id = w.registration join guide g on g.id = r.guide join agency a on a.id = w.agency"
        " where w.id = $1 and w.state = 'confirmed' for update of w",
        award_id,
    )


async def add(number: str, found: Record, sign_by_at: datetime) -> int | None:
    """Add the contract of an award; nothing if it has one."""
    added: int | None = await value(
        _INSERT,
        number,
        found["id"],
        found["notice"],
        found["owner"],
        found["agency"],
        found["ruleset"],
        found["amount_fen"],
        found["fee_max_fen"],
        found["confirmed_at"],
        sign_by_at,
    )
    return added


async def locked(number: str) -> ContractRow | None:
    """Lock a contract, first of all locks, and return it."""
    await execute("select from contract where number = $1 for update", number)
    return await by_number(number)


async def by_number(number: str) -> ContractRow | None:
    """Return one contract."""
    found = await row(_CONTRACT + " where c.number = $1", number)
    return contract_of(found) if found else None


async def of_owner(organisation: int, limit: int, offset: int) -> list[ContractRow]:
    """List an owner's contracts, newest first."""
    rows = await fetch(
        _CONTRACT + " where c.owner = $1 order by c.id desc limit $2 offset $3", organisation, limit, offset
    )
    return [contract_of(each) for each in rows]


async def of_agency(organisation: int, limit: int, offset: int) -> list[ContractRow]:
    """List an agency's contracts, newest first."""
    sql = _CONTRACT + " where a.organisation = $1 order by c.id desc limit $2 offset $3"
    return [contract_of(each) for each in await fetch(sql, organisation, limit, offset)]


async def due(now: datetime) -> str | None:
    """Return the contract that waits longest for the clock and that nobody is advancing."""
    found: str | None = await value(
        "select number from contract where next_check_at <= $1 order by next_check_at, id limit 1"
        " for update skip locked",
        now,
    )
    return found


async def still_due(number: str, now: datetime) -> bool:
    """Lock a due contract unless another worker holds it or has advanced it meanwhile."""
    sql = "select id from contract where number = $1 and next_check_at <= $2 for update skip locked"
    return await value(sql, number, now) is not None


async def check_again(contract_id: int, at: datetime | None) -> None:
    """Let the worker look at a contract again at *at*, or never."""
    await execute("update contract set next_check_at = $2 where id = $1", contract_id, at)


async def move(contract_id: int, before: ContractState, after: ContractState, **columns: Any) -> bool:
    """Move a contract that still stands in *before*, and set columns; false if it has moved on."""
    names = [f'"{name}" = ${place}' for place, name in enumerate(columns, 4)]
    sql = f"update contract set {', '.join(['state = $3', *names])} where id = $1 and state = $2"
    return await execute(sql, contract_id, before, after, *columns.values()) == "UPDATE 1"


async def state_terms(contract_id: int, terms: Terms, side: Side, now: datetime, keeps_other: bool) -> None:
    """Write the terms and one signature; the other party's stays only if the terms are the same."""
    mine, other = f"{side}_signed_at", f"{side.other}_signed_at"
    await execute(
        f"update contract set paper_number = $2, amount_fen = $3, signed_on = $4, agreed_on = $5, pay_days = $6,"
        f" paper_hash = $7, {mine} = $8, {other} = case when $9 then {other} end where id = $1 and state = 'due'",
        contract_id,
        terms.paper_number,
        terms.amount_fen,
        terms.signed_on,
        terms.agreed_on,
        terms.pay_days,
        terms.paper_hash,
        now,
        keeps_other,
    )


async def set_excuse(contract_id: int, excuse: str, words: str) -> bool:
    """Write down why an agency does not sign, once."""
    sql = "update contract set excuse = $2, excuse_words = $3 where id = $1 and excuse is null"
    return await execute(sql, contract_id, excuse, words) == "UPDATE 1"


async def answer_fault(contract_id: int, agrees: bool, words: str | None) -> bool:
    """Write down what the other party says to the reason of a termination, once."""
    sql = "update contract set fault_agreed = $2, fault_answer = $3 where id = $1 and fault_agreed is null"
    return await execute(sql, contract_id, agrees, words) == "UPDATE 1"


async def add_delivery(contract_id: int, delivery: Delivery, now: datetime, silence_at: datetime) -> int:
    """Add a delivery and return its number."""
    number: int = await value(
        "insert into contract_delivery (contract, number, description, document_hash, delivered_at, silence_at)"
        " select $1, count(*) + 1, $2, $3, $4, $5 from contract_delivery where contract = $1 returning number",
        contract_id,
        delivery.description,
        delivery.document_hash,
        now,
        silence_at,
    )
    return number


async def decide_delivery(contract_id: int, outcome: str, at: datetime, reasons: str | None = None) -> None:
    """Write down what became of the delivery that waits."""
    await execute(
        "update contract_delivery set outcome = $2, decided_at = $3, reasons = $4"
        " where contract = $1 and outcome is null",
        contract_id,
        outcome,
        at,
        reasons,
    )


async def add_change(contract_id: int, change: Change, side: Side, now: datetime) -> int | None:
    """Add a change that waits for the other party; nothing if another one waits."""
    found: int | None = await value(
        "insert into contract_change (contract, number, amount_fen, agreed_on, reason, asked_by, asked_at)"
        " select $1, count(*) + 1, $2, $3, $4, $5, $6 from contract_change where contract = $1"
        " on conflict (contract) where agreed is null do nothing returning number",
        contract_id,
        change.amount_fen,
        change.agreed_on,
        change.reason,
        side,
        now,
    )
    return found


async def pending_change(contract_id: int) -> Record | None:
    """Return the change that waits for an answer."""
    return await row(
        "select number, amount_fen, agreed_on, reason, asked_by, asked_at from contract_change"
        " where contract = $1 and agreed is null",
        contract_id,
    )


async def answer_change(contract_id: int, number: int, agreed: bool, now: datetime) -> None:
    """Write down the answer to a change."""
    await execute(
        "update contract_change set agreed = $3, answered_at = $4"
        " where contract = $1 and number = $2 and agreed is null",
        contract_id,
        number,
        agreed,
        now,
    )


async def apply_change(contract_id: int, amount_fen: int, agreed_on: date) -> None:
    """Let an agreed change count."""
    sql = "update contract set amount_fen = $2, agreed_on = $3 where id = $1"
    await execute(sql, contract_id, amount_fen, agreed_on)


async def add_late(contract_id: int, kind: LateKind, fault: Fault, due_at: datetime, now: datetime) -> bool:
    """Write down what came late, once."""
    done = await execute(
        "insert into late_fact (contract, kind, fault, due_at, recorded_at) values ($1, $2, $3, $4, $5)"
        " on conflict (contract, kind) do nothing",
        contract_id,
        kind,
        fault,
        due_at,
        now,
    )
    return done == "INSERT 0 1"


async def open_late(contract_id: int) -> list[Record]:
    """List what is late and has not come yet."""
    return await fetch("select kind, due_at from late_fact where contract = $1 and ended_at is null", contract_id)


async def end_late(contract_id: int, kind: str, at: datetime, workdays_late: int) -> None:
    """Write down when it came after all, and how late."""
    await execute(
        "update late_fact set ended_at = $3, workdays_late = $4 where contract = $1 and kind = $2 and ended_at is null",
        contract_id,
        kind,
        at,
        workdays_late,
    )


async def awaiting_reviews(limit: int) -> list[str]:
    """List contracts whose work has ended and whose reviews are not open yet."""
    rows = await fetch("select number from contract where awaits_reviews order by id limit $1", limit)
    return [each["number"] for each in rows]


async def reviews_opened(contract_id: int) -> None:
    """Write down that the reviews of a contract are open."""
    await execute("update contract set awaits_reviews = false where id = $1 and awaits_reviews", contract_id)


def contract_of(found: Record) -> ContractRow:
    """Return a row as the acts see it."""
    values: dict[str, Any] = dict(found)
    late = frozenset(LateKind(kind) for kind in values["late"])
    return ContractRow(**{**values, "state": ContractState(values["state"]), "late": late})
