"""
The work and its end: begun, delivered, accepted or returned, paid, or ended early.

What the parties write to each other is kept for them and for supervision; the
log holds its salted hash, and no public page shows it.
"""

from datetime import datetime, timedelta

from market.contracts import queries, rules
from market.contracts.rules import Delivery, Payment, Termination
from market.contracts.service import steps
from market.contracts.service.steps import turn
from market.contracts.states import ContractAction, LateKind
from market.kernel.calendar import end_of
from market.kernel.errors import Conflict, Reasons
from market.kernel.roles import Actor


async def begin(number: str, *, actor: Actor, now: datetime) -> None:
    """Begin the work of a filed contract."""
    async with turn(number, ContractAction.BEGIN, actor=actor, now=now) as act:
        await act.move(begun_at=now)
        await act.tell("contract_begun")
        act.log("contract.begun")


async def deliver(number: str, delivery: Delivery, *, actor: Actor, now: datetime) -> datetime:
    """Deliver, and return the moment at which silence will have accepted."""
    async with turn(number, ContractAction.DELIVER, actor=actor, now=now) as act:
        contract = act.contract
        ruleset, days = await steps.terms_of(contract.ruleset)
        silence_at = days.period_end(now, ruleset.contracts.silence_accepts_workdays)
        first = contract.first_delivered_at or now
        await act.move(delivered_at=now, first_delivered_at=first, silence_at=silence_at)
        place = await queries.add_delivery(contract.id, delivery, now, silence_at)
        await steps.end_late(contract, now, LateKind.DELIVERY)
        await act.tell("contract_delivered", until=silence_at.isoformat())
        act.log("contract.delivered", {"description": delivery.description}, number=place, file=delivery.document_hash)
        return silence_at


async def accept(number: str, *, actor: Actor, now: datetime) -> None:
    """Accept a delivery, before silence has."""
    async with turn(number, ContractAction.ACCEPT, actor=actor, now=now) as act:
        await act.move(**await steps.accepted(act.contract, now))
        await queries.decide_delivery(act.contract.id, "accepted", now)
        await act.tell("contract_accepted")
        act.log("contract.accepted", first=act.contract.returns == 0)


async def send_back(number: str, reasons: str, *, actor: Actor, now: datetime) -> None:
    """Return a delivery with all that is wrong with it."""
    async with turn(number, ContractAction.RETURN, actor=actor, now=now) as act:
        await act.move(returns=act.contract.returns + 1, silence_at=None)
        await queries.decide_delivery(act.contract.id, "returned", now, reasons)
        await act.tell("contract_returned")
        act.log("contract.returned", {"reasons": reasons}, times=act.contract.returns + 1)


async def resume(number: str, *, actor: Actor, now: datetime) -> None:
    """Go on with the work after a return."""
    async with turn(number, ContractAction.RESUME, actor=actor, now=now) as act:
        await act.move()
        await act.tell("contract_resumed")
        act.log("contract.resumed")


async def close(number: str, payment: Payment, *, actor: Actor, now: datetime) -> None:
    """
    Close an accepted contract with what was billed and when it was paid.

    A bill above what was agreed is written down, not refused: it is a fact that counts for the rate of fees.
    """
    async with turn(number, ContractAction.CLOSE, actor=actor, now=now) as act:
        contract = act.contract
        assert contract.accepted_at is not None
        found = Reasons()
        found.extend(rules.bars_payment(payment, contract.accepted_at, now))
        found.raise_if_any()
        await act.move(billed_fen=payment.billed_fen, paid_on=payment.paid_on, closed_at=now)
        # Payment happens outside the market: the day counts, not the moment at which it is told.
        paid_at = end_of(payment.paid_on) - timedelta(microseconds=1)
        await steps.end_late(contract, min(now, paid_at), LateKind.PAYMENT)
        await act.tell("contract_closed", billed_fen=payment.billed_fen)
        act.log("contract.closed", billed_fen=payment.billed_fen, paid_on=payment.paid_on.isoformat())


async def terminate(number: str, asked: Termination, *, actor: Actor, now: datetime) -> None:
    """End a contract early, with the reason and whose doing it is; the other party may say otherwise."""
    async with turn(number, ContractAction.TERMINATE, actor=actor, now=now) as act:
        contract = act.contract
        await act.move(
            terminated_at=now,
            ended_by=act.side,
            fault=asked.fault,
            end_words=asked.words,
            silence_at=None,
            awaits_reviews=True,
        )
        await steps.end_late(contract, now)
        await act.tell("contract_terminated", fault=asked.fault)
        act.log("contract.terminated", {"words": asked.words}, by=str(act.side), fault=str(asked.fault))


async def answer_fault(number: str, agrees: bool, words: str, *, actor: Actor, now: datetime) -> None:
    """Say, once, whether the reason the other party gave for ending the contract is right."""
    async with turn(number, ContractAction.ANSWER, actor=actor, now=now) as act:
        if act.contract.ended_by == act.side:
            raise Conflict("fault_is_yours_to_state", contract=number)
        if not await queries.answer_fault(act.contract.id, agrees, words or None):
            raise Conflict("fault_answered", contract=number)
        await act.tell("contract_fault_answered")
        act.log("contract.fault_answered", {"words": words}, agrees=agrees)
