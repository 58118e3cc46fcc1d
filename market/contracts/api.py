"""Contracts for programs: the public list, one contract, and every act of either party."""

from datetime import date, datetime
from typing import Any, Final

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct, to_builtins

from market.accounts.guards import PUBLIC_ROUTE, needs
from market.contracts import rules, service
from market.contracts.web.public import PAGE_SIZE, InState, query_of
from market.kernel import rulesets
from market.kernel.errors import NotFound
from market.kernel.money import FEN_PER_YUAN
from market.kernel.roles import Role
from market.problems import refusals
from market.respond import Typed, sent
from market.visit import Visit

OWNER: Final = [needs(Role.OWNER)]
AGENCY: Final = [needs(Role.AGENCY)]
PARTIES: Final = [needs(Role.OWNER, Role.AGENCY)]
REFUSED: Final = refusals(400, 401, 403, 404, 409, 422)


class ContractLine(Struct):
    """One contract as anybody may see it; amounts are whole fen."""

    number: str
    notice: str
    title: str
    owner: str
    owner_uscc: str
    agency: str
    uscc: str
    item: str
    item_name: str
    division: str
    state: str
    award_fen: int
    amount_fen: int | None
    sign_by_at: datetime
    signed_on: date | None
    agreed_on: date | None
    filed_at: datetime | None
    first_delivered_at: datetime | None
    returns: int
    accepted_at: datetime | None
    billed_fen: int | None
    paid_on: date | None
    ended_at: datetime | None
    fault: str | None
    late: int


class ContractPage(Struct):
    """One page of contracts, newest first, and how many there are in all."""

    rows: list[ContractLine]
    total: int
    page: int


class Lateness(Struct):
    """What came late, whose doing it was, and how many working days late once it came."""

    kind: str
    fault: str
    due_at: datetime
    ended_at: datetime | None
    workdays_late: int | None


class ContractShown(Struct):
    """One contract with what came late."""

    contract: ContractLine
    late: list[Lateness]


class TermsAsked(Struct, forbid_unknown_fields=True):
    """The terms a party signs; the contract is signed once both have signed the same ones."""

    paper_number: str
    amount_fen: int
    signed_on: date
    agreed_on: date
    pay_days: int
    paper_hash: str = ""


class Signed(Struct):
    """Whether both parties have signed by now."""

    signed: bool


class ExcuseAsked(Struct, forbid_unknown_fields=True):
    """One of the ruleset's excuses for not signing, and the facts."""

    excuse: str
    words: str


class DeliveryAsked(Struct, forbid_unknown_fields=True):
    """What is delivered, and the SHA-256 of the file if it shall be fixed."""

    description: str
    document_hash: str = ""


class Delivered(Struct):
    """When silence will have accepted the delivery."""

    silence_at: datetime


class WordsAsked(Struct, forbid_unknown_fields=True):
    """A reason."""

    words: str


class ChangeAsked(Struct, forbid_unknown_fields=True):
    """The amount and the day as they shall be, and why."""

    amount_fen: int
    agreed_on: date
    reason: str


class ChangeNumber(Struct):
    """The number of a change that waits for the other party."""

    number: int


class AnswerAsked(Struct, forbid_unknown_fields=True):
    """Whether a party agrees, and what it has to say."""

    agrees: bool
    words: str = ""


class PaymentAsked(Struct, forbid_unknown_fields=True):
    """What was billed in all, and the day it was paid."""

    billed_fen: int
    paid_on: date


class TerminationAsked(Struct, forbid_unknown_fields=True):
    """Why a contract ends, and whose doing it is: owner, agency, both or nobody."""

    words: str
    fault: str


