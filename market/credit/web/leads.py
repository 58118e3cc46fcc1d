"""The pages of signals and leads: for regulators in scope to act on, for auditors to read, for nobody else."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from market.accounts.guards import needs
from market.credit import lead_rules as rules
from market.credit.lead_rules import SignalRow
from market.credit.service import leads as service
from market.credit.states import LEAD, LeadAction
from market.kernel import terms
from market.kernel.errors import NotFound, Refusal
from market.kernel.roles import Role
from market.pages import Form
from market.respond import Typed, page, read_form, see
from market.visit import Visit

READERS: Final = [needs(Role.REGULATOR, Role.AUDITOR)]
REGULATOR: Final = [needs(Role.REGULATOR)]
LARGEST_KEY: Final = 2**63 - 1
CODES: Final = ("D01", "F01", "L01", "M02", "R02", "R03", "T01")
Show = Callable[[Visit, int, Form, int], Awaitable[Response[str]]]


@get("/regulator/signals", guards=READERS)
async def signals(visit: Visit, code: FromQuery[str] = "") -> Response[str]:
    """List the signals that wait for a person, the weightiest first."""
    chosen = code if code in CODES else ""
    found = await service.waiting(visit.actor, chosen)
    return page(visit, "leads/signals.html", nav=_nav(visit, "signals"), signals=found, codes=CODES, code=chosen)


@get("/regulator/signals/{key:int}", guards=READERS)
async def signal(visit: Visit, key: FromPath[int]) -> Response[str]:
    """Show a signal with its evidence."""
    return await _signal(visit, _key(key), Form.of())


@post("/regulator/signals/{key:int}", guards=REGULATOR, status_code=200)
async def review(request: Request[Any, Any, Any], visit: Visit, key: FromPath[int]) -> Response[Any]:
    """Make a lead of a signal, or dismiss it."""
    typed = await read_form(request)

    async def act() -> str:
        words = rules.parse_words(typed)
        if typed.one("act") == "dismiss":
            await service.dismiss_signal(_key(key), words, actor=visit.actor, now=visit.now)
            return "/regulator/signals"
        made = await service.keep(_key(key), words, actor=visit.actor, now=visit.now)
        return f"/regulator/leads/{made}"

    return await _acted(visit, typed, act, _signal, key)


@get("/regulator/leads", guards=READERS)
async def leads(visit: Visit) -> Response[str]:
    """List the leads in scope."""
    found = await service.leads(visit.actor)
    return page(visit, "leads/leads.html", nav=_nav(visit, "leads"), leads=found)


@get("/regulator/leads/{key:int}", guards=READERS)
async def lead(visit: Visit, key: FromPath[int]) -> Response[str]:
    """Show a lead and what may be done with it."""
    return await _lead(visit, _key(key), Form.of())


@post("/regulator/leads/{key:int}/case", guards=REGULATOR, status_code=200)
async def open_case(request: Request[Any, Any, Any], visit: Visit, key: FromPath[int]) -> Response[Any]:
    """Open a case on a lead."""
    typed = await read_form(request)

    async def act() -> str:
        opened = await service.open_case(_key(key), rules.parse_case(typed), actor=visit.actor, now=visit.now)
        return f"/regulator/cases/{opened}"

    return await _acted(visit, typed, act, _lead, key)


@post("/regulator/leads/{key:int}/dismiss", guards=REGULATOR, status_code=200)
async def dismiss(request: Request[Any, Any, Any], visit: Visit, key: FromPath[int]) -> Response[Any]:
    """Dismiss a lead."""
    typed = await read_form(request)

    async def act() -> str:
        await service.dismiss(_key(key), rules.parse_words(typed), actor=visit.actor, now=visit.now)
        return "/regulator/leads"

    return await _acted(visit, typed, act, _lead, key)


async def _acted(visit: Visit, typed: Typed, act: Callable[[], Awaitable[str]], show: Show, key: int) -> Response[Any]:
    try:
        return see(await act())
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await show(visit, key, typed.as_form(refusal, visit.lang), refusal.status)


async def _signal(visit: Visit, key: int, form: Form, status: int = 200) -> Response[str]:
    shown = await service.shown(key, visit.actor)
    named: dict[str, Any] = {"shown": shown, "s": shown.signal, "may_act": visit.actor.role is Role.REGULATOR}
    named |= {"numbers": _numbers(shown.signal, visit.lang), "shares": _shares(shown.signal, visit.lang)}
    return page(visit, "leads/signal.html", nav=_nav(visit, "signals"), status=status, form=form, **named)


async def _lead(visit: Visit, key: int, form: Form, status: int = 200) -> Response[str]:
    found, signal = await service.lead(key, visit.actor)
    named = {
        "l": found,
        "s": signal,
        "may_open": LeadAction.OPEN in LEAD.open_to(found.state, visit.actor.role),
        "may_dismiss": LeadAction.DISMISS in LEAD.open_to(found.state, visit.actor.role),
        "grounds": rules.GROUNDS,
        "proposed": rules.PROPOSED,
    }
    return page(visit, "leads/lead.html", nav=_nav(visit, "leads"), status=status, form=form, **named)


def _numbers(signal: SignalRow, lang: terms.Language) -> list[tuple[str, float]]:
    """Return the numbers that have a word, each with it."""
    known = terms.codes("signal_number")
    held = signal.numbers().items()
    return [
        (terms.word("signal_number", name, lang), round(value, 4))
        for name, value in held
        if name in known and isinstance(value, int | float)
    ]


def _shares(signal: SignalRow, lang: terms.Language) -> list[tuple[str, int, str, str]]:
    return [(terms.word("signal_number", name, lang), value, "", f"{value}%") for name, value in signal.shares()]


def _key(key: int) -> int:
    if not 0 < key <= LARGEST_KEY:
        raise NotFound
    return key


def _nav(visit: Visit, entry: str) -> str:
    return f"{visit.actor.role}/{entry}"


ROUTES: tuple[Any, ...] = (signals, signal, review, leads, lead, open_case, dismiss)
