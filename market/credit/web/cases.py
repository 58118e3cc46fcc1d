"""
The cases of a regulator and of an agency, and a page for every act on one; an auditor reads them all.

An agency reads the facts of a notice once a member of it has opened the
notice: that act is the service, so no page that is merely looked at serves.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from market.accounts.guards import needs
from market.credit import case_forms as forms
from market.credit import case_path
from market.credit.case_facts import english
from market.credit.queries.cases import CaseRow
from market.credit.service import cases as service
from market.credit.service.cases import Shown
from market.credit.states import Breach, CaseAction, CaseState, EntryKind, MeasureKind
from market.kernel import rulesets
from market.kernel.errors import NotFound, Reason, Refusal
from market.kernel.roles import Actor, Role
from market.kernel.terms import Language
from market.kernel.typed import Typed
from market.pages import Form
from market.pages import told as in_words
from market.respond import page, read_form, see
from market.visit import Visit

SIDES: Final = [needs(Role.REGULATOR, Role.AGENCY)]
READERS: Final = [needs(Role.REGULATOR, Role.AGENCY, Role.AUDITOR)]
PAGE_SIZE: Final = 50
Doing = Callable[[str, Typed, Visit], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Act:
    """One act as its page offers it: the move it makes, and what it does with what was typed."""

    action: CaseAction
    do: Doing


async def _post(number: str, typed: Typed, visit: Visit) -> None:
    await service.post(number, forms.parse_words(typed), actor=visit.actor, now=visit.now)


async def _bounce(number: str, _typed: Typed, visit: Visit) -> None:
    await service.bounce(number, actor=visit.actor, now=visit.now)


async def _acknowledge(number: str, _typed: Typed, visit: Visit) -> None:
    await service.acknowledge(number, actor=visit.actor, now=visit.now)


async def _state(number: str, typed: Typed, visit: Visit) -> None:
    words, document = forms.parse_statement(typed)
    await service.state(number, words, document, actor=visit.actor, now=visit.now)


async def _ask_hearing(number: str, typed: Typed, visit: Visit) -> None:
    await service.ask_hearing(number, forms.parse_words(typed), actor=visit.actor, now=visit.now)


async def _hold_hearing(number: str, typed: Typed, visit: Visit) -> None:
    held_at, words = forms.parse_hearing(typed)
    await service.hold_hearing(number, held_at, words, actor=visit.actor, now=visit.now)


async def _draft(number: str, typed: Typed, visit: Visit) -> None:
    shown = await service.case(number, actor=visit.actor, now=visit.now)
    written = forms.parse_draft(typed, shown.case.item)
    await service.draft(number, written, actor=visit.actor, now=visit.now)


async def _sign(number: str, typed: Typed, visit: Visit) -> None:
    await service.sign(number, actor=visit.actor, now=visit.now, seen=typed.one("drafted"))


async def _dismiss(number: str, typed: Typed, visit: Visit) -> None:
    await service.dismiss(number, forms.parse_words(typed), actor=visit.actor, now=visit.now)


async def _appeal(number: str, typed: Typed, visit: Visit) -> None:
    await service.file_appeal(number, forms.parse_words(typed), actor=visit.actor, now=visit.now)


async def _answer_appeal(number: str, typed: Typed, visit: Visit) -> None:
    upheld, answer = forms.parse_answer(typed)
    await service.decide_appeal(number, upheld=upheld, answer=answer, actor=visit.actor, now=visit.now)


async def _ask_repair(number: str, typed: Typed, visit: Visit) -> None:
    await service.ask_repair(number, forms.parse_words(typed), actor=visit.actor, now=visit.now)


async def _answer_repair(number: str, typed: Typed, visit: Visit) -> None:
    granted, answer = forms.parse_answer(typed)
    await service.decide_repair(number, granted=granted, answer=answer, actor=visit.actor, now=visit.now)


A = CaseAction
ACTS: Final[dict[str, Act]] = {
    "acknowledge": Act(A.ACKNOWLEDGE, _acknowledge),
    "state": Act(A.STATE, _state),
    "ask-hearing": Act(A.ASK_HEARING, _ask_hearing),
    "appeal": Act(A.APPEAL, _appeal),
    "ask-repair": Act(A.ASK_REPAIR, _ask_repair),
    "post": Act(A.POST, _post),
    "bounce": Act(A.BOUNCE, _bounce),
    "hold-hearing": Act(A.HOLD_HEARING, _hold_hearing),
    "draft": Act(A.DRAFT, _draft),
    "sign": Act(A.SIGN, _sign),
    "answer-appeal": Act(A.REVERSE, _answer_appeal),
    "answer-repair": Act(A.REPAIR, _answer_repair),
    "dismiss": Act(A.DISMISS, _dismiss),
}


def unread(case: CaseRow, actor: Actor) -> bool:
    """Tell whether somebody may not read a case yet: its agency, until it has opened the notice or was served."""
    return actor.role is Role.AGENCY and case.state is CaseState.NOTICED and case.served_at is None


def open_acts(shown: Shown, now: datetime) -> list[str]:
    """List the acts somebody may take now, as buttons."""
    case, appeal = shown.case, shown.appeal
    asks_until, states_until = shown.hearing_until_at, case.statement_until_at
    waits = [each for each in shown.repairs if each["outcome"] is None]
    offered = {
        "post": case.posted_at is None,
        "bounce": case.posted_at is not None and case.bounced_at is None,
        "state": states_until is not None and now < states_until,
        "ask-hearing": case.hearing_asked_at is None and asks_until is not None and now < asks_until,
        "hold-hearing": case.hearing_asked_at is not None and case.hearing_at is None,
        "sign": case.draft is not None and not shown.bars_signing,
        "appeal": appeal is None,
        "ask-repair": not waits and shown.decision is not None and shown.decision["measure"] != MeasureKind.ELIMINATION,
        "answer-appeal": appeal is not None and appeal["outcome"] is None and not shown.bars_answer,
        "answer-repair": bool(waits) and not shown.bars_answer,
    }
    return [name for name, act in ACTS.items() if act.action in shown.actions and offered.get(name, True)]


@get(["/regulator/cases", "/agency/cases", "/auditor/cases"], guards=READERS)
async def cases(visit: Visit, at: FromQuery[int] = 1, waiting: FromQuery[str] = "") -> Response[str]:
    """List the cases open to a regulator, an agency or an auditor, or those that wait for one act."""
    if not 1 <= at <= 10_000:
        raise NotFound("page_beyond_end")
    act = waiting if waiting in service.WAITS_FOR else ""
    found = await service.listed(visit.actor, act, limit=PAGE_SIZE + 1, offset=(at - 1) * PAGE_SIZE)
    if at > 1 and not found:
        raise NotFound("page_beyond_end")
    more, base = len(found) > PAGE_SIZE, _base(visit)
    shown: dict[str, Any] = {"rows": found[:PAGE_SIZE], "at": at, "more": more, "base": base, "waiting": act}
    return page(visit, "cases/list.html", nav=_nav(visit), **shown, acts=service.WAITS_FOR)


@get(["/regulator/cases/{number:str}", "/agency/cases/{number:str}", "/auditor/cases/{number:str}"], guards=READERS)
async def case(visit: Visit, number: FromPath[str]) -> Response[str]:
    """Show a case: facts, rights, what was said and decided, and what may be done now."""
    shown = await _shown(visit, number)
    base = _base(visit)
    named: dict[str, Any] = {
        "c": shown.case,
        "acts": open_acts(shown, visit.now),
        "bars": _told(shown.bars_signing, visit),
        "way": case_path.of(shown.case, shown.decision),
        "facts": [each.told(visit.lang) for each in shown.case.facts],
        "unread": unread(shown.case, visit.actor),
        "english": english,
        "rules": case_path.rules_of(shown.case, shown.decision, shown.next, shown.measures),
        "ruleset": _title(shown.case.ruleset, visit.lang),
    }
    return page(visit, "cases/show.html", nav=_nav(visit), shown=shown, base=base, **named)


@get(["/regulator/cases/{number:str}/{act:str}", "/agency/cases/{number:str}/{act:str}"], guards=SIDES)
async def act_page(visit: Visit, number: FromPath[str], act: FromPath[str]) -> Response[str]:
    """Show what an act means, and ask for what it needs."""
    shown = await _shown(visit, number, act)
    return _form(visit, shown, act, Form.of(_begun(shown, act)))


@post(
    ["/regulator/cases/{number:str}/{act:str}", "/agency/cases/{number:str}/{act:str}"], guards=SIDES, status_code=200
)
async def do(request: Request[Any, Any, Any], visit: Visit, number: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """Take an act, and lead back to the case."""
    shown = await _shown(visit, number, act)
    typed = await read_form(request)
    try:
        await ACTS[act].do(number, typed, visit)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _form(visit, shown, act, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"{_base(visit)}/{number}")


async def _shown(visit: Visit, number: str, act: str | None = None) -> Shown:
    if act is not None and act not in ACTS:
        raise NotFound
    return await service.case(number.replace("\x00", ""), actor=visit.actor, now=visit.now)


def _form(visit: Visit, shown: Shown, act: str, form: Form, status: int = 200) -> Response[str]:
    base = _base(visit)
    choices = {"breaches": list(Breach), "measures": list(MeasureKind), "entry_kinds": list(EntryKind)}
    return page(
        visit,
        "cases/act.html",
        nav=_nav(visit),
        status=status,
        form=form,
        act=act,
        action=ACTS[act].action,
        allowed=act in open_acts(shown, visit.now),
        bars=_told({"sign": shown.bars_signing}.get(act, shown.bars_answer if "answer" in act else ()), visit),
        shown=shown,
        c=shown.case,
        base=base,
        english=english,
        **choices,
    )


def _base(visit: Visit) -> str:
    return f"/{visit.actor.role}/cases"


def _nav(visit: Visit) -> str:
    return _base(visit)[1:]


def _title(ruleset: str, lang: Language) -> str:
    found = rulesets.get(ruleset)
    return found.title_en if lang == "en" else found.title_zh


def _told(bars: tuple[Reason, ...], visit: Visit) -> list[str]:
    return [in_words(reason, visit.lang) for reason in bars]


def _begun(shown: Shown, act: str) -> dict[str, object]:
    """Return what a form starts with: the draft there is, or what the notice said."""
    if act != "draft":
        return {}
    kept = shown.case.draft or {"measure": shown.case.proposed, "clause": shown.case.clause}
    return {name: str(value) for name, value in kept.items() if value is not None and name != "executes_at"}


ROUTES: tuple[Any, ...] = (cases, case, act_page, do)
