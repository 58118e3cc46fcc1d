"""
Agencies for programs: the public list, the application, and the operator's form check.

What a program sends passes through the parsers of the pages, so both get the
same reasons, all at once.
"""

from datetime import datetime
from typing import Any

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.agencies import forms, service
from market.agencies.lists import AgencyQuery
from market.catalogue import service as catalogue
from market.kernel import rulesets
from market.kernel.roles import Role
from market.lists import PAGE_SIZE
from market.problems import refusals
from market.respond import Typed, sent
from market.visit import Visit

AGENCY, OPERATOR = [needs(Role.AGENCY)], [needs(Role.OPERATOR)]
ACT = refusals(400, 401, 403, 404, 409, 422)


class AgencyRow(Struct):
    """One agency of the list."""

    uscc: str
    name: str
    division: str
    state: str
    admitted_at: datetime | None
    left_at: datetime | None
    guides: int
    qualifications: int


class Page(Struct):
    """One page of the list; ``total`` counts all pages."""

    total: int
    rows: list[AgencyRow]


class Profile(Struct):
    """One agency, with the codes of the items it may act for now."""

    uscc: str
    name: str
    division: str
    state: str
    suspended: bool
    admitted_at: datetime | None
    items_open: list[str]
    items_closed: dict[str, list[str]]


class Identity(Struct, forbid_unknown_fields=True):
    """Step 1 of the application."""

    name: str
    legal_representative: str
    contact_name: str
    contact_phone: str
    introduction: str = ""


class Claim(Struct, forbid_unknown_fields=True):
    """A qualification; dates as 2026-11-25."""

    code: str
    number: str
    issued_by: str
    issued_on: str
    valid_until: str


class Party(Struct, forbid_unknown_fields=True):
    """A related party: controller, legal_representative or authority_affiliated."""

    kind: str
    party_name: str
    identifier: str = ""
    share_percent: int | None = None


class Letter(Struct, forbid_unknown_fields=True):
    """The commitment letter, with the address for service."""

    service_email: str
    service_address: str
    accepted: bool


class Admission(Struct, forbid_unknown_fields=True):
    """The keys of the qualifications that agree with their issuers' records."""

    verified: list[int]


class Return(Struct, forbid_unknown_fields=True):
    """Every reason of a return, each with words of its own if needed."""

    reasons: list[str]
    details: dict[str, str] = {}


class Due(Struct):
    """When the form check is due."""

    due_at: datetime


class Saved(Struct):
    """What was saved."""

    id: int


@get("/api/v1/agencies", opt=PUBLIC_ROUTE, tags=["agencies"], responses=refusals(400))
async def agencies(
    visit: Visit, item: FromQuery[str] = "", word: FromQuery[str] = "", page: FromQuery[int] = 1
) -> Page:
    """List agencies that are or were in the market, fifty at a time."""
    offset = (min(max(page, 1), 100_000) - 1) * PAGE_SIZE
    query = AgencyQuery(item=item, word=word.strip()[:60])
    found = await service.listed(query, visit.now, limit=PAGE_SIZE, offset=offset)
    rows = [AgencyRow(**{name: row[name] for name in AgencyRow.__struct_fields__}) for row in found]
    return Page(found[0]["total"] if found else 0, rows)


@get("/api/v1/agencies/{uscc:str}", opt=PUBLIC_ROUTE, tags=["agencies"], responses=refusals(404))
async def agency(visit: Visit, uscc: FromPath[str]) -> Profile:
    """Give one agency with its standing by item."""
    found = await service.profile(uscc, visit.now)
    return Profile(
        found.uscc,
        found.name,
        found.division,
        str(found.state),
        found.suspended,
        found.admitted_at,
        [each["code"] for each, reasons in found.items if not reasons],
        {each["code"]: [reason.code for reason in reasons] for each, reasons in found.items if reasons},
    )


@post("/api/v1/application/identity", guards=AGENCY, tags=["agencies"], responses=ACT)
async def identity(visit: Visit, data: JSONBody[Identity]) -> Saved:
    """Save step 1; the first time begins the application."""
    return Saved(await service.save_identity(forms.parse_identity(_typed(data)), actor=visit.actor, now=visit.now))


@post("/api/v1/application/qualifications", guards=AGENCY, tags=["agencies"], responses=ACT)
async def claim(visit: Visit, data: JSONBody[Claim]) -> Saved:
    """Enter a qualification, in the application or later."""
    known = [each.code for each in await catalogue.known_qualifications()]
    return Saved(await service.add_claim(forms.parse_claim(_typed(data), known), actor=visit.actor, now=visit.now))


@post("/api/v1/application/parties", guards=AGENCY, status_code=204, tags=["agencies"], responses=ACT)
async def party(visit: Visit, data: JSONBody[Party]) -> None:
    """Declare a related party."""
    await service.add_party(forms.parse_party(_typed(data)), actor=visit.actor, now=visit.now)


@post("/api/v1/application/submit", guards=AGENCY, tags=["agencies"], responses=ACT)
async def submit(visit: Visit, data: JSONBody[Letter]) -> Due:
    """Submit the application with its commitment letter."""
    letter = forms.parse_letter(_typed(data), rulesets.latest().code)
    return Due(await service.submit(letter, actor=visit.actor, now=visit.now))


@post("/api/v1/agencies/{uscc:str}/admit", guards=OPERATOR, status_code=204, tags=["agencies"], responses=ACT)
async def admit(visit: Visit, uscc: FromPath[str], data: JSONBody[Admission]) -> None:
    """Admit an agency; entry is a form check and nothing else."""
    await service.admit(uscc, data.verified, actor=visit.actor, now=visit.now)


@post("/api/v1/agencies/{uscc:str}/return", guards=OPERATOR, status_code=204, tags=["agencies"], responses=ACT)
async def send_back(visit: Visit, uscc: FromPath[str], data: JSONBody[Return]) -> None:
    """Return an application with every reason at once."""
    details = {f"detail_{code}": text for code, text in data.details.items()}
    findings = forms.parse_findings(sent({"reasons": data.reasons, **details}))
    await service.send_back(uscc, findings, actor=visit.actor, now=visit.now)


def _typed(data: Any) -> Typed:
    return sent(msgspec.structs.asdict(data))


ROUTES = (agencies, agency, identity, claim, party, submit, admit, send_back)
