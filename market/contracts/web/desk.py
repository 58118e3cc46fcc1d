"""The contracts of an owner and of an agency, and a page for every act on one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from market.accounts.guards import needs
from market.contracts import panels, rules, service
from market.contracts.service import Mine
from market.contracts.states import ContractAction, Fault
from market.kernel import money, rulesets
from market.kernel.errors import NotFound, Refusal
from market.kernel.roles import Role
from market.kernel.typed import Typed
from market.pages import Form
from market.respond import page, read_form, see
from market.visit import Visit

PARTIES: Final = [needs(Role.OWNER, Role.AGENCY)]
PAGE_SIZE: Final = 50
Doing = Callable[[str, Typed, Visit], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """One act as its page offers it: the move it makes, and what it does with what was typed."""

    action: ContractAction
    do: Doing


async def _sign(number: str, typed: Typed, visit: Visit) -> None:
    await service.sign(number, rules.parse_terms(typed), actor=visit.actor, now=visit.now)


async def _excuse(number: str, typed: Typed, visit: Visit) -> None:
    mine = await service.own(number, actor=visit.actor, now=visit.now)
    code, words = rules.parse_excuse(typed, excuses_of(mine))
    await service.excuse(number, code, words, actor=visit.actor, now=visit.now)


async def _lapse(number: str, _typed: Typed, visit: Visit) -> None:
    await service.lapse(number, actor=visit.actor, now=visit.now)


async def _file(number: str, _typed: Typed, visit: Visit) -> None:
    await service.file(number, actor=visit.actor, now=visit.now)


async def _begin(number: str, _typed: Typed, visit: Visit) -> None:
    await service.begin(number, actor=visit.actor, now=visit.now)


async def _change(number: str, typed: Typed, visit: Visit) -> None:
    await service.change(number, rules.parse_change(typed), actor=visit.actor, now=visit.now)


async def _answer_change(number: str, typed: Typed, visit: Visit) -> None:
    agrees = rules.parse_answer(typed)
    asked = typed.one("change")
    place = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    await service.answer_change(number, place, agrees, actor=visit.actor, now=visit.now)


async def _deliver(number: str, typed: Typed, visit: Visit) -> None:
    await service.deliver(number, rules.parse_delivery(typed), actor=visit.actor, now=visit.now)


async def _accept(number: str, _typed: Typed, visit: Visit) -> None:
    await service.accept(number, actor=visit.actor, now=visit.now)


async def _return(number: str, typed: Typed, visit: Visit) -> None:
    await service.send_back(number, rules.parse_words(typed), actor=visit.actor, now=visit.now)


async def _resume(number: str, _typed: Typed, visit: Visit) -> None:
    await service.resume(number, actor=visit.actor, now=visit.now)


async def _close(number: str, typed: Typed, visit: Visit) -> None:
    await service.close(number, rules.parse_payment(typed), actor=visit.actor, now=visit.now)


async def _terminate(number: str, typed: Typed, visit: Visit) -> None:
    await service.terminate(number, rules.parse_termination(typed), actor=visit.actor, now=visit.now)


async def _answer(number: str, typed: Typed, visit: Visit) -> None:
    agrees = rules.parse_answer(typed)
    await service.answer_fault(number, agrees, typed.one("words"), actor=visit.actor, now=visit.now)


A = ContractAction
ACTS: Final[dict[str, Act]] = {
    "sign": Act(A.SIGN, _sign),
    "excuse": Act(A.EXCUSE, _excuse),
    "lapse": Act(A.LAPSE, _lapse),
    "file": Act(A.FILE, _file),
    "begin": Act(A.BEGIN, _begin),
    "deliver": Act(A.DELIVER, _deliver),
    "accept": Act(A.ACCEPT, _accept),
    "return": Act(A.RETURN, _return),
    "resume": Act(A.RESUME, _resume),
    "answer-change": Act(A.CHANGE, _answer_change),
    "change": Act(A.CHANGE, _change),
    "close": Act(A.CLOSE, _close),
    "answer": Act(A.ANSWER, _answer),
    "terminate": Act(A.TERMINATE, _terminate),
}


def open_acts(mine: Mine) -> list[str]:
    """List the acts a party may take now, as its buttons."""
    contract, side, pending = mine.contract, mine.side, mine.pending
    theirs = pending is not None and pending["asked_by"] != side
    shown = {
        "sign": not (side in contract.signed_by and len(contract.signed_by) == 1),
        "excuse": contract.excuse is None and side not in contract.signed_by,
        "lapse": side in contract.signed_by or not contract.signed_by,
        "change": pending is None,
        "answer-change": theirs,
        "answer": contract.ended_by != side and contract.fault_agreed is None,
    }
    return [name for name, act in ACTS.items() if act.action in mine.actions and shown.get(name, True)]


def excuses_of(mine: Mine) -> tuple[str, ...]:
    """List the excuses the ruleset of a contract knows."""
    return tuple(rulesets.get(mine.contract.ruleset).abandonment_excuses)


@get(["/owner/contracts", "/agency/contracts"], guards=PARTIES)
async def contracts(visit: Visit, at: FromQuery[int] = 1) -> Response[str]:
    """List a party's contracts, newest first."""
    if not 1 <= at <= 10_000:
        raise NotFound("page_beyond_end")
    found = await service.owned(visit.actor, limit=PAGE_SIZE + 1, offset=(at - 1) * PAGE_SIZE)
    if at > 1 and not found:
        raise NotFound("page_beyond_end")
    rows = [(each, service.state_at(each, visit.now)) for each in found[:PAGE_SIZE]]
    more = len(found) > PAGE_SIZE
    base = f"/{visit.actor.role}/contracts"
    return page(visit, "contracts/own_list.html", nav=base[1:], rows=rows, at=at, more=more, base=base)


