"""An owner's pages of what it is asked about services it bought; one click answers."""

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.params import FromPath

from market.accounts.guards import needs
from market.credit import lead_rules as rules
from market.credit.service import questions as service
from market.credit.states import FreelyBought
from market.kernel.errors import NotFound, Refusal
from market.kernel.roles import Role
from market.pages import Form
from market.respond import page, read_form, see
from market.visit import Visit

OWNER: Final = [needs(Role.OWNER)]
LARGEST_KEY: Final = 2**63 - 1


@get("/owner/questions", guards=OWNER)
async def questions(visit: Visit) -> Response[str]:
    """List the questions an owner was asked."""
    found = await service.of_owner(visit.actor)
    return page(visit, "leads/questions.html", nav="owner/questions", questions=found)


@get("/owner/questions/{key:int}", guards=OWNER)
async def question(visit: Visit, key: FromPath[int]) -> Response[str]:
    """Show a question with its three answers."""
    return await _question(visit, _key(key), Form.of())


@post("/owner/questions/{key:int}", guards=OWNER, status_code=200)
async def answer(request: Request[Any, Any, Any], visit: Visit, key: FromPath[int]) -> Response[Any]:
    """Answer a question."""
    typed = await read_form(request)
    try:
        said, words = rules.parse_answer(typed)
        await service.answer(_key(key), said, words, actor=visit.actor, now=visit.now)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await _question(visit, key, typed.as_form(refusal, visit.lang), refusal.status)
    return see(f"/owner/questions/{key}")


async def _question(visit: Visit, key: int, form: Form, status: int = 200) -> Response[str]:
    found = await service.question(key, visit.actor)
    may_answer = found.answer is None and rules.may_answer(found.answer_by_at, visit.now)
    named = {"q": found, "may_answer": may_answer, "answers": list(FreelyBought)}
    return page(visit, "leads/question.html", nav="owner/questions", status=status, form=form, **named)


def _key(key: int) -> int:
    if not 0 < key <= LARGEST_KEY:
        raise NotFound
    return key


ROUTES: tuple[Any, ...] = (questions, question, answer)
