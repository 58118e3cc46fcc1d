"""
Cases for programs: an agency's own and a regulator's in scope, with every act their pages offer; an auditor reads.

An act goes through what its form goes through, so that a program is refused
with the same reasons and leaves the same record; the answer is the case as it
then stands. Moments are RFC 3339 and count to the minute.
"""

from datetime import date, datetime
from typing import Any, Final

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from market.accounts.guards import needs
from market.credit.api_shapes import FactShown, WordsAsked, facts_of, minute, offset_of, refuse_beyond, yes_or_no
from market.credit.case_facts import english
from market.credit.queries.cases import CaseRow
from market.credit.service import cases as service
from market.credit.service.cases import Shown
from market.credit.web.cases import ACTS, PAGE_SIZE, open_acts, unread
from market.kernel import terms
from market.kernel.errors import Reason
from market.kernel.roles import Role
from market.problems import ProblemReason, refusals
from market.respond import sent
from market.visit import Visit

AGENCY: Final = [needs(Role.AGENCY)]
REGULATOR: Final = [needs(Role.REGULATOR)]
READERS: Final = [needs(Role.REGULATOR, Role.AGENCY, Role.AUDITOR)]
REFUSED: Final = refusals(400, 401, 403, 404, 409, 422)
WRITTEN: Final = ("found", "reasons", "clause", "proportionality", "remedies")


class CaseHead(Struct):
    """A case as its list tells it."""

    number: str
    uscc: str
    agency: str
    ground: str
    state: str
    opened_at: datetime
    noticed_at: datetime | None
    posted_at: datetime | None
    bounced_at: datetime | None
    public_until_at: datetime | None
    served_at: datetime | None
    served_how: str | None
    statement_until_at: datetime | None
    hearing_asked_at: datetime | None
    escalate_at: datetime | None
    decide_by_at: datetime | None
    ended_at: datetime | None


class StatementShown(Struct):
    """What an agency said: ``statement``, or ``hearing`` when it asked for one."""

    kind: str
    words: str
    document_hash: str | None
    filed_at: datetime


class SignatureAsked(Struct, forbid_unknown_fields=True):
    """Which draft is signed: its ``drafted_at``, as the case tells it."""

    drafted_at: str


class DraftShown(Struct):
    """A decision as it is drafted; it binds nobody and only supervision reads it."""

    breach: str
    measure: str
    months: int | None
    reentry_months: int | None
    entry_kind: str | None
    found: str
    reasons: str
    clause: str
    proportionality: str
    remedies: str
    executes_at: datetime | None


class SignedShown(Struct):
    """The decision of a case; what was signed is Chinese, with the English of what the market itself wrote."""

    number: str
    breach: str
    measure: str | None
    item_code: str | None
    months: int | None
    reentry_months: int | None
    entry_kind: str | None
    found: str
    reasons: str
    clause: str
    proportionality: str
    remedies: str
    english: dict[str, str]
    by_silence: bool
    signed_at: datetime
    executes_at: datetime
    begins_at: datetime | None
    ends_at: datetime | None
    reentry_on: date | None
    ended_at: datetime | None
    ended_why: str | None


class Asking(Struct):
    """An appeal or a request for repair, and its answer."""

    words: str
    asked_at: datetime
    outcome: str | None
    answer: str | None
    decided_at: datetime | None


class CaseShown(Struct):
    """
    A case with what may be done now.

    ``unread`` says that the agency has not opened its notice: until it does, the content stays empty, because opening
    it is the service. ``bars_signing`` is everything that keeps the asking regulator from signing.
    """

    case: CaseHead
    unread: bool
    acts: list[str]
    bars_signing: list[ProblemReason]
    facts: list[FactShown]
    proposed: str | None = None
    clause: str | None = None
    clause_en: str | None = None
    item: str | None = None
    drafted_at: datetime | None = None
    hearing_until_at: datetime | None = None
    hearing_at: datetime | None = None
    hearing_record: str | None = None
    statements: list[StatementShown] = []
    draft: DraftShown | None = None
    decision: SignedShown | None = None
    appeal: Asking | None = None
    repairs: list[Asking] = []
    end_words: str | None = None


class StatementAsked(Struct, forbid_unknown_fields=True):
    """What an agency says, and the SHA-256 of a file that goes with it."""

    words: str
    document_hash: str = ""


class HearingAsked(Struct, forbid_unknown_fields=True):
    """When a hearing was held, and its record."""

    held_at: datetime
    words: str


