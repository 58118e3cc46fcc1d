"""Signals, leads, questions and approvals for programs: each for its role alone, nothing of it public."""

from datetime import date, datetime
from typing import Any, Final

from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct
from msgspec.structs import asdict

from market.accounts.guards import needs
from market.credit import lead_rules as rules
from market.credit.api_shapes import WordsAsked, key_of
from market.credit.lead_rules import SignalRow
from market.credit.queries.leads import LeadRow
from market.credit.queries.questions import QuestionRow
from market.credit.service import facts, leads, questions
from market.kernel.roles import Role
from market.problems import refusals
from market.respond import sent
from market.visit import Visit

READERS: Final = [needs(Role.REGULATOR, Role.AUDITOR)]
REGULATOR: Final = [needs(Role.REGULATOR)]
REFUSED: Final = refusals(400, 401, 403, 404, 409, 422)


class SignalHead(Struct):
    """A signal that waits: it proves nothing; priority 1 comes first."""

    id: int
    code: str
    severity: str
    priority: int
    as_of: date
    subject: dict[str, str]
    explanation_zh: str
    explanation_en: str
    may_become_case: bool


class SignalShown(Struct):
    """A signal with its evidence as the run stored it."""

    id: int
    code: str
    severity: str
    as_of: date
    subject: dict[str, str]
    evidence: dict[str, str]
    may_become_case: bool


class LeadShown(Struct):
    """A lead: what a person made of a signal, and what became of it."""

    id: int
    signal: int
    code: str
    state: str
    agency_name: str | None
    words: str
    reviewed_by: str
    reviewed_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    end_words: str | None
    case: str | None


class CaseAsked(Struct, forbid_unknown_fields=True):
    """On what a case is opened, and the gravest measure its decision may order; an item for its suspension alone."""

    ground: str
    clause: str
    proposed: str
    item: str = ""


class CaseNumber(Struct):
    """The number of the case that was opened."""

    number: str


class QuestionShown(Struct):
    """A question to an owner about a service it bought."""

    id: int
    contract: str
    item: str
    agency: str
    asked_at: datetime
    answer_by_at: datetime
    answer: str | None
    words: str | None


class AnswerSent(Struct):
    """An answer: voluntary, required or unaware."""

    answer: str
    words: str = ""


class FileSent(Struct):
    """A file: its name, and its rows as CSV with the header first."""

    name: str
    rows: str


class Imported(Struct):
    """How many rows went in."""

    rows: int


class ImportShown(Struct):
    """A file that was brought in."""

    file_name: str
    file_hash: str
    rows: int
    imported_at: datetime


class SignalsApi(Controller):
    """Signals in a regulator's scope."""

    path = "/api/v1/signals"
    tags = ("leads",)

    @get("/", guards=READERS, summary="List the signals that wait", responses=refusals(401, 403))
    async def signals(self, visit: Visit) -> list[SignalHead]:
        """List the signals in scope that nobody has reviewed, by priority."""
        return [_head(priority, each) for priority, each in await leads.waiting(visit.actor)]

    @get("/{key:int}", guards=READERS, summary="Get a signal", responses=refusals(401, 403, 404))
    async def signal(self, visit: Visit, key: FromPath[int]) -> SignalShown:
        """Return a signal in scope with its evidence."""
        found = await leads.signal(key_of(key), visit.actor)
        named = (found.id, found.code, found.severity, found.as_of)
        return SignalShown(*named, dict(found.subject), dict(found.evidence), found.may_become_case)

    @post("/{key:int}/keep", guards=REGULATOR, summary="Make a lead of a signal", responses=REFUSED)
    async def keep(self, visit: Visit, key: FromPath[int], data: JSONBody[WordsAsked]) -> LeadShown:
        """Make a lead of a signal, with the reason."""
        words = rules.parse_words(sent({"words": data.words}))
        return await _lead(visit, await leads.keep(key_of(key), words, actor=visit.actor, now=visit.now))

    @post("/{key:int}/dismiss", guards=REGULATOR, status_code=200, summary="Dismiss a signal", responses=REFUSED)
    async def dismiss(self, visit: Visit, key: FromPath[int], data: JSONBody[WordsAsked]) -> LeadShown:
        """Dismiss a signal; the same facts are not asked about again."""
        words = rules.parse_words(sent({"words": data.words}))
        return await _lead(visit, await leads.dismiss_signal(key_of(key), words, actor=visit.actor, now=visit.now))


