"""The abandonments of an agency and of a regulator: contesting, confirming, excusing, annulling; an auditor reads."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.credit import abandonment_rules as rules
from market.credit.service import abandonments as service
from market.kernel import rulesets
from market.kernel.errors import Refusal
from market.kernel.roles import Role
from market.kernel.typed import Typed
from market.lists import PAGE_SIZE, asked_page, pager
from market.pages import Form
from market.respond import page, read_form, see
from market.visit import Visit

AGENCY: Final = [needs(Role.AGENCY)]
REGULATOR: Final = [needs(Role.REGULATOR)]
READERS: Final = [needs(Role.AGENCY, Role.REGULATOR, Role.AUDITOR)]
PAGES: Final = ("/agency/abandonments", "/regulator/abandonments", "/auditor/abandonments")
LARGEST_KEY: Final = 2**63 - 1


@get(list(PAGES), guards=READERS)
async def abandonments(request: Request[Any, Any, Any], visit: Visit) -> Response[str]:
    """List the abandonments open to an agency, a regulator or an auditor, page by page."""
    offset = (asked_page(request) - 1) * PAGE_SIZE
    rows, total = await service.listed(visit.actor, visit.now, limit=PAGE_SIZE, offset=offset)
    at = pager(request, [{"total": total}] if rows else [], {})
    nav = f"{visit.actor.role}/abandonments"
    return page(visit, "credit/abandonments.html", nav=nav, rows=rows, at=at, base=_base(visit))


@get([f"{page}/{{abandonment:int}}" for page in PAGES], guards=READERS)
async def abandonment(visit: Visit, abandonment: FromPath[int]) -> Response[str]:
    """Show an abandonment with what may be done about it."""
    return await _show(visit, abandonment, Form.of())


@post("/agency/abandonments/{abandonment:int}/contest", guards=AGENCY, status_code=200)
async def contest(request: Request[Any, Any, Any], visit: Visit, abandonment: FromPath[int]) -> Response[Any]:
    """Contest an abandonment."""
    return await _do(request, visit, abandonment, "contest")


@post("/regulator/abandonments/{abandonment:int}/decide", guards=REGULATOR, status_code=200)
async def decide(request: Request[Any, Any, Any], visit: Visit, abandonment: FromPath[int]) -> Response[Any]:
    """Confirm or excuse an abandonment."""
    return await _do(request, visit, abandonment, "decide")


@post("/regulator/abandonments/{abandonment:int}/annul", guards=REGULATOR, status_code=200)
async def annul(request: Request[Any, Any, Any], visit: Visit, abandonment: FromPath[int]) -> Response[Any]:
    """Annul a confirmed abandonment."""
    return await _do(request, visit, abandonment, "annul")


async def _do(request: Request[Any, Any, Any], visit: Visit, number: int, act: str) -> Response[Any]:
    typed = await read_form(request)
    try:
        await _act(visit, min(number, LARGEST_KEY), typed, act)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _show(visit, number, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"{_base(visit)}/{number}")


async def _act(visit: Visit, number: int, typed: Typed, act: str) -> None:
    actor, now = visit.actor, visit.now
    if act == "contest":
        known = await service.shown(number, actor=actor, now=now)
        asked = rules.parse_contest(typed, service.excuses(known.given))
        await service.contest(number, asked, actor=actor, now=now)
    elif act == "decide":
        await service.decide(number, rules.parse_finding(typed), actor=actor, now=now)
    else:
        await service.annul(number, rules.parse_words(typed), actor=actor, now=now)


async def _show(visit: Visit, number: int, form: Form, status: int = 200) -> Response[str]:
    shown = await service.shown(min(number, LARGEST_KEY), actor=visit.actor, now=visit.now)
    ruleset = rulesets.get(shown.given.ruleset)
    names = ("abandonment_contest_workdays", "abandonments", "abandonment_months")
    named: dict[str, Any] = {
        "b": shown.given,
        "excuses": service.excuses(shown.given),
        "base": _base(visit),
        "contest_over": visit.now >= shown.given.contest_until_at,
        "rules": [(f"measures.{name}", getattr(ruleset.measures, name)) for name in names],
        "ruleset": ruleset.title_en if visit.lang == "en" else ruleset.title_zh,
    }
    nav = f"{visit.actor.role}/abandonments"
    return page(visit, "credit/abandonment.html", nav=nav, status=status, form=form, shown=shown, **named)


def _base(visit: Visit) -> str:
    return f"/{visit.actor.role}/abandonments"


ROUTES: tuple[Any, ...] = (abandonments, abandonment, contest, decide, annul)
