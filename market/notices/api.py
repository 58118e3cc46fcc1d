"""
Projects and notices for programs: the same readers, rules and acts as the pages.

A request is turned into what a form would have sent and read by the same
reader, so that a program is refused with the same reasons at the same fields.
Amounts are whole fen; moments are RFC 3339 and count to the minute.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Struct, field

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.kernel import divisions, money, rulesets
from market.kernel.errors import NotFound
from market.kernel.roles import Role
from market.kernel.rulesets.schema import Funds, Method
from market.kernel.times import shown
from market.notices import lists, service
from market.notices.rules.asked import NewDraft
from market.notices.rules.drafting import parse_conditions, parse_needs, parse_project
from market.notices.service.drafting import funds_of
from market.notices.tables import drafts
from market.notices.view import NoticeView, view_of
from market.problems import refusals
from market.respond import Typed, clean
from market.settings import Settings
from market.visit import Visit

OWNER = [needs(Role.OWNER)]
REFUSED = refusals(400, 401, 403, 404, 409, 413, 422)


class Share(Struct, forbid_unknown_fields=True):
    """One source of a project's money, in percent."""

    kind: Funds
    percent: int


class ProjectAsked(Struct, forbid_unknown_fields=True):
    """A new project of the owner."""

    name: str
    project_code: str
    division: str
    funds: list[Share]
    approving_authority: str
    approval_document: str


class ProjectMade(Struct):
    """The key of a new project."""

    id: int


class DraftAsked(Struct, forbid_unknown_fields=True):
    """A new draft: for which project, and which item of the catalogue."""

    project: int
    item: str


class DirectAsked(Struct, forbid_unknown_fields=True):
    """The ground, the reason and the agency of a direct selection."""

    ground: str
    reason: str
    agency: str


class NeedsAsked(Struct, forbid_unknown_fields=True):
    """What is wanted, for how much, how soon and how chosen."""

    title: str
    scope: str
    ceiling_fen: int
    time_limit_days: int
    method: Method
    floor_fen: int | None = None
    floor_reason: str = ""
    direct: DirectAsked | None = None


class RecusalAsked(Struct, forbid_unknown_fields=True):
    """An agency kept out, with the reason that is published."""

    uscc: str
    reason: str


class ExceptionAsked(Struct, forbid_unknown_fields=True):
    """A statutory exception and its basis."""

    code: str
    basis: str


class ConditionsAsked(Struct, forbid_unknown_fields=True):
    """Who may register and when, and whom to ask."""

    closes_at: datetime
    contact_name: str
    contact_phone: str
    opens_at: datetime | None = None
    qualifications: list[str] = field(default_factory=list)
    recusals: list[RecusalAsked] = field(default_factory=list)
    exception: ExceptionAsked | None = None


class PublishAsked(Struct, forbid_unknown_fields=True):
    """The declaration that no agency was designated, openly or in disguise."""

    declared: bool


class WithdrawAsked(Struct, forbid_unknown_fields=True):
    """The reason of a withdrawal, which is published."""

    reason: str = ""


class NoticeCode(Struct):
    """The number of a notice."""

    code: str


class Published(Struct):
    """A published notice and the hash NH of its first version."""

    code: str
    hash: str


class NoticeLine(Struct):
    """One line of the list of notices."""

    code: str
    title: str
    state: str
    owner: str
    item: str
    method: str
    division: str
    ceiling_fen: int
    published_at: datetime
    opens_at: datetime
    closes_at: datetime
    draw_at: datetime


class NoticePage(Struct):
    """One page of the list, and how many there are in all."""

    rows: list[NoticeLine]
    total: int
    page: int


class Named(Struct):
    """An organisation, an item or a qualification."""

    code: str
    name: str


