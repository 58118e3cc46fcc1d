"""
The registrants on a notice's page: a step of a count before the freeze, names, prices and places after it.

Before the list is frozen nobody but the agency itself is told who has
registered, so that nobody can agree on anything.
"""

from market.kernel.roles import Role
from market.notices import panels
from market.notices import service as notices
from market.notices.lists import shown_state
from market.notices.service import NoticeRow
from market.notices.states import NoticeState
from market.registrations import rules, service
from market.registrations.states import RegistrationState
from market.registrations.tables import RegistrationRow
from market.respond import render
from market.visit import Visit


def register() -> None:
    """Add this panel to the page of a notice."""
    panels.register("registrations", provide)
    panels.register_action("registrations", first_action)


async def first_action(visit: Visit, code: str) -> str | None:
    """Return the button an agency presses first, while registrations are taken; a visitor may become one."""
    notice = await notices.notice(code)
    if visit.actor.role not in (Role.PUBLIC, Role.AGENCY):
        return None
    if shown_state(notice.state, notice.closes_at, visit.now) is not NoticeState.OPEN:
        return None
    return render(visit, "registrations/action.html", notice=notice, mine=await _standing(visit, notice.id))


async def provide(visit: Visit, code: str) -> str | None:
    """Return the panel of a published notice."""
    notice = await notices.notice(code)
    return render(
        visit,
        "registrations/panel.html",
        notice=notice,
        sealed=names_are_hidden(notice),
        bucket=rules.bucket(await service.count(notice.id)),
        pool=() if names_are_hidden(notice) else await service.pool_of(notice.id),
        refused=() if names_are_hidden(notice) else await service.refused_of(notice.id),
        mine=await _standing(visit, notice.id),
    )


async def _standing(visit: Visit, notice_id: int) -> RegistrationRow | None:
    """Return the visitor's registration unless it was withdrawn."""
    mine = await service.own(notice_id, visit.actor)
    return mine if mine is not None and mine.state is not RegistrationState.WITHDRAWN else None


def names_are_hidden(notice: NoticeRow) -> bool:
    """Tell whether names are still nobody's business: until the freeze, and for ever if it never came."""
    return notice.closed_at is None