class DraftAsked(Struct, forbid_unknown_fields=True):
    """A decision as it is to be signed; months belong to a suspension, months until re-entry to an elimination."""

    breach: str
    measure: str
    found: str
    reasons: str
    clause: str
    proportionality: str
    remedies: str
    months: int | None = None
    reentry_months: int | None = None
    entry_kind: str | None = None
    executes_at: datetime | None = None


class AnswerAsked(Struct, forbid_unknown_fields=True):
    """Whether an appeal or a request for repair is right, and why."""

    agrees: bool
    words: str


class CasesApi(Controller):
    """Cases open to an agency, a regulator or an auditor."""

    path = "/api/v1/cases"
    tags = ("cases",)

    @get("/", guards=READERS, summary="List the cases open to one", responses=refusals(401, 403, 404))
    async def cases(self, visit: Visit, page: FromQuery[int] = 1) -> list[CaseHead]:
        """List one's own cases or those in scope, fifty a page; for a regulator those that wait for a person first."""
        found = await service.listed(visit.actor, limit=PAGE_SIZE, offset=offset_of(page))
        refuse_beyond(found, page)
        return [_head(each) for each in found]

    @get("/{number:str}", guards=READERS, summary="Get a case", responses=refusals(401, 403, 404))
    async def case(self, visit: Visit, number: FromPath[str]) -> CaseShown:
        """Return a case; asking for it serves no notice."""
        return await _told(visit, number)

    @post("/{number:str}/acknowledge", guards=AGENCY, status_code=200, summary="Open the notice", responses=REFUSED)
    async def acknowledge(self, visit: Visit, number: FromPath[str]) -> CaseShown:
        """Open the notice: it is served from now on, and its content is in the answer."""
        return await _do(visit, number, "acknowledge")

    @post("/{number:str}/state", guards=AGENCY, status_code=200, summary="File a statement", responses=REFUSED)
    async def state(self, visit: Visit, number: FromPath[str], data: JSONBody[StatementAsked]) -> CaseShown:
        """File a statement; more than one may be filed until the period ends."""
        return await _do(visit, number, "state", words=data.words, document_hash=data.document_hash)

    @post("/{number:str}/ask-hearing", guards=AGENCY, status_code=200, summary="Ask for a hearing", responses=REFUSED)
    async def ask_hearing(self, visit: Visit, number: FromPath[str], data: JSONBody[WordsAsked]) -> CaseShown:
        """Ask for a hearing, once; nothing is signed before it was held."""
        return await _do(visit, number, "ask-hearing", words=data.words)

    @post("/{number:str}/appeal", guards=AGENCY, status_code=200, summary="Appeal", responses=REFUSED)
    async def appeal(self, visit: Visit, number: FromPath[str], data: JSONBody[WordsAsked]) -> CaseShown:
        """Appeal against the decision, once; while the appeal waits nothing new is carried out."""
        return await _do(visit, number, "appeal", words=data.words)

    @post("/{number:str}/ask-repair", guards=AGENCY, status_code=200, summary="Ask for repair", responses=REFUSED)
    async def ask_repair(self, visit: Visit, number: FromPath[str], data: JSONBody[WordsAsked]) -> CaseShown:
        """Ask that the measure, its display and its use end early."""
        return await _do(visit, number, "ask-repair", words=data.words)

    @post("/{number:str}/post", guards=REGULATOR, status_code=200, summary="Record the posting", responses=REFUSED)
    async def record_posting(self, visit: Visit, number: FromPath[str], data: JSONBody[WordsAsked]) -> CaseShown:
        """Record that the notice was posted to the confirmed address, and how."""
        return await _do(visit, number, "post", words=data.words)

    @post("/{number:str}/bounce", guards=REGULATOR, status_code=200, summary="Record a bounce", responses=REFUSED)
    async def bounce(self, visit: Visit, number: FromPath[str]) -> CaseShown:
        """Record that the letter came back; a public notice stands for its time instead."""
        return await _do(visit, number, "bounce")

    @post("/{number:str}/hold-hearing", guards=REGULATOR, status_code=200, summary="Record hearing", responses=REFUSED)
    async def hold_hearing(self, visit: Visit, number: FromPath[str], data: JSONBody[HearingAsked]) -> CaseShown:
        """File the record of the hearing that was asked for."""
        return await _do(visit, number, "hold-hearing", words=data.words, held_at=minute(data.held_at))

    @post("/{number:str}/draft", guards=REGULATOR, status_code=200, summary="Draft the decision", responses=REFUSED)
    async def draft(self, visit: Visit, number: FromPath[str], data: JSONBody[DraftAsked]) -> CaseShown:
        """Write the draft of the decision, in place of the one there was."""
        written = {name: getattr(data, name) for name in DraftAsked.__struct_fields__}
        return await _do(visit, number, "draft", **{**written, "executes_at": minute(data.executes_at)})

    @post("/{number:str}/sign", guards=REGULATOR, status_code=200, summary="Sign the decision", responses=REFUSED)
    async def sign(self, visit: Visit, number: FromPath[str], data: JSONBody[SignatureAsked]) -> CaseShown:
        """Sign the draft that was read, named by its ``drafted_at``, as the second person."""
        return await _do(visit, number, "sign", drafted=data.drafted_at)

    @post("/{number:str}/dismiss", guards=REGULATOR, status_code=200, summary="Dismiss a case", responses=REFUSED)
    async def dismiss(self, visit: Visit, number: FromPath[str], data: JSONBody[WordsAsked]) -> CaseShown:
        """End the case without a decision; its facts open no other."""
        return await _do(visit, number, "dismiss", words=data.words)

    @post("/{number:str}/answer-appeal", guards=REGULATOR, status_code=200, summary="Answer an appeal",
          responses=REFUSED)  # fmt: skip
    async def answer_appeal(self, visit: Visit, number: FromPath[str], data: JSONBody[AnswerAsked]) -> CaseShown:
        """Answer the appeal; one that is upheld reverses every effect of the decision."""
        return await _do(visit, number, "answer-appeal", words=data.words, agrees=yes_or_no(data.agrees))

    @post("/{number:str}/answer-repair", guards=REGULATOR, status_code=200, summary="Answer a request for repair",
          responses=REFUSED)  # fmt: skip
    async def answer_repair(self, visit: Visit, number: FromPath[str], data: JSONBody[AnswerAsked]) -> CaseShown:
        """Answer the request for repair; granted, it ends measure, display and use together."""
        return await _do(visit, number, "answer-repair", words=data.words, agrees=yes_or_no(data.agrees))


