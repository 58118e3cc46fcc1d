"""The morning pages: what each night did, for regulators, auditors and the operator."""

from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath

from market.accounts.guards import needs
from market.credit import service
from market.credit.states import Grade
from market.kernel import terms
from market.kernel.roles import Role
from market.respond import page as answer
from market.visit import Visit

READERS: Final = [needs(Role.REGULATOR, Role.OPERATOR, Role.AUDITOR)]


@get("/regulator/runs", guards=READERS)
async def nights(visit: Visit) -> Response[str]:
    """List the nights."""
    return answer(visit, "credit/nights.html", nav=f"{visit.actor.role}/runs", nights=await service.nights())


@get("/regulator/runs/{as_of:str}", guards=READERS)
async def night(visit: Visit, as_of: FromPath[str]) -> Response[str]:
    """Show what one night did."""
    found = await service.night(service.slot_of(as_of), visit.actor)
    jobs = {name for each in found.jobs for name in (each.job, *each.counts, *each.tables)}
    names = {name: _word(name, visit.lang) for name in jobs | {kind for each in found.jobs for kind in _kinds(each)}}
    shown: dict[str, Any] = {"night": found, "grades": list(Grade), "names": names}
    return answer(visit, "credit/night.html", nav=f"{visit.actor.role}/runs", **shown)


def _kinds(job: service.JobDone) -> set[str]:
    return {kind for table in job.tables.values() for kind in table}


def _word(name: str, lang: terms.Language) -> str:
    """Say what a job counted; a job that tells no word for it is quoted."""
    return terms.word("night", name, lang) if name in terms.codes("night") else name


ROUTES: tuple[Any, ...] = (nights, night)
