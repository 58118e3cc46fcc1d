"""Checks, words on deliverables and public credit levels for programs: each body records and annuls its own."""

from datetime import datetime
from typing import Any, Final

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from market.accounts.guards import needs
from market.credit import fact_rules as rules
from market.credit.api_leads import FileSent, Imported, ImportShown
from market.credit.api_shapes import key_of, yes_or_no
from market.credit.service import facts as service
from market.kernel.roles import Role
from market.problems import refusals
from market.respond import sent
from market.visit import Visit

REFUSED: Final = refusals(400, 401, 403, 404, 409, 422)


class CheckShown(Struct):
    """What a body recorded of an agency's work; annulled, it stays readable and counts no more."""

    id: int
    kind: str
    passed: bool
    words: str
    uscc: str
    name: str
    contract: str | None
    recorded_at: datetime
    annulled_at: datetime | None
    annulled_reason: str | None


class CheckAsked(Struct, forbid_unknown_fields=True):
    """A check of an agency, of one contract or of none."""

    uscc: str
    passed: bool
    words: str
    contract: str = ""


class JudgementAsked(Struct, forbid_unknown_fields=True):
    """Whether the deliverable of a contract was accepted or returned, and what was seen."""

    contract: str
    passed: bool
    words: str


class ReasonAsked(Struct, forbid_unknown_fields=True):
    """Why something is annulled."""

    reason: str


class CheckNumber(Struct):
    """The number of what was recorded."""

    id: int


class ChecksApi(Controller):
    """A regulator's checks."""

    path = "/api/v1/checks"
    tags = ("facts",)
    guards = (needs(Role.REGULATOR),)

    @get("/", summary="List the checks one's organisation recorded", responses=refusals(401, 403))
    async def checks(self, visit: Visit) -> list[CheckShown]:
        """List the checks, newest first."""
        return await _checks(visit)

    @post("/", summary="Record a check", responses=REFUSED)
    async def check(self, visit: Visit, data: JSONBody[CheckAsked]) -> CheckNumber:
        """Record a check; its agency is told, and it counts in the score."""
        typed = {"uscc": data.uscc, "contract": data.contract, "words": data.words}
        asked = rules.parse_check(sent(typed | {"passed": yes_or_no(data.passed)}))
        return CheckNumber(await service.check(asked, actor=visit.actor, now=visit.now))

    @post("/{key:int}/annul", status_code=200, summary="Annul a check", responses=REFUSED)
    async def annul(self, visit: Visit, key: FromPath[int], data: JSONBody[ReasonAsked]) -> list[CheckShown]:
        """Annul a check of one's own organisation, with a reason."""
        return await _annulled(visit, key, data)


class DeliverablesApi(Controller):
    """An authority's words on deliverables."""

    path = "/api/v1/deliverables"
    tags = ("facts",)
    guards = (needs(Role.AUTHORITY),)

    @get("/", summary="List what one's organisation said of deliverables", responses=refusals(401, 403))
    async def deliverables(self, visit: Visit) -> list[CheckShown]:
        """List what was said of deliverables, newest first."""
        return await _checks(visit)

    @post("/", summary="Accept or return a deliverable", responses=REFUSED)
    async def judge(self, visit: Visit, data: JSONBody[JudgementAsked]) -> CheckNumber:
        """Record the acceptance or the return of the deliverable of a contract, once."""
        typed = {"contract": data.contract, "words": data.words, "passed": yes_or_no(data.passed)}
        asked = rules.parse_check(sent(typed), of_contract=True)
        return CheckNumber(await service.judge(asked, actor=visit.actor, now=visit.now))

    @post("/{key:int}/annul", status_code=200, summary="Annul a word on a deliverable", responses=REFUSED)
    async def annul(self, visit: Visit, key: FromPath[int], data: JSONBody[ReasonAsked]) -> list[CheckShown]:
        """Annul what one's own organisation said, with a reason."""
        return await _annulled(visit, key, data)


class LevelsApi(Controller):
    """Files of public credit levels."""

    path = "/api/v1/credit-levels"
    tags = ("facts",)
    guards = (needs(Role.REGULATOR),)

    @get("/", summary="List the files of levels brought in", responses=refusals(401, 403))
    async def imports(self, visit: Visit) -> list[ImportShown]:
        """List the files one's organisation brought in."""
        names = ImportShown.__struct_fields__
        found = await service.imports("public_credit", visit.actor)
        return [ImportShown(**{name: each[name] for name in names}) for each in found]

    @post("/", status_code=201, summary="Bring in a file of levels", responses=REFUSED)
    async def bring(self, visit: Visit, data: JSONBody[FileSent]) -> Imported:
        """Bring in a file whole, or be told everything that is wrong with it; needs a scope of every trade."""
        typed = sent({"name": data.name, "rows": data.rows})
        return Imported(await service.import_levels(typed, actor=visit.actor, now=visit.now))


async def _checks(visit: Visit) -> list[CheckShown]:
    names = CheckShown.__struct_fields__
    return [CheckShown(**{name: each[name] for name in names}) for each in await service.checks(visit.actor)]


async def _annulled(visit: Visit, key: int, data: ReasonAsked) -> list[CheckShown]:
    reason = rules.parse_annulment(sent({"reason": data.reason}))
    await service.annul(key_of(key), reason, actor=visit.actor, now=visit.now)
    return await _checks(visit)


ROUTES: tuple[Any, ...] = (ChecksApi, DeliverablesApi, LevelsApi)