async def _do(visit: Visit, number: str, act: str, /, **values: Any) -> CaseShown:
    """Take an act as its form would, and return the case as it then stands."""
    shown = await _found(visit, number)
    await ACTS[act].do(shown.case.number, sent(values), visit)
    return await _told(visit, number)


async def _found(visit: Visit, number: str) -> Shown:
    return await service.case(number.replace("\x00", ""), actor=visit.actor, now=visit.now)


async def _told(visit: Visit, number: str) -> CaseShown:
    shown = await _found(visit, number)
    case, bars = shown.case, [_reason(each, visit.lang) for each in shown.bars_signing]
    head = (_head(case), unread(case, visit.actor), open_acts(shown, visit.now), bars)
    if unread(case, visit.actor):
        return CaseShown(*head, [])
    statement = StatementShown.__struct_fields__
    drafted = case.draft if visit.actor.role is not Role.AGENCY and shown.decision is None else None
    return CaseShown(
        *head,
        facts_of(case.facts),
        proposed=str(case.proposed),
        clause=case.clause,
        clause_en=english(case.clause),
        item=shown.item,
        drafted_at=case.drafted_at if drafted else None,
        hearing_until_at=shown.hearing_until_at,
        hearing_at=case.hearing_at,
        hearing_record=case.hearing_record,
        statements=[StatementShown(**{name: each[name] for name in statement}) for each in shown.statements],
        draft=DraftShown(**{name: drafted[name] for name in DraftShown.__struct_fields__}) if drafted else None,
        decision=_signed(shown.decision) if shown.decision else None,
        appeal=_asking(shown.appeal, "filed_at") if shown.appeal else None,
        repairs=[_asking(each, "asked_at") for each in shown.repairs],
        end_words=case.end_words,
    )


def _head(case: CaseRow) -> CaseHead:
    named = {name: getattr(case, name) for name in CaseHead.__struct_fields__ if name not in ("uscc", "agency")}
    return CaseHead(uscc=case.agency_uscc, agency=case.agency_name, **named)


def _signed(found: Any) -> SignedShown:
    told = {name: text for name in WRITTEN if (text := english(found[name]))}
    names = [name for name in SignedShown.__struct_fields__ if name != "english"]
    return SignedShown(**{name: found[name] for name in names}, english=told)


def _asking(found: Any, asked_at: str) -> Asking:
    return Asking(found["words"], found[asked_at], found["outcome"], found["answer"], found["decided_at"])


def _reason(reason: Reason, lang: terms.Language) -> ProblemReason:
    told = terms.reason_text(reason, lang)
    return ProblemReason(reason.code, reason.field, told.text, told.next_step)


ROUTES: tuple[Any, ...] = (CasesApi,)
