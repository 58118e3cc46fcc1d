"""Who acts in the made-up past of the sample city, and when an office acts."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from market import db
from market.accounts import sessions
from market.demo import SampleCityRefused
from market.demo.bodies import REVIEWER, SIGNER, SUPERVISOR
from market.kernel.calendar import WorkCalendar
from market.kernel.roles import Actor
from market.kernel.times import ZONE, local

_OFFICE: Final = time(10)


@dataclass(frozen=True, slots=True)
class People:
    """The three people of the regulator: one prepares, one signs, one answers appeals."""

    supervisor: Actor
    signer: Actor
    reviewer: Actor


async def found() -> People:
    """Return the people of the sample city's regulator as they act when signed in."""
    return People(await actor_of(SUPERVISOR), await actor_of(SIGNER), await actor_of(REVIEWER))


async def actor_of(login: str) -> Actor:
    """Return a sample person as they act when signed in."""
    person: int | None = await db.value("select id from person where login = $1", login)
    if person is None:
        raise SampleCityRefused(f"There is no {login}; its history needs the sample city.")
    return (await sessions.memberships(person))[0].actor


async def member_of(organisation: int) -> Actor:
    """Return the person who acts for an agency."""
    person = await db.value("select person from membership where organisation = $1 order by id limit 1", organisation)
    acting = (each.actor for each in await sessions.memberships(person))
    return next(each for each in acting if each.organisation_id == organisation)


async def goes_on(agency: int, after: datetime) -> bool:
    """
    Tell whether an agency enters notices of the city after a moment.

    What it does later was there before its past is made up: nobody is kept out who then comes.
    """
    sql = "select exists (select from registration where agency = $1 and registered_at > $2)"
    return bool(await db.value(sql, agency, after))


def in_office(day: date) -> datetime:
    """Return a moment of a day at which an office acts."""
    return datetime.combine(day, _OFFICE, ZONE)


def passed(at: datetime | None, workdays: int, now: datetime, days: WorkCalendar) -> bool:
    """Tell whether so many working days have gone by since something happened."""
    return at is not None and days.add_workdays(local(at).date(), workdays) <= local(now).date()
