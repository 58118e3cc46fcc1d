"""Abandonments for programs: an agency contests its own, a regulator in scope decides and annuls, an auditor reads."""

from datetime import datetime
from typing import Any, Final

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from market.accounts.guards import needs
from market.credit import abandonment_rules as rules
from market.credit.api_shapes import WordsAsked, key_of, offset_of, refuse_beyond
from market.credit.service import abandonments as service
from market.credit.service.abandonments import Shown
from market.kernel.roles import Role
from market.lists import PAGE_SIZE
from market.problems import refusals
from market.respond import sent
from market.visit import Visit

READERS: Final = [needs(Role.AGENCY, Role.REGULATOR, Role.AUDITOR)]
AGENCY: Final = [needs(Role.AGENCY)]
REGULATOR: Final = [needs(Role.REGULATOR)]
REFUSED: Final = refusals(400, 401, 403, 404, 409, 422)


class Abandonment(Struct):
    """An award given up, what its agency said and what a person found; nothing follows before that."""

    id: int
    source: str
    state: str
    uscc: str
    agency_name: str
    notice: str
    title: str
    contract_number: str | None
    happened_at: datetime
    notified_at: datetime
    contest_until_at: datetime
    contested_at: datetime | None
    contest_words: str | None
    excuse: str | None
    decided_at: datetime | None
    decision_words: str | None


class AbandonmentShown(Struct):
    """An abandonment with what may be done now, and the excuses the rules of its notice know."""

    abandonment: Abandonment
    may_contest: bool
    may_decide: bool
    may_annul: bool
    excuses: list[str]


class ContestAsked(Struct, forbid_unknown_fields=True):
    """What an agency says, with one of the excuses or none."""

    words: str
    excuse: str = ""


class FindingAsked(Struct, forbid_unknown_fields=True):
    """What is found: ``confirm`` or ``excuse``, and why."""

    finding: str
    words: str


class AbandonmentsApi(Controller):
    """Abandonments open to an agency, a regulator or an auditor."""

    path = "/api/v1/abandonments"
    tags = ("cases",)

    @get("/", guards=READERS, summary="List the abandonments open to one", responses=refusals(401, 403, 404))
    async def abandonments(self, visit: Visit, page: FromQuery[int] = 1) -> list[AbandonmentShown]:
        """List one's own abandonments or those in scope, fifty a page, undecided ones first."""
        found, _ = await service.listed(visit.actor, visit.now, limit=PAGE_SIZE, offset=offset_of(page))
        refuse_beyond(found, page)
        return [_told(each) for each in found]

    @get("/{key:int}", guards=READERS, summary="Get an abandonment", responses=refusals(401, 403, 404))
    async def abandonment(self, visit: Visit, key: FromPath[int]) -> AbandonmentShown:
        """Return an abandonment."""
        return _told(await _shown(visit, key))

    @post("/{key:int}/contest", guards=AGENCY, status_code=200, summary="Contest an abandonment", responses=REFUSED)
    async def contest(self, visit: Visit, key: FromPath[int], data: JSONBody[ContestAsked]) -> AbandonmentShown:
        """Contest an abandonment within its period, once."""
        known = service.excuses((await _shown(visit, key)).given)
        asked = rules.parse_contest(sent({"words": data.words, "excuse": data.excuse}), known)
        await service.contest(key, asked, actor=visit.actor, now=visit.now)
        return _told(await _shown(visit, key))

    @post("/{key:int}/decide", guards=REGULATOR, status_code=200, summary="Decide an abandonment", responses=REFUSED)
    async def decide(self, visit: Visit, key: FromPath[int], data: JSONBody[FindingAsked]) -> AbandonmentShown:
        """Confirm or excuse an abandonment, by name, once its period has ended or its agency has spoken."""
        finding = rules.parse_finding(sent({"finding": data.finding, "words": data.words}))
        await service.decide(key_of(key), finding, actor=visit.actor, now=visit.now)
        return _told(await _shown(visit, key))

    @post("/{key:int}/annul", guards=REGULATOR, status_code=200, summary="Annul an abandonment", responses=REFUSED)
    async def annul(self, visit: Visit, key: FromPath[int], data: JSONBody[WordsAsked]) -> AbandonmentShown:
        """Take back what proved wrong; it counts no more, and neither does its entry."""
        words = rules.parse_words(sent({"words": data.words}))
        await service.annul(key_of(key), words, actor=visit.actor, now=visit.now)
        return _told(await _shown(visit, key))


async def _shown(visit: Visit, key: int) -> Shown:
    return await service.shown(key_of(key), actor=visit.actor, now=visit.now)


def _told(found: Shown) -> AbandonmentShown:
    given = found.given
    named = Abandonment(**{name: getattr(given, name) for name in Abandonment.__struct_fields__})
    may = (found.may_contest, found.may_decide, found.may_annul)
    return AbandonmentShown(named, *may, list(service.excuses(given)))


ROUTES: tuple[Any, ...] = (AbandonmentsApi,)
