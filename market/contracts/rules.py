"""
What the parties of a contract may agree and do, and what falls due when: pure functions over one contract.

A deadline is a moment and is not included: one second before it an act is in
time, at it it is late. Whose doing a lateness is follows from who had not yet
done a part, never from what one party says of the other.

Basis: DESIGN §4, §12; 招标投标法 art. 46 (the contract follows the award; no other agreement beside it).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from market.contracts.states import ContractState, Fault, LateKind, Side
from market.kernel.calendar import WorkCalendar, day_of, end_of
from market.kernel.errors import Reason, Reasons
from market.kernel.rulesets.schema import Ruleset
from market.kernel.times import local
from market.kernel.typed import Reading, Typed

MOST_PAY_DAYS: Final = 60
MOST_WORDS: Final = 2000
_HASH: Final = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What both parties sign: exactly these, or nothing."""

    paper_number: str
    amount_fen: int
    signed_on: date
    agreed_on: date
    pay_days: int
    paper_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an agency hands over; the hash is that of the file, if it wants it fixed."""

    description: str
    document_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """The amount and the date as they shall be, and why."""

    amount_fen: int
    agreed_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Payment:
    """What was billed in all, and the day it was paid."""

    billed_fen: int
    paid_on: date


@dataclass(frozen=True, slots=True)
class Termination:
    """Why a contract ends early, and whose doing that is in the words of who ends it."""

    words: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract as far as its deadlines ask."""

    state: ContractState
    due_at: datetime
    sign_by_at: datetime
    signed_by: frozenset[Side]
    file_by_at: datetime | None
    agreed_on: date | None
    first_delivered_at: datetime | None
    silence_at: datetime | None
    pay_by_at: datetime | None
    late: frozenset[LateKind]


@dataclass(frozen=True, slots=True)
class Falling:
    """What falls due at a moment: a lateness to write down, or a move of the clock."""

    at: datetime
    late: LateKind | None = None


def unsigned(signed_by: Collection[Side]) -> Fault:
    """Tell who has not signed."""
    missing = [side for side in Side if side not in signed_by]
    return Fault.BOTH if len(missing) == 2 else Fault(missing[0])


def lapse_at(sign_by_at: datetime, rules: Ruleset, days: WorkCalendar) -> datetime:
    """Return when an unsigned contract lapses by itself: so many working days late that it becomes an entry."""
    return days.period_end(sign_by_at, rules.contracts.lateness_entry_over_workdays)


def pay_by(accepted_at: datetime, pay_days: int, days: WorkCalendar) -> datetime:
    """
    Return when payment is due; a last day that is not worked moves to the next one that is.

    Basis: 民法典 art. 203; 保障中小企业款项支付条例 (30 days, at most 60 as agreed).
    """
    last = day_of(accepted_at) + timedelta(days=pay_days)
    return end_of(last if days.is_workday(last) else days.add_workdays(last, 1))


def falling(standing: Standing, rules: Ruleset, days: WorkCalendar) -> tuple[Falling, ...]:
    """List what will fall due if nobody does anything, the earliest first."""
    found: list[Falling] = []
    state, late = standing.state, standing.late
    if state is ContractState.DUE:
        if LateKind.SIGNING not in late:
            found.append(Falling(standing.sign_by_at, LateKind.SIGNING))
        found.append(Falling(lapse_at(standing.sign_by_at, rules, days)))
    if state is ContractState.SIGNED and standing.file_by_at is not None and LateKind.FILING not in late:
        found.append(Falling(standing.file_by_at, LateKind.FILING))
    waiting = state in (ContractState.SIGNED, ContractState.FILED, ContractState.PERFORMING)
    undelivered = standing.agreed_on is not None and standing.first_delivered_at is None
    if waiting and undelivered and standing.agreed_on is not None and LateKind.DELIVERY not in late:
        found.append(Falling(end_of(standing.agreed_on), LateKind.DELIVERY))
    if state is ContractState.DELIVERED and standing.silence_at is not None:
        found.append(Falling(standing.silence_at))
    accepted = state in (ContractState.ACCEPTED, ContractState.ACCEPTED_BY_SILENCE)
    if accepted and standing.pay_by_at is not None and LateKind.PAYMENT not in late:
        found.append(Falling(standing.pay_by_at, LateKind.PAYMENT))
    return tuple(sorted(found, key=lambda each: each.at))


def fault_of(kind: LateKind, standing: Standing) -> Fault:
    """
    Tell whose doing a lateness is: work cannot begin before the owner has filed, so until then it is the owner's.

    Basis: 政府采购法 art. 47, by analogy (the owner files).
    """
    if kind is LateKind.SIGNING:
        return unsigned(standing.signed_by)
    if kind is LateKind.DELIVERY:
        return Fault.OWNER if standing.state is ContractState.SIGNED else Fault.AGENCY
    return Fault.OWNER


