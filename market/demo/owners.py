"""
The owners of the sample city and what they build, with whose money.

A project is there before its first notice; the index by moment lets a notice
choose among the projects that existed when it was published.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from market.demo import names
from market.demo.bodies import FIRST_OWNER, Bodies, Body
from market.demo.plan import Plan
from market.demo.rows import City, Row, as_json
from market.kernel import divisions, rulesets
from market.kernel.rulesets.schema import Funds

_PROJECTS_PER_OWNER: Final = 2.4
_DISTRICTS: Final = tuple(code for code in divisions.SAMPLE if code[4:] != "00")


@dataclass(frozen=True, slots=True)
class Work:
    """A project with its owner and its funds."""

    row: Row
    owner: Body
    funds: tuple[tuple[Funds, int], ...]


@dataclass(frozen=True, slots=True)
class Works:
    """All projects of the city, oldest first."""

    moments: list[datetime]
    works: list[Work]

    def choose(self, rng: Random, at: datetime) -> Work:
        """Return one of the projects that existed at a moment, a recent one rather than an old one."""
        end = bisect_right(self.moments, at)
        start = bisect_right(self.moments, at - timedelta(days=240))
        return self.works[rng.randrange(min(start, end - 1), end)]


def add_owners(city: City, plan: Plan, bodies: Bodies) -> Works:
    """Add every owner and its projects."""
    rng = plan.rng("owners")
    stems = names.stems(plan.rng("owner names"))
    owners = [_owner(plan, bodies, rng, number, stems[number]) for number in range(plan.owners)]
    count = round(plan.owners * _PROJECTS_PER_OWNER)
    days = sorted(rng.randrange(-60, (plan.cut - plan.begin).days - 2) for _ in range(count - len(owners)))
    weights = [1.0 / (place + 6) for place in range(len(owners))]
    chosen = owners + rng.choices(owners, weights, k=len(days))
    dated = sorted(zip([-70] * len(owners) + days, range(count), chosen, strict=True), key=lambda each: each[:2])
    works = [_work(city, plan, rng, place=place, day=day, owner=owner) for place, (day, _, owner) in enumerate(dated)]
    return Works([work.row["created_at"] for work in works], works)


def _owner(plan: Plan, bodies: Bodies, rng: Random, number: int, stem: str) -> tuple[Body, Funds]:
    funds = rng.choices(list(Funds), (46, 26, 16, 12))[0] if number else Funds.GOVERNMENT_INVESTMENT
    division = rng.choice(_DISTRICTS)
    place = divisions.SAMPLE[division].zh
    kinds = {Funds.STATE_OWNED: names.STATE_OWNERS, Funds.PRIVATE: names.PRIVATE_OWNERS}
    name = f"{place}示例{stem}{rng.choice(kinds.get(funds, names.PUBLIC_OWNERS))}"
    login = f"owner-{number:05d}@demo.invalid" if number else "sample-owner@demo.invalid"
    at = bodies.opened_at + timedelta(minutes=rng.randrange(20_000))
    return bodies.add("owner", FIRST_OWNER + number, name, login=login, at=at, division=division), funds


def _work(city: City, plan: Plan, rng: Random, *, place: int, day: int, owner: tuple[Body, Funds]) -> Work:
    at = plan.in_office_hours(rng, plan.workday_from((plan.begin + timedelta(days=day)).date()))
    body, main = owner
    funds = _shares(rng, main)
    division = body.organisation["division"]
    code = f"{at.year}-{division}-{rng.randrange(10, 90)}-{rng.choice(('01', '04'))}-{place + 1:06d}"
    stored: list[dict[str, Any]] = [{"kind": str(kind), "percent": percent} for kind, percent in funds]
    ruleset = rulesets.get("practice-2026")
    row = city.add(
        "project",
        owner=body.organisation["id"],
        name=f"{body.organisation['name']}{rng.choice(names.PROJECTS)}",
        project_code=code,
        division=division,
        funds=as_json(stored),
        public_funds=any(ruleset.is_public(kind) for kind, _ in funds),
        approving_authority="云湖市示例发展改革主管部门",
        approval_document=f"云湖示例审批〔{at.year}〕{place + 1}号",
        created_at=at,
    )
    city.act(at, "project.added", code, {"project_code": code, "funds": stored})
    return Work(row, body, funds)


def _shares(rng: Random, main: Funds) -> tuple[tuple[Funds, int], ...]:
    if main is Funds.PRIVATE or rng.random() < 0.8:
        return ((main, 100),)
    other = Funds.FISCAL_FUNDS if main is not Funds.FISCAL_FUNDS else Funds.STATE_OWNED
    percent = rng.choice((60, 70, 80, 90))
    return ((main, percent), (other, 100 - percent))
