"""
The desk's pages behind a sign-in: the inbox, and the overviews that no domain owns.

Opening a message is the only act here: it counts as service of what the
message says, so it is a POST and never a mere look at the list.
"""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from market.accounts.guards import needs, needs_anyone
from market.credit.service import overview as credit
from market.desk import places, rules
from market.desk.tables import overview as tables
from market.kernel import terms
from market.kernel.errors import NotFound
from market.kernel.roles import Role
from market.kernel.times import local
from market.messages import service as messages
from market.messages.service import Note
from market.notices.states import NoticeState
from market.notices.tables import rows as owned
from market.respond import page, see
from market.visit import Visit

NEWEST = 50
LARGEST_KEY = 2**63 - 1
MOST_OWNED = 200
RUNNING = (NoticeState.OPEN, NoticeState.CLOSED, NoticeState.OPENING, NoticeState.STANDSTILL)


@get("/inbox", guards=[needs_anyone()], include_in_schema=False)
async def inbox(visit: Visit, before: FromQuery[int | None] = None) -> Response[str]:
    """List the messages of the organisation one acts for."""
    if before is not None and not 0 < before <= LARGEST_KEY:
        raise NotFound
    notes = await messages.inbox(visit.actor, NEWEST + 1, before)
    unread = await messages.unread(visit.actor)
    shown = [(note, _words(note, visit)) for note in notes[:NEWEST]]
    nav = f"{visit.actor.role}/messages"
    older = notes[NEWEST - 1].id if len(notes) > NEWEST else None
    return page(visit, "desk/inbox.html", nav=nav, notes=shown, unread=unread, older=older)


@get("/inbox/{number:int}", guards=[needs_anyone()], include_in_schema=False)
async def message(visit: Visit, number: FromPath[int]) -> Response[Any]:
    """Show a message that was opened; one that was not is opened from the list."""
    note = await _one(visit, number)
    if note.read_at is None:
        return see("/inbox")
    nav = f"{visit.actor.role}/messages"
    link = places.place_of(note, visit.actor.role)
    return page(visit, "desk/message.html", nav=nav, note=note, words=_words(note, visit), link=link)


@post("/inbox/{number:int}", guards=[needs_anyone()], status_code=303, include_in_schema=False)
async def open_message(visit: Visit, number: FromPath[int]) -> Response[Any]:
    """Open a message: from now on it counts as read by the organisation."""
    note = await _one(visit, number)
    await messages.mark_read(visit.actor, note.id, now=visit.now)
    return see(f"/inbox/{note.id}")


@get("/owner", guards=[needs(Role.OWNER)], include_in_schema=False)
async def owner(visit: Visit) -> Response[str]:
    """Show an owner its drafts, its notices by their next moment, who was chosen, and what failed."""
    notices = await owned.of_owner(visit.actor.organisation_id or 0, MOST_OWNED)
    followed = {each.predecessor for each in notices}
    running = [each for each in notices if each.state in RUNNING]
    return page(
        visit,
        "desk/owner.html",
        nav="owner/desk",
        drafts=[each for each in notices if each.state is NoticeState.DRAFT],
        running=sorted(running, key=rules.next_moment),
        failed=[each for each in notices if each.state is NoticeState.FAILED and each.code not in followed],
        awards=await tables.awards_by(visit.actor.organisation_id),
        questions=await credit.of_owner(visit.actor, visit.now),
    )


@get("/agency", guards=[needs(Role.AGENCY)], include_in_schema=False)
async def agency(visit: Visit) -> Response[str]:
    """Show an agency where it stands and what waits for it."""
    organisation = visit.actor.organisation_id
    cases, abandonments = await credit.of_agency(visit.actor, visit.now)
    return page(
        visit,
        "desk/agency.html",
        nav="agency/desk",
        standing=await tables.agency(organisation),
        awards=await tables.proposed_to(organisation, visit.now),
        registered=await tables.registered(organisation),
        ending=await tables.ending(organisation, local(visit.now).date()),
        today=local(visit.now).date(),
        cases=cases,
        abandonments=abandonments,
    )


@get("/regulator", guards=[needs(Role.REGULATOR)], include_in_schema=False)
async def regulator(visit: Visit) -> Response[str]:
    """Show what happened in scope this year, and what waits for a decision."""
    scopes = visit.actor.scopes
    since = rules.beginning_of(f"{local(visit.now).year}-01")
    return page(
        visit,
        "desk/regulator.html",
        nav="regulator/desk",
        states=await tables.states(scopes),
        remarkable=await tables.remarkable(scopes, since),
        direct=await tables.direct(scopes, since),
        proposed=await tables.proposed(),
        waits=await credit.overview(visit.actor, now=visit.now),
    )


@get("/operator", guards=[needs(Role.OPERATOR)], include_in_schema=False)
async def operator(visit: Visit) -> Response[str]:
    """Show which applications and qualifications wait."""
    return page(
        visit,
        "desk/operator.html",
        nav="operator/desk",
        admissions=await tables.admissions(),
        unverified=await tables.unverified(local(visit.now).date()),
    )


@get("/authority", guards=[needs(Role.AUTHORITY)], include_in_schema=False)
async def authority(visit: Visit) -> Response[str]:
    """Show what became of the items one proposed."""
    proposals = await tables.proposals_of(visit.actor.organisation_id)
    return page(visit, "desk/authority.html", nav="authority/desk", proposals=proposals)


@get("/auditor", guards=[needs(Role.AUDITOR)], include_in_schema=False)
async def auditor(visit: Visit) -> Response[str]:
    """Lead to everything there is to read."""
    return page(visit, "desk/auditor.html", nav="auditor/desk")


async def _one(visit: Visit, number: int) -> Note:
    """Return one message of the acting organisation; another's does not exist."""
    if not 0 < number < LARGEST_KEY:
        raise NotFound
    found = await messages.inbox(visit.actor, 1, number + 1)
    if not found or found[0].id != number:
        raise NotFound
    return found[0]


def _words(note: Note, visit: Visit) -> str:
    words = terms.said("message", note.kind, note.params, visit.lang)
    title = str(note.params.get("title", ""))
    return words if not title or title in words else words + ("：" if visit.lang == "zh" else ": ") + title


ROUTES = (inbox, message, open_message, owner, agency, regulator, operator, authority, auditor)