@get(["/owner/contracts/{number:str}", "/agency/contracts/{number:str}"], guards=PARTIES)
async def contract(visit: Visit, number: FromPath[str]) -> Response[str]:
    """Show a party its contract: everything in it, and what it may do now."""
    mine = await service.own(number, actor=visit.actor, now=visit.now)
    base = f"/{visit.actor.role}/contracts"
    added = await panels.panels_of(visit, number)
    return page(
        visit, "contracts/own.html", nav=base[1:], mine=mine, c=mine.contract, acts=open_acts(mine), base=base,
        panels=added,
    )  # fmt: skip


@get(["/owner/contracts/{number:str}/{act:str}", "/agency/contracts/{number:str}/{act:str}"], guards=PARTIES)
async def act_page(visit: Visit, number: FromPath[str], act: FromPath[str]) -> Response[str]:
    """Show what an act means, and ask for what it needs."""
    mine = await _mine(visit, number, act)
    return _form(visit, mine, act, Form.of(_begun(mine, act)))


@post(
    ["/owner/contracts/{number:str}/{act:str}", "/agency/contracts/{number:str}/{act:str}"],
    guards=PARTIES,
    status_code=200,
)
async def do(request: Request[Any, Any, Any], visit: Visit, number: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """Take an act, and lead back to the contract."""
    mine = await _mine(visit, number, act)
    typed = await read_form(request)
    try:
        await ACTS[act].do(number, typed, visit)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _form(visit, mine, act, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/{visit.actor.role}/contracts/{number}")


async def _mine(visit: Visit, number: str, act: str) -> Mine:
    if act not in ACTS:
        raise NotFound
    return await service.own(number, actor=visit.actor, now=visit.now)


def _form(visit: Visit, mine: Mine, act: str, form: Form, status: int = 200) -> Response[str]:
    base = f"/{visit.actor.role}/contracts"
    return page(
        visit,
        "contracts/act.html",
        nav=base[1:],
        status=status,
        form=form,
        act=act,
        action=ACTS[act].action,
        allowed=act in open_acts(mine),
        mine=mine,
        c=mine.contract,
        base=base,
        faults=list(Fault),
        excuses=excuses_of(mine),
    )


def _begun(mine: Mine, act: str) -> dict[str, object]:
    """Return what a form starts with: the terms as they stand, so that nobody signs others by a slip."""
    contract = mine.contract
    if act == "sign":
        terms = contract.terms
        if terms is None:
            return {"amount_fen": money.yuan(contract.award_fen), "pay_days": "30"}
        return {
            "paper_number": terms.paper_number,
            "amount_fen": money.yuan(terms.amount_fen),
            "signed_on": terms.signed_on.isoformat(),
            "agreed_on": terms.agreed_on.isoformat(),
            "pay_days": str(terms.pay_days),
            "paper_hash": terms.paper_hash or "",
        }
    if act == "change" and contract.amount_fen is not None and contract.agreed_on is not None:
        return {"amount_fen": money.yuan(contract.amount_fen), "agreed_on": contract.agreed_on.isoformat()}
    if act == "answer-change" and mine.pending is not None:
        return {"change": str(mine.pending["number"])}
    return {}


ROUTES: tuple[Any, ...] = (contracts, contract, act_page, do)