class PublicContracts(Controller):
    """What anybody may ask of contracts."""

    path = "/api/v1/contracts"
    tags = ("contracts",)
    opt = PUBLIC_ROUTE

    @get("/", summary="List contracts", responses=refusals(404))
    async def contracts(
        self,
        visit: Visit,
        *,
        q: FromQuery[str] = "",
        contract_state: InState = "",
        division: FromQuery[str] = "",
        late: FromQuery[str] = "",
        page: FromQuery[int] = 1,
    ) -> ContractPage:
        """List contracts, newest first, fifty a page."""
        if not 1 <= page <= 50_000:
            raise NotFound("page_beyond_end")
        query = query_of(q, contract_state, division, late)
        rows, total = await service.listed(query, now=visit.now, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
        return ContractPage([_line(each) for each in rows], total, page)

    @get("/{number:str}", summary="Get a contract", responses=refusals(404))
    async def contract(self, visit: Visit, number: FromPath[str]) -> ContractShown:
        """Give one contract."""
        opened = await service.contract(number, now=visit.now)
        names = Lateness.__struct_fields__
        late = [Lateness(**{name: each[name] for name in names}) for each in opened.late]
        return ContractShown(_line(opened.found), late)


class ContractActs(Controller):
    """What the program of a party may do."""

    path = "/api/v1/contracts/{number:str}"
    tags = ("contracts",)

    @post("/sign", guards=PARTIES, status_code=200, summary="Sign", responses=REFUSED)
    async def sign(self, visit: Visit, number: FromPath[str], data: JSONBody[TermsAsked]) -> Signed:
        """Sign the terms."""
        return Signed(await service.sign(number, rules.parse_terms(_typed(data)), actor=visit.actor, now=visit.now))

    @post("/excuse", guards=AGENCY, status_code=204, summary="Give an excuse", responses=REFUSED)
    async def excuse(self, visit: Visit, number: FromPath[str], data: JSONBody[ExcuseAsked]) -> None:
        """Give an excuse for not signing."""
        mine = await service.own(number, actor=visit.actor, now=visit.now)
        known = rulesets.get(mine.contract.ruleset).abandonment_excuses
        code, words = rules.parse_excuse(_typed(data), tuple(known))
        await service.excuse(number, code, words, actor=visit.actor, now=visit.now)

    @post("/lapse", guards=PARTIES, status_code=204, summary="Call a contract unsigned", responses=REFUSED)
    async def lapse(self, visit: Visit, number: FromPath[str]) -> None:
        """End a contract that was not signed in time."""
        await service.lapse(number, actor=visit.actor, now=visit.now)

    @post("/file", guards=OWNER, status_code=204, summary="File", responses=REFUSED)
    async def file(self, visit: Visit, number: FromPath[str]) -> None:
        """File a signed contract."""
        await service.file(number, actor=visit.actor, now=visit.now)

    @post("/begin", guards=AGENCY, status_code=204, summary="Begin the work", responses=REFUSED)
    async def begin(self, visit: Visit, number: FromPath[str]) -> None:
        """Begin the work."""
        await service.begin(number, actor=visit.actor, now=visit.now)

    @post("/deliver", guards=AGENCY, status_code=200, summary="Deliver", responses=REFUSED)
    async def deliver(self, visit: Visit, number: FromPath[str], data: JSONBody[DeliveryAsked]) -> Delivered:
        """Deliver the work."""
        delivery = rules.parse_delivery(_typed(data))
        return Delivered(await service.deliver(number, delivery, actor=visit.actor, now=visit.now))

    @post("/accept", guards=OWNER, status_code=204, summary="Accept", responses=REFUSED)
    async def accept(self, visit: Visit, number: FromPath[str]) -> None:
        """Accept a delivery."""
        await service.accept(number, actor=visit.actor, now=visit.now)

    @post("/return", guards=OWNER, status_code=204, summary="Return", responses=REFUSED)
    async def send_back(self, visit: Visit, number: FromPath[str], data: JSONBody[WordsAsked]) -> None:
        """Return a delivery with every reason."""
        await service.send_back(number, rules.parse_words(_typed(data)), actor=visit.actor, now=visit.now)

    @post("/resume", guards=AGENCY, status_code=204, summary="Resume", responses=REFUSED)
    async def resume(self, visit: Visit, number: FromPath[str]) -> None:
        """Go on after a return."""
        await service.resume(number, actor=visit.actor, now=visit.now)

    @post("/changes", guards=PARTIES, summary="Ask for a change", responses=REFUSED)
    async def change(self, visit: Visit, number: FromPath[str], data: JSONBody[ChangeAsked]) -> ChangeNumber:
        """Ask the other party for a change."""
        asked = rules.parse_change(_typed(data))
        return ChangeNumber(await service.change(number, asked, actor=visit.actor, now=visit.now))

    @post("/changes/{change:int}/answer", guards=PARTIES, status_code=204, summary="Answer a change", responses=REFUSED)
    async def answer_change(
        self, visit: Visit, number: FromPath[str], change: FromPath[int], data: JSONBody[AnswerAsked]
    ) -> None:
        """Agree to a change, or refuse it."""
        await service.answer_change(number, change, data.agrees, actor=visit.actor, now=visit.now)

    @post("/close", guards=OWNER, status_code=204, summary="Record payment and close", responses=REFUSED)
    async def close(self, visit: Visit, number: FromPath[str], data: JSONBody[PaymentAsked]) -> None:
        """Close an accepted contract."""
        await service.close(number, rules.parse_payment(_typed(data)), actor=visit.actor, now=visit.now)

    @post("/terminate", guards=PARTIES, status_code=204, summary="Terminate", responses=REFUSED)
    async def terminate(self, visit: Visit, number: FromPath[str], data: JSONBody[TerminationAsked]) -> None:
        """End a contract early."""
        await service.terminate(number, rules.parse_termination(_typed(data)), actor=visit.actor, now=visit.now)

    @post("/answer", guards=PARTIES, status_code=204, summary="Answer the reason", responses=REFUSED)
    async def answer(self, visit: Visit, number: FromPath[str], data: JSONBody[AnswerAsked]) -> None:
        """Say whether the reason of a termination is right."""
        await service.answer_fault(number, data.agrees, data.words.strip(), actor=visit.actor, now=visit.now)


def _line(found: Any) -> ContractLine:
    return ContractLine(**{name: found[name] for name in ContractLine.__struct_fields__})


def _typed(data: Struct) -> Typed:
    """Take what a program sent as if it had been typed, so that one parser answers both; fen become yuan."""
    values = to_builtins(data)
    written = {
        name: f"{value // FEN_PER_YUAN}.{value % FEN_PER_YUAN:02d}" if name.endswith("_fen") else value
        for name, value in values.items()
    }
    return sent(written)


ROUTES: tuple[Any, ...] = (PublicContracts, ContractActs)
