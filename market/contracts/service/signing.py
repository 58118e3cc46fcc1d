"""
Signing, excuses, lapses, filing and changes: what the two parties agree.

Both sign the same terms. Who states other terms than the other party has
signed begins anew, and the other is told; nobody can be bound by what it did
not see.
"""

from datetime import datetime

from market.contracts import queries, rules
from market.contracts.rules import Change, Terms
from market.contracts.service import steps
from market.contracts.service.steps import Turn, turn
from market.contracts.states import ContractAction, LateKind, Side
from market.kernel import rulesets
from market.kernel.errors import Conflict, Invalid, Reasons
from market.kernel.roles import Actor


async def sign(number: str, terms: Terms, *, actor: Actor, now: datetime) -> bool:
    """Sign the terms; true when both have signed the same ones and the contract is signed."""
    async with turn(number, ContractAction.SIGN, actor=actor, now=now) as act:
        contract = act.contract
        _, days = await steps.terms_of(contract.ruleset)
        found = Reasons()
        found.extend(
            rules.bars_terms(
                terms,
                award_fen=contract.award_fen,
                due_at=contract.due_at,
                limit_days=contract.limit_days,
                days=days,
                now=now,
            )
        )
        found.raise_if_any()
        same = contract.terms == terms
        if same and act.side in contract.signed_by:
            raise Conflict("signed_already", contract=number)
        await queries.state_terms(contract.id, terms, act.side, now, same)
        act.log("contract.signature", by=str(act.side), amount_fen=terms.amount_fen, paper=terms.paper_hash)
        if not same or act.side.other not in contract.signed_by:
            await act.tell("contract_sign_now" if not contract.signed_by else "contract_terms_restated")
            return False
        await _signed(act, terms)
        return True


async def _signed(act: Turn, terms: Terms) -> None:
    ruleset, days = await steps.terms_of(act.contract.ruleset)
    file_by_at = days.period_end(act.now, ruleset.contracts.filing_workdays)
    await act.move(signed_at=act.now, file_by_at=file_by_at)
    await steps.end_late(act.contract, act.now, LateKind.SIGNING)
    await steps.tell(act.contract, tuple(Side), "contract_signed", act.now)
    act.log(
        "contract.signed",
        amount_fen=terms.amount_fen,
        signed_on=terms.signed_on.isoformat(),
        agreed_on=terms.agreed_on.isoformat(),
        pay_days=terms.pay_days,
    )


async def excuse(number: str, code: str, words: str, *, actor: Actor, now: datetime) -> None:
    """Give one of the ruleset's excuses for not signing, once; whether it holds is decided elsewhere."""
    async with turn(number, ContractAction.EXCUSE, actor=actor, now=now) as act:
        if code not in rulesets.get(act.contract.ruleset).abandonment_excuses:
            raise Invalid(field="excuse", code="not_a_choice")
        if not await queries.set_excuse(act.contract.id, code, words):
            raise Conflict("excused_already", contract=number)
        await act.tell("contract_excused")
        act.log("contract.excused", {"words": words}, excuse=code)


async def lapse(number: str, *, actor: Actor, now: datetime) -> None:
    """Call a contract unsigned after its time; only who has signed may, or either if nobody has."""
    async with turn(number, ContractAction.LAPSE, actor=actor, now=now) as act:
        contract = act.contract
        found = Reasons()
        found.extend(rules.bars_lapse(contract.signed_by, act.side, contract.sign_by_at, now))
        found.raise_if_any(kind=Conflict)
        act.acts += await steps.lapse(contract, actor.role, now, now)


async def file(number: str, *, actor: Actor, now: datetime) -> None:
    """
    File a signed contract.

    Basis: 政府采购法 art. 47, by analogy.
    """
    async with turn(number, ContractAction.FILE, actor=actor, now=now) as act:
        await act.move(filed_at=now)
        await steps.end_late(act.contract, now, LateKind.FILING)
        await act.tell("contract_filed")
        act.log("contract.filed")


async def change(number: str, asked: Change, *, actor: Actor, now: datetime) -> int:
    """Ask the other party for a change of amount or date, and return its number; one may wait at a time."""
    async with turn(number, ContractAction.CHANGE, actor=actor, now=now) as act:
        contract = act.contract
        assert contract.signed_on is not None
        assert contract.amount_fen is not None
        assert contract.agreed_on is not None
        found = Reasons()
        terms = (contract.amount_fen, contract.agreed_on)
        found.extend(
            rules.bars_change(asked, award_fen=contract.award_fen, signed_on=contract.signed_on, now_terms=terms)
        )
        found.raise_if_any()
        added = await queries.add_change(contract.id, asked, act.side, now)
        if added is None:
            raise Conflict("change_pending", contract=number)
        await act.tell("contract_change_asked")
        act.log("contract.change_asked", {"reason": asked.reason}, **_told(added, asked), by=str(act.side))
        return added


async def answer_change(number: str, change_number: int, agrees: bool, *, actor: Actor, now: datetime) -> None:
    """Agree to the change the other party asked for, or refuse it; an agreed one counts at once."""
    async with turn(number, ContractAction.CHANGE, actor=actor, now=now) as act:
        pending = await queries.pending_change(act.contract.id)
        if pending is None or pending["number"] != change_number:
            raise Conflict("change_not_pending", contract=number)
        if pending["asked_by"] == act.side:
            raise Conflict("change_is_yours", contract=number)
        await queries.answer_change(act.contract.id, change_number, agrees, now)
        if agrees:
            await queries.apply_change(act.contract.id, pending["amount_fen"], pending["agreed_on"])
        await act.tell("contract_change_agreed" if agrees else "contract_change_refused")
        asked = Change(pending["amount_fen"], pending["agreed_on"], pending["reason"])
        act.log("contract.change_answered", **_told(change_number, asked), agreed=agrees)


def _told(number: int, asked: Change) -> dict[str, str | int]:
    return {"number": number, "amount_fen": asked.amount_fen, "agreed_on": asked.agreed_on.isoformat()}