def bars_terms(
    terms: Terms, *, award_fen: int, due_at: datetime, limit_days: int, days: WorkCalendar, now: datetime
) -> tuple[Reason, ...]:
    """
    Return everything that keeps terms from following the award.

    Basis: 招标投标法 art. 46; the notice's amount and time limit bind both.
    """
    found = Reasons()
    if terms.amount_fen > award_fen:
        found.add("contract_above_award", "amount_fen", most=award_fen)
    if terms.signed_on < day_of(due_at):
        found.add("signed_before_award", "signed_on")
    if terms.signed_on > local(now).date():
        found.add("date_in_future", "signed_on")
    if terms.agreed_on < terms.signed_on:
        found.add("agreed_before_signing", "agreed_on")
    elif terms.agreed_on > days.add_workdays(terms.signed_on, limit_days):
        found.add("agreed_after_limit", "agreed_on", days=limit_days)
    if not 1 <= terms.pay_days <= MOST_PAY_DAYS:
        found.add("pay_days_out_of_range", "pay_days", most=MOST_PAY_DAYS)
    return tuple(found)


def bars_change(change: Change, *, award_fen: int, signed_on: date, now_terms: tuple[int, date]) -> tuple[Reason, ...]:
    """Return everything that keeps a change from being asked for."""
    found = Reasons()
    if change.amount_fen > award_fen:
        found.add("contract_above_award", "amount_fen", most=award_fen)
    if change.agreed_on < signed_on:
        found.add("agreed_before_signing", "agreed_on")
    if (change.amount_fen, change.agreed_on) == now_terms:
        found.add("nothing_changed")
    return tuple(found)


def bars_payment(payment: Payment, accepted_at: datetime, now: datetime) -> tuple[Reason, ...]:
    """Return what is wrong with a payment; billing more than agreed is a fact to be written down, not refused."""
    found = Reasons()
    if payment.paid_on > local(now).date():
        found.add("date_in_future", "paid_on")
    if payment.paid_on < day_of(accepted_at) - timedelta(days=730):
        found.add("date_in_past", "paid_on")
    return tuple(found)


def bars_lapse(signed_by: Collection[Side], by: Side, sign_by_at: datetime, now: datetime) -> tuple[Reason, ...]:
    """Return why a party may not yet call a contract unsigned: too early, or it is that party who has not signed."""
    found = Reasons()
    if now < sign_by_at:
        found.add("signing_not_over")
    if by not in signed_by and by.other in signed_by:
        found.add("lapse_not_yours")
    return tuple(found)


def parse_terms(typed: Typed) -> Terms:
    """Read the terms a party signs."""
    read = Reading(typed)
    terms = Terms(
        paper_number=read.text("paper_number", most=60),
        amount_fen=read.fen("amount_fen"),
        signed_on=read.day("signed_on"),
        agreed_on=read.day("agreed_on"),
        pay_days=read.whole("pay_days", least=1, most=MOST_PAY_DAYS),
        paper_hash=_hash(read, "paper_hash"),
    )
    read.finish()
    return terms


def parse_delivery(typed: Typed) -> Delivery:
    """Read what is delivered."""
    read = Reading(typed)
    delivery = Delivery(read.text("description", most=MOST_WORDS), _hash(read, "document_hash"))
    read.finish()
    return delivery


def parse_change(typed: Typed) -> Change:
    """Read a change."""
    read = Reading(typed)
    change = Change(read.fen("amount_fen"), read.day("agreed_on"), read.text("reason", most=MOST_WORDS))
    read.finish()
    return change


def parse_payment(typed: Typed) -> Payment:
    """Read a payment."""
    read = Reading(typed)
    payment = Payment(read.fen("billed_fen"), read.day("paid_on"))
    read.finish()
    return payment


def parse_termination(typed: Typed) -> Termination:
    """Read why a contract ends."""
    read = Reading(typed)
    words, fault = read.text("words", most=MOST_WORDS), read.one_of("fault", tuple(Fault))
    read.finish()
    return Termination(words, Fault(fault))


def parse_words(typed: Typed, name: str = "words") -> str:
    """Read a reason."""
    read = Reading(typed)
    words = read.text(name, most=MOST_WORDS)
    read.finish()
    return words


def parse_excuse(typed: Typed, excuses: Collection[str]) -> tuple[str, str]:
    """Read why an agency does not sign."""
    read = Reading(typed)
    found = read.one_of("excuse", tuple(excuses)), read.text("words", most=MOST_WORDS)
    read.finish()
    return found


def parse_answer(typed: Typed, name: str = "agrees") -> bool:
    """Read yes or no."""
    read = Reading(typed)
    said = read.one_of(name, ("yes", "no"))
    read.finish()
    return said == "yes"


def _hash(read: Reading, name: str) -> str | None:
    found = read.text(name, most=64, optional=True).lower()
    if found and not _HASH.fullmatch(found):
        read.reasons.add("bad_fingerprint", name)
    return found or None
