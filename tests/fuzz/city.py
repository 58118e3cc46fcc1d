"""
A small market in which every role has something of its own and something that belongs to somebody else.

`Ids` says what a path may name: what the asking role owns, or what it does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from market import db
from market.accounts import sessions
from market.clock import service as clock
from market.kernel.roles import Actor, Role
from market.messages import service as messages
from market.registrations import service as registrations
from tests.build_contracts import Deals
from tests.build_notices import Entrant, Place, some_conditions
from tests.build_selection import City as Draws
from tests.fuzz import supervision

ROLES = (Role.OWNER, Role.AGENCY, Role.REGULATOR, Role.OPERATOR, Role.AUTHORITY, Role.AUDITOR)


@dataclass(slots=True)
class City:
    """Who acts in each role, and what paths may name: ``own`` by role, ``foreign`` for everybody."""

    place: Place
    actors: dict[Role, Actor] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)

    def ids(self, kind: str) -> Mapping[str, str]:
        """Return what paths name for a kind of request."""
        return self.own | self.foreign if kind == "foreign id" else self.own

    async def session(self, role: Role, *, expired: bool = False) -> str:
        """Open a session of a role, or one that is over."""
        actor = self.actors[role]
        assert actor.person_id is not None
        assert actor.organisation_id is not None
        now = await clock.now() - (timedelta(days=2) if expired else timedelta(0))
        async with db.writing():
            return await sessions.open_session(actor.person_id, actor.organisation_id, now=now, replaces=None)

    async def token(self, role: Role, *, expired: bool = False) -> str:
        """Make a bearer token of a role, or one that is over."""
        now = await clock.now() - (timedelta(days=2) if expired else timedelta(0))
        async with db.writing():
            return await sessions.make_token(self.actors[role], "fuzz", now=now, days=1)


async def found(place: Place) -> City:
    """Fill the market."""
    place.now = await clock.now()
    city = City(place)
    mine, theirs = await place.an_agency(), await place.an_agency(guide_max_fen=20_000_000)
    city.actors = {Role.OWNER: place.owner, Role.AGENCY: mine.actor, Role.REGULATOR: place.regulator}
    for role in (Role.OPERATOR, Role.AUTHORITY, Role.AUDITOR):
        city.actors[role] = await place.actor(role)
    for actor in (*city.actors.values(), theirs.actor):
        await join(place, actor)
    await clock.beat("fuzz", now=place.now + timedelta(hours=1))  # so that the market is ready all the while
    city.own = await _belongings(place, place.owner, mine)
    foreign = await _belongings(place, await place.actor(Role.OWNER), theirs)
    # A foreign owner's draft, agency's guide, claim and message; what is public belongs to nobody.
    city.foreign = {name: foreign[name] for name in ("draft", "guide_id", "row", "number", "receipt", "contract")}
    deals = await deals_of(place, place.owner, mine)
    city.own |= await supervision.overseen(place, place.regulator, mine, deals)
    # A case about another agency, and keys of nothing: leads and questions of others are hidden by their numbers.
    other = await supervision.noticed(place, theirs)
    city.foreign |= {name: other for name in city.own if name.startswith("case:")}
    city.foreign |= dict.fromkeys(("signal", "lead:case", "lead:dismiss", "question"), str(2**62))
    return city


async def join(place: Place, actor: Actor) -> None:
    """Make the person of the city a member of an organisation."""
    await place.add(
        "membership", person=actor.person_id, organisation=actor.organisation_id, manager=True, created_at=place.now
    )


async def _belongings(place: Place, owner: Actor, entrant: Entrant) -> dict[str, str]:
    """Give an owner an open notice and a draft, and an agency a claim, a draft guide, a receipt and a message."""
    before, place.owner = place.owner, owner
    conditions = some_conditions(closes_at=place.now + timedelta(minutes=30))
    code = await place.an_open_notice(conditions=conditions)
    draft = await place.a_draft(conditions=conditions)
    place.owner = before
    receipt = await registrations.register(code, declared=True, actor=entrant.actor, now=await clock.now())
    guide = await place.connection.fetchval(
        "insert into guide (agency, item, version, state, conditions, steps, time_limit_days, fee_kind, fee,"
        " fee_max_fen, materials, deliverables, contact, plain_words, drafted_at)"
        " select agency, item, 2, 'draft', '-', steps, 10, fee_kind, '{\"amount_fen\": 100}', 100, '-', '-', '-', '-',"
        " now() from guide where id = $1 returning id",
        entrant.guide,
    )
    claim = await place.connection.fetchval("select min(id) from qualification where agency = $1", entrant.id)
    assert entrant.actor.organisation_id is not None
    async with db.writing():
        await messages.tell(
            entrant.actor.organisation_id, "registered", at=place.now, subject=code, notice=code, title=""
        )
    message = await place.connection.fetchval(
        "select max(id) from message where organisation = $1", entrant.actor.organisation_id
    )
    deals = await deals_of(place, owner, entrant)
    contract = await deals.due(confirmed_at=place.now - timedelta(days=1))
    return {
        "contract": contract, "act": "terminate", "change": "1", "code": code, "draft": draft, "item_code": "ZJ-001",
        "uscc": entrant.uscc, "guide_id": str(guide), "row": str(claim), "number": str(message),
        "receipt": receipt.code, "step": "1", "kind": "claims", "award": "1", "slug": "owner", "name": "app.css",
        "size": "1", "index": "1", "path": "x", "slot": "2026-03-31", "as_of": "2026-03-31", "key": "1", "check": "1",
        "version": "credit-score-1", "indicator": "T01",
    }  # fmt: skip


async def deals_of(place: Place, owner: Actor, entrant: Entrant) -> Deals:
    """Make what gives an owner and an agency contracts to sign."""
    assert owner.organisation_id is not None
    draws = Draws(place.connection, person=place.person, item=place.item, owner=owner.organisation_id)
    draws.agencies[entrant.uscc], draws.guides[entrant.uscc] = entrant.id, entrant.guide
    draws.numbers = taken = await place.connection.fetchval("select count(*) from notice")
    return Deals(draws, owner, entrant.actor, entrant.uscc, numbers=900 + taken)