class NoticeDetail(Struct):
    """One notice with its state; the published object itself is at ``/notices/{code}/notice.json``."""

    code: str
    title: str
    scope: str
    state: str
    owner: Named
    item: Named
    project_code: str
    division: str
    trade: str
    funds: list[dict[str, Any]]
    method: str
    least: int
    ruleset: str
    practice: bool
    ceiling_fen: int
    floor_fen: int | None
    floor_reason: str | None
    time_limit_days: int
    qualifications: list[Named]
    recusals: list[dict[str, str]]
    exception_code: str | None
    exception_basis: str | None
    direct_ground: str | None
    direct_reason: str | None
    direct_agency: Named | None
    predecessor: str | None
    successor: str | None
    published_at: datetime
    opens_at: datetime
    closes_at: datetime
    reveal_by: datetime
    draw_at: datetime
    closed_at: datetime | None
    drawn_at: datetime | None
    standstill_ends_at: datetime | None
    awarded_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    hash: str


_SAME = (
    "code", "title", "scope", "project_code", "division", "trade", "method", "least", "ruleset", "practice",
    "ceiling_fen", "floor_fen", "floor_reason", "time_limit_days", "exception_code", "exception_basis",
    "direct_ground", "direct_reason", "predecessor", "published_at", "opens_at", "closes_at", "reveal_by", "draw_at",
    "closed_at", "drawn_at", "standstill_ends_at", "awarded_at", "ended_at", "end_reason",
)  # fmt: skip


def detail_of(view: NoticeView) -> NoticeDetail:
    """Write a notice for programs."""
    notice = view.notice
    return NoticeDetail(
        state=str(view.state),
        owner=Named(notice.owner_uscc, notice.owner_name),
        item=Named(notice.item_code, notice.item_name),
        funds=[dict(share) for share in notice.funds],
        qualifications=[Named(code, name) for code, name in view.qualifications.items()],
        recusals=[dict(each) for each in notice.recusals],
        direct_agency=Named(notice.direct_uscc, notice.direct_name or "") if notice.direct_uscc else None,
        successor=view.successor,
        hash=view.hash,
        **{name: getattr(notice, name) for name in _SAME},
    )


def as_typed(fields: Mapping[str, object]) -> Typed:
    """Write a request as a form would have sent it; None is a field left empty."""
    said = {name: value if isinstance(value, list) else [value] for name, value in fields.items() if value is not None}
    return Typed({name: tuple(clean(str(text), name) for text in values) for name, values in said.items()})


def _needs_fields(data: NeedsAsked) -> dict[str, object]:
    direct = data.direct
    return {
        "title": data.title,
        "scope": data.scope,
        "ceiling": f"{money.yuan(data.ceiling_fen)}元",
        "floor": None if data.floor_fen is None else f"{money.yuan(data.floor_fen)}元",
        "floor_reason": data.floor_reason,
        "time_limit_days": data.time_limit_days,
        "method": data.method,
        "direct_ground": direct.ground if direct else None,
        "direct_reason": direct.reason if direct else None,
        "direct_agency": direct.agency if direct else None,
    }


def _conditions_fields(data: ConditionsAsked) -> dict[str, object]:
    return {
        "closes_at": _minute(data.closes_at),
        "opens_at": _minute(data.opens_at),
        "contact_name": data.contact_name,
        "contact_phone": data.contact_phone,
        "qualifications": list(data.qualifications),
        "recusals": "\n".join(f"{each.uscc} {' '.join(each.reason.split())}" for each in data.recusals),
        "exception_code": data.exception.code if data.exception else None,
        "exception_basis": data.exception.basis if data.exception else None,
    }