class LeadsApi(Controller):
    """Leads in a regulator's scope."""

    path = "/api/v1/leads"
    tags = ("leads",)

    @get("/", guards=READERS, summary="List the leads", responses=refusals(401, 403))
    async def leads(self, visit: Visit) -> list[LeadShown]:
        """List the leads in scope, those that wait first."""
        return [_lead_shown(each) for each in await leads.leads(visit.actor)]

    @get("/{key:int}", guards=READERS, summary="Get a lead", responses=refusals(401, 403, 404))
    async def lead(self, visit: Visit, key: FromPath[int]) -> LeadShown:
        """Return a lead in scope."""
        return await _lead(visit, key_of(key))

    @post("/{key:int}/case", guards=REGULATOR, summary="Open a case on a lead", responses=REFUSED)
    async def open_case(self, visit: Visit, key: FromPath[int], data: JSONBody[CaseAsked]) -> CaseNumber:
        """Open a case; who made the lead and who opens the case may not sign its decision."""
        asked = rules.parse_case(sent(asdict(data)))
        return CaseNumber(await leads.open_case(key_of(key), asked, actor=visit.actor, now=visit.now))

    @post("/{key:int}/dismiss", guards=REGULATOR, status_code=200, summary="Dismiss a lead", responses=REFUSED)
    async def dismiss(self, visit: Visit, key: FromPath[int], data: JSONBody[WordsAsked]) -> LeadShown:
        """Dismiss a lead, with the reason."""
        words = rules.parse_words(sent({"words": data.words}))
        await leads.dismiss(key_of(key), words, actor=visit.actor, now=visit.now)
        return await _lead(visit, key)


class QuestionsApi(Controller):
    """What an owner was asked."""

    path = "/api/v1/questions"
    tags = ("leads",)
    guards = (needs(Role.OWNER),)

    @get("/", summary="List the questions one was asked", responses=refusals(401, 403))
    async def questions(self, visit: Visit) -> list[QuestionShown]:
        """List the questions to one's organisation."""
        return [_question(each) for each in await questions.of_owner(visit.actor)]

    @post(
        "/{key:int}/answer", status_code=200, summary="Answer a question", responses=refusals(401, 403, 404, 409, 422)
    )
    async def answer(self, visit: Visit, key: FromPath[int], data: JSONBody[AnswerSent]) -> QuestionShown:
        """Answer a question, once and in time."""
        said, words = rules.parse_answer(sent({"answer": data.answer, "words": data.words}))
        await questions.answer(key_of(key), said, words, actor=visit.actor, now=visit.now)
        return _question(await questions.question(key, visit.actor))


class ApprovalsApi(Controller):
    """An authority's files of approvals."""

    path = "/api/v1/approvals"
    tags = ("leads",)
    guards = (needs(Role.AUTHORITY),)

    @get("/", summary="List the files brought in", responses=refusals(401, 403))
    async def imports(self, visit: Visit) -> list[ImportShown]:
        """List the files one's organisation brought in."""
        names = ImportShown.__struct_fields__
        return [ImportShown(**{n: each[n] for n in names}) for each in await facts.imports("approvals", visit.actor)]

    @post("/", status_code=201, summary="Bring in a file", responses=refusals(401, 403, 409, 422))
    async def bring(self, visit: Visit, data: JSONBody[FileSent]) -> Imported:
        """Bring in a file whole, or be told everything that is wrong with it."""
        typed = sent({"name": data.name, "rows": data.rows})
        return Imported(await facts.import_approvals(typed, actor=visit.actor, now=visit.now))


async def _lead(visit: Visit, key: int) -> LeadShown:
    found, _ = await leads.lead(key, visit.actor)
    return _lead_shown(found)


def _lead_shown(found: LeadRow) -> LeadShown:
    return LeadShown(**{name: getattr(found, name) for name in LeadShown.__struct_fields__})


def _head(priority: int, signal: SignalRow) -> SignalHead:
    told = (signal.evidence.get("explanation_zh", ""), signal.evidence.get("explanation_en", ""))
    named = (signal.id, signal.code, signal.severity, priority, signal.as_of)
    return SignalHead(*named, dict(signal.subject), *told, signal.may_become_case)


def _question(each: QuestionRow) -> QuestionShown:
    named = (each.id, each.contract, each.item_name, each.agency_name, each.asked_at, each.answer_by_at)
    return QuestionShown(*named, each.answer, each.words)


ROUTES: tuple[Any, ...] = (SignalsApi, LeadsApi, QuestionsApi, ApprovalsApi)
