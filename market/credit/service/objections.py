"""
Objections to a draft: an agency reads its own line, says what is wrong, and a regulator answers.

An agency sees its line and nobody else's. An answer changes no score: what is
upheld is corrected at its source, and the draft is computed anew.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from asyncpg import Record

from market.credit.queries import objections as queries
from market.credit.queries import rankings, scores
from market.credit.queries.objections import ObjectionRow
from market.credit.queries.rankings import RankingRow
from market.credit.rules import Answer
from market.credit.service.rankings import may_confirm, subject_of
from market.credit.service.scores import Score, score_from
from market.credit.states import ObjectionOutcome, RankingState
from market.db import writing
from market.kernel.errors import Conflict, Forbidden, NotFound
from market.kernel.roles import Actor, Role
from market.ledger import service as ledger
from market.messages import service as messages


@dataclass(frozen=True, slots=True)
class Own:
    """What an agency reads of a ranking: its score, what it filed against each draft, and whether it may file."""

    ranking: RankingRow
    score: Score
    objections: tuple[ObjectionRow, ...]
    may_object: bool

    @property
    def objection(self) -> ObjectionRow | None:
        """Return what the agency filed against the draft as it is now."""
        return next((each for each in self.objections if each.run_number == self.ranking.run_number), None)


async def own_rankings(actor: Actor) -> list[Record]:
    """List the rankings, drafts among them, that hold the agency somebody acts for."""
    return await scores.own_rankings(actor.organisation_id or 0)


async def own(slot: date, *, actor: Actor, now: datetime) -> Own:
    """Explain an agency's own score in the newest edition of a quarter, drafted or published."""
    found = await rankings.ranking(slot)
    organisation = actor.organisation_id or 0
    held = await scores.own_score(organisation, found.id) if found else None
    if found is None or held is None or actor.role is not Role.AGENCY:
        raise NotFound("score_not_found")
    own = Own(found, score_from(held), tuple(await queries.of_agency(found.id, organisation)), may_object=False)
    return replace(own, may_object=own.objection is None and _open(found, now))


async def object_to(slot: date, words: str, *, actor: Actor, now: datetime) -> int:
    """File the one objection an agency has against a draft; one computed anew is another draft."""
    async with writing():
        found = await rankings.locked(slot)
        agency = await queries.agency_of(found.run, actor.organisation_id or 0) if found else None
        if found is None or agency is None or actor.role is not Role.AGENCY or actor.person_id is None:
            raise NotFound("score_not_found")
        if not _open(found, now):
            raise Conflict("objections_closed")
        made = await queries.add(found.id, agency, words, person=actor.person_id, now=now)
        if made is None:
            raise Conflict("objection_filed_once")
        named = {"slot": slot.isoformat()}
        told, subject = await rankings.regulators(), subject_of(slot)
        await messages.tell_all(told, "ranking_objection_filed", at=now, subject=subject, **named)
        document = {"agency": agency, "person": actor.person_id, "words": words}
        fields = {"edition": found.edition}
        await ledger.append("ranking.objection_filed", at=now, subject=subject, fields=fields, document=document)
        return made


async def answer(slot: date, number: int, said: Answer, *, actor: Actor, now: datetime) -> None:
    """Answer an objection to a draft, once."""
    async with writing():
        found = await rankings.locked(slot)
        filed = await queries.of_ranking(found.id) if found else []
        objection = next((each for each in filed if each.id == number), None)
        if found is None or objection is None:
            raise NotFound("objection_not_found")
        if not may_confirm(actor) or actor.person_id is None or actor.organisation_id is None:
            raise Forbidden("ranking_not_yours")
        named = {"person": actor.person_id, "organisation": actor.organisation_id}
        if not await queries.answer(number, said.outcome, said.words, **named, now=now):
            raise Conflict("objection_answered")
        subject, told = subject_of(slot), {"slot": slot.isoformat()}
        kind = "ranking_objection_upheld" if said.outcome is ObjectionOutcome.UPHELD else "ranking_objection_dismissed"
        await messages.tell(objection.organisation, kind, at=now, subject=subject, **told)
        fields = {"edition": found.edition, "outcome": str(said.outcome)}
        document = {**named, "objection": number, "answer": said.words}
        await ledger.append("ranking.objection_answered", at=now, subject=subject, fields=fields, document=document)


def _open(found: RankingRow, now: datetime) -> bool:
    return found.state is RankingState.DRAFTED and found.drafted_at <= now < found.objections_until_at