def _minute(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return shown(moment) if moment.tzinfo else "a moment without an offset"


class NoticesApi(Controller):
    """What programs may ask of notices, and what an owner's program may do."""

    path = "/api/v1"
    tags = ("notices",)

    @get("/notices", opt=PUBLIC_ROUTE, summary="List notices", responses=refusals(404))
    async def index(self, request: Request[Any, Any, Any], visit: Visit) -> NoticePage:
        """List notices by the filters of the public list: q state item method division owner from to sort page."""
        query = lists.query_of(request.query_params, divisions.SAMPLE, await lists.items_asked())
        total = await lists.counted(query, visit.now)
        if query.page > 1 and (query.page - 1) * lists.PAGE_SIZE >= total:
            raise NotFound("page_beyond_end")
        rows = await lists.listed(query, visit.now)
        names = NoticeLine.__struct_fields__
        return NoticePage([NoticeLine(**{name: row[name] for name in names}) for row in rows], total, query.page)

    @get("/notices/{code:str}", opt=PUBLIC_ROUTE, summary="Get a notice", responses=refusals(404))
    async def show(self, visit: Visit, code: FromPath[str]) -> NoticeDetail:
        """Give one published notice."""
        return detail_of(await view_of(await service.notice(code), visit.now))

    @post("/projects", guards=OWNER, summary="Add a project", responses=REFUSED)
    async def add_project(self, visit: Visit, data: JSONBody[ProjectAsked]) -> ProjectMade:
        """Add a project of the owner's."""
        shares = {f"share_{share.kind}": share.percent for share in data.funds}
        named = {name: getattr(data, name) for name in ProjectAsked.__struct_fields__ if name != "funds"}
        project = parse_project(as_typed({**named, **shares}), divisions.SAMPLE)
        added = await service.add_project(project, actor=visit.actor, now=visit.now, known=divisions.SAMPLE)
        return ProjectMade(added)

    @post("/notices", guards=OWNER, summary="Begin a draft", responses=REFUSED)
    async def draft(self, visit: Visit, settings: NamedDependency[Settings], data: JSONBody[DraftAsked]) -> NoticeCode:
        """Begin a draft; it has its number from here on."""
        asked = NewDraft(data.project, data.item)
        return NoticeCode(await service.draft(asked, actor=visit.actor, now=visit.now, ruleset=settings.ruleset))

    @put("/notices/{code:str}/needs", guards=OWNER, status_code=204, summary="Save the needs", responses=REFUSED)
    async def save_needs(self, visit: Visit, code: FromPath[str], data: JSONBody[NeedsAsked]) -> None:
        """Save what is wanted, for how much and how chosen."""
        draft = await service.draft_of(code, visit.actor)
        asked = parse_needs(as_typed(_needs_fields(data)), rulesets.get(draft.ruleset), funds_of(draft))
        await service.save_needs(code, asked, actor=visit.actor)

    @put("/notices/{code:str}/conditions", guards=OWNER, status_code=204, summary="Save conditions", responses=REFUSED)
    async def save_conditions(self, visit: Visit, code: FromPath[str], data: JSONBody[ConditionsAsked]) -> None:
        """Save who may register and when, and whom to ask."""
        draft = await service.draft_of(code, visit.actor)
        template = await drafts.template_of(draft.item)
        asked = parse_conditions(as_typed(_conditions_fields(data)), rulesets.get(draft.ruleset), template)
        await service.save_conditions(code, asked, actor=visit.actor)

    @post("/notices/{code:str}/publish", guards=OWNER, status_code=200, summary="Publish a draft", responses=REFUSED)
    async def publish(self, visit: Visit, code: FromPath[str], data: JSONBody[PublishAsked]) -> Published:
        """Publish a draft; refused with everything that stands in its way."""
        return Published(code, await service.publish(code, actor=visit.actor, now=visit.now, declared=data.declared))

    @post(
        "/notices/{code:str}/withdraw",
        guards=[needs(Role.OWNER, Role.REGULATOR)],
        status_code=204,
        summary="Withdraw a notice",
        responses=REFUSED,
    )
    async def withdraw(self, visit: Visit, code: FromPath[str], data: JSONBody[WithdrawAsked]) -> None:
        """Withdraw a notice with a published reason, or discard a draft."""
        await service.withdraw(code, clean(data.reason, "reason"), actor=visit.actor, now=visit.now)

    @post("/notices/{code:str}/again", guards=OWNER, summary="Publish again", responses=REFUSED)
    async def again(self, visit: Visit, settings: NamedDependency[Settings], code: FromPath[str]) -> NoticeCode:
        """Begin a draft that follows a failed or withdrawn notice."""
        return NoticeCode(await service.publish_again(code, actor=visit.actor, now=visit.now, ruleset=settings.ruleset))


ROUTES: tuple[Any, ...] = (NoticesApi,)
