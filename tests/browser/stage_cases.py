"""
Cases, abandonments, leads and questions of the stage, in each state a person can meet.

Each is brought there by the services, with what the clock does between them done at the moments it falls due. Three
people of the sample regulator share the work, as the rules want it.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from market import db
from market.credit.abandonment_rules import Contest, Finding
from market.credit.case_facts import FactCode, fact
from market.credit.service import abandonments, cases, openings
from market.credit.states import Breach, CaseGround, EntryKind, MeasureKind
from market.kernel.calendar import end_of
from market.kernel.roles import SYSTEM, Actor, Role
from tests.build_abandonments import declined
from tests.build_cases import a_colleague, a_draft, an_opening, moment
from tests.build_contracts import Deals
from tests.build_selection import City

DAY: Final = timedelta(days=1)
CLAUSE: Final = "示范规则（2026）第七章：按服务指南收费，不得强制服务"
FACTS: Final = (
    fact(
        FactCode.OBSERVED,
        zh="机构对 3 份合同的收费高于已公布的服务指南，最多高出 12%。",
        en="The agency billed 3 contracts above its published guide, by 12% at most.",
    ),
    fact(FactCode.OTHER_EXPLANATIONS, zh="服务范围经双方确认后有增加", en="work added by agreement"),
    fact(FactCode.RECORDS, count=3),
)
# Numbers of the notices given up, far from those of others.
NUMBERS: Final = 700


@dataclass(slots=True)
class Bench:
    """Who decides: the one who acts on the pages, a colleague who drafts, and one who signs."""

    now: datetime
    regulator: Actor
    drafter: Actor
    signer: Actor
    agency: Actor
    others: list[Actor]
    keys: dict[int, int] = field(default_factory=dict)

    def another(self) -> Actor:
        """Take an agency that no measure has met yet."""
        return self.others.pop()

    def some(self, place: int) -> Actor:
        """Return one of the agencies that are under a case and go on as before."""
        return self.others[place]

    async def opened(self, agency: Actor, days_ago: int, **changes: Any) -> str:
        """Open a case about an agency and let the clock tell it."""
        at = self.now - days_ago * DAY
        usual = {"ground": CaseGround.FEE_OVER_GUIDE, "facts": FACTS, "clause": CLAUSE, "trade": None}
        opening = await an_opening(self.keys[agency.organisation_id or 0], **{**usual, **changes})
        number = await cases.open_case(opening, actor=SYSTEM, now=at)
        await through(number, at)
        return number

    async def served(self, agency: Actor, days_ago: int, **changes: Any) -> str:
        """Open a case whose notice its agency opens the same hour."""
        number = await self.opened(agency, days_ago, **changes)
        await cases.acknowledge(number, actor=agency, now=self.now - days_ago * DAY + timedelta(hours=1))
        return number

    async def to_decide(
        self, agency: Actor, days_ago: int, *, hearing: bool = False, **changes: Any
    ) -> tuple[str, datetime]:
        """Let the statement period of a case end, a hearing asked for or not; return its number and that moment."""
        number = await self.served(agency, days_ago, **changes)
        if hearing:
            asked_at = self.now - days_ago * DAY + timedelta(hours=2)
            await cases.ask_hearing(number, "请求当面说明收费构成。", actor=agency, now=asked_at)
        until = await moment(number, "statement_until_at")
        await through(number, until)
        return number, until

    async def signed(self, agency: Actor, days_ago: int, draft: dict[str, Any], **changes: Any) -> tuple[str, datetime]:
        """Let two people decide a case when its statement period ends; return its number and the hour after it."""
        number, at = await self.to_decide(agency, days_ago, **changes)
        await cases.draft(number, a_draft(**PLAIN, **draft), actor=self.drafter, now=at)
        await cases.sign(number, actor=self.signer, now=at + timedelta(hours=1))
        return number, at + timedelta(hours=2)

    async def in_force(self, agency: Actor, draft: dict[str, Any], **changes: Any) -> tuple[str, datetime]:
        """Let a decision be carried out; return the number of its case and that moment."""
        number, _ = await self.signed(agency, 60, draft, **changes)
        executes: datetime = await db.value(
            'select executes_at from case_decision d join credit_case c on c.id = d."case" where c.number = $1', number
        )
        await through(number, executes)
        return number, executes


PLAIN: Final[dict[str, Any]] = {
    "found": "三份合同的收费高于服务指南，机构未说明理由。",
    "reasons": "合同、发票和服务指南相互印证。",
    "clause": CLAUSE,
    "proportionality": "首次出现，已退还多收的费用，按较轻的一档处理。",
    "remedies": "可以在案件页面提出申诉，由未参与决定的人员答复。",
}
SUSPENSION: Final[dict[str, Any]] = {"measure": MeasureKind.SUSPEND_ALL, "months": 3, "reentry_months": None}
REMINDER: Final[dict[str, Any]] = {
    "measure": MeasureKind.REMINDER, "reentry_months": None, "breach": Breach.MINOR, "entry_kind": EntryKind.MINOR,
}  # fmt: skip
EXTERNAL: Final[dict[str, Any]] = {
    "ground": CaseGround.EXTERNAL_DECISION, "external_document": "云湖示例罚字〔2026〕第 1 号",
    "facts": (
        fact(FactCode.DECISION_IN_FORCE, number="云湖示例罚字〔2026〕第 1 号"),
        fact(FactCode.BREACH_FOUND, breach=str(Breach.SERIOUS)),
    ),
    "proposed": MeasureKind.ELIMINATION,
}  # fmt: skip


async def through(number: str, until: datetime) -> None:
    """Let the clock make each move of a case at the moment it falls due, up to a moment."""
    while True:
        due: datetime | None = await moment(number, "next_check_at")
        if due is None or due > until or not await cases.advance_case(number, now=due):
            return


async def set_up(
    owner_url: str, now: datetime, *, regulator: Actor, colleague: Actor, busy: Collection[Actor], agency: Actor
) -> Bench:
    """Bring abandonments and cases to every state; who is busy keeps its standing."""
    rows = await db.fetch(
        "select a.id, a.name, a.organisation, a.division, m.person from agency a"
        " join membership m on m.organisation = a.organisation where a.state = 'admitted' order by a.id desc"
    )
    actors = [Actor(Role.AGENCY, row["name"], row["person"], row["organisation"], row["division"]) for row in rows]
    kept = {each.organisation_id for each in busy}
    others = [each for each in actors if each.organisation_id not in kept]
    bench = Bench(now, regulator, colleague, await a_colleague(regulator), agency, others)
    bench.keys = {row["organisation"]: row["id"] for row in rows}
    await _undecided(bench)
    await _decided(bench)
    await _afterwards(bench)
    await _abandonments(owner_url, bench)
    return bench


async def _undecided(bench: Bench) -> None:
    """Leave cases before their decision: to be posted, posted, returned, served, waiting, overdue, dismissed."""
    agency, now, regulator = bench.agency, bench.now, bench.regulator
    item = await db.value("select min(id) from item where state = 'listed'")
    await bench.opened(agency, 1, ground=CaseGround.MONOPOLY, proposed=MeasureKind.SUSPEND_ITEM, item_id=item)
    for place, returned in enumerate((False, True)):
        number = await bench.opened(bench.some(place), 3)
        await cases.post(number, "邮政特快专递 EX000000001CN", actor=regulator, now=now - 2 * DAY)
        if returned:
            await cases.bounce(number, actor=regulator, now=now - DAY)
    number = await bench.served(agency, 2)
    await cases.state(number, "增加的服务有业主签字确认，材料随附。", "ab" * 32, actor=agency, now=now - DAY)
    await cases.ask_hearing(number, "请求当面说明收费构成。", actor=agency, now=now - DAY)
    await bench.served(bench.some(2), 1)
    number, until = await bench.to_decide(bench.some(0), 30)
    await cases.draft(number, a_draft(**PLAIN, **SUSPENSION), actor=bench.drafter, now=until + DAY)
    await bench.to_decide(bench.some(1), 29, hearing=True)
    number, _ = await bench.to_decide(bench.some(2), 85)
    await through(number, now)
    number, until = await bench.to_decide(bench.some(0), 40)
    await cases.dismiss(number, "多收的费用源于业主确认的增项，不构成违约。", actor=regulator, now=until + DAY)


async def _decided(bench: Bench) -> None:
    """Leave decisions that wait for their moment, that are in force, and that are over."""
    now = bench.now
    number, _ = await bench.to_decide(bench.some(0), 40)
    written = a_draft(**PLAIN, **SUSPENSION, executes_at=end_of((now + 4 * DAY).date()))
    await cases.draft(number, written, actor=bench.drafter, now=now - timedelta(hours=3))
    await cases.sign(number, actor=bench.signer, now=now - timedelta(hours=2))
    await bench.in_force(bench.another(), SUSPENSION)
    ended, executed = await bench.in_force(bench.some(1), REMINDER)
    await through(ended, executed)


async def _afterwards(bench: Bench) -> None:
    """Leave decisions that are appealed or repaired, and what became of that."""
    now, regulator = bench.now, bench.regulator
    agency = bench.another()
    number, _ = await bench.in_force(agency, {}, **EXTERNAL)
    await cases.file_appeal(number, "处罚决定正在行政复议。", actor=agency, now=now - 2 * DAY)
    agency = bench.another()
    number, _ = await bench.in_force(agency, SUSPENSION)
    await cases.ask_repair(number, "多收的费用已全部退还，收费流程已改正。", actor=agency, now=now - DAY)
    agency = bench.another()
    number, _ = await bench.in_force(agency, SUSPENSION)
    await cases.file_appeal(number, "增项有业主签字。", actor=agency, now=now - 5 * DAY)
    await cases.decide_appeal(number, upheld=True, answer="补充材料属实。", actor=regulator, now=now - 3 * DAY)
    agency = bench.another()
    number, _ = await bench.in_force(agency, SUSPENSION)
    await cases.ask_repair(number, "已退还并通过复查。", actor=agency, now=now - 5 * DAY)
    await cases.decide_repair(number, granted=True, answer="复查合格。", actor=regulator, now=now - 3 * DAY)


async def _abandonments(owner_url: str, bench: Bench) -> None:
    """Leave an abandonment in each state, and an agency that kept silent on three confirmed ones."""
    connection = await asyncpg.connect(owner_url)
    try:
        owner = await db.value("select min(id) from organisation where kind = 'owner'")
        await _of_the_sample_agency(await deals_of(connection, bench.regulator, bench.agency, owner), bench)
        await _silent(await deals_of(connection, bench.regulator, bench.another(), owner), bench)
    finally:
        await connection.close()


async def deals_of(connection: asyncpg.Connection, actor: Actor, agency: Actor, owner: int) -> Deals:
    """Make what makes awards of an agency of the sample city."""
    row: Any = await db.row(
        "select a.id, a.uscc, g.id as guide, g.item from agency a join guide g on g.agency = a.id"
        " and g.state = 'published' where a.organisation = $1 order by g.id limit 1",
        agency.organisation_id,
    )
    city = City(connection, person=actor.person_id or 0, item=row["item"], owner=owner)
    city.agencies[row["uscc"]], city.guides[row["uscc"]] = row["id"], row["guide"]
    city.numbers = taken = await db.value("select count(*) from notice where code like 'XZ-%'")
    return Deals(city, actor, agency, row["uscc"], numbers=NUMBERS + taken)


async def _of_the_sample_agency(deals: Deals, bench: Bench) -> None:
    now, regulator, agency = bench.now, bench.regulator, bench.agency
    contested, confirmed, excused, annulled, notified = [
        await _recorded(deals, now - days * DAY) for days in (3, 30, 29, 28, 1)
    ]
    said = Contest("项目负责人住院，无法按时开工。", "force_majeure")
    for number, days in ((contested, 2), (excused, 27)):
        await abandonments.contest(number, said, actor=agency, now=now - days * DAY)
    for number, counts in ((confirmed, True), (annulled, True), (excused, False)):
        finding = Finding(counts=counts, words="没有正当理由。" if counts else "住院证明属实。")
        await abandonments.decide(number, finding, actor=regulator, now=now - 10 * DAY)
    await abandonments.annul(annulled, "业主已书面说明是其变更了条件。", actor=regulator, now=now - 5 * DAY)
    assert notified


async def _silent(deals: Deals, bench: Bench) -> None:
    """Let an agency give up three awards, say nothing, and be eliminated by the clock."""
    now = bench.now
    for days in (90, 89, 88):
        number = await _recorded(deals, now - days * DAY)
        words = Finding(counts=True, words="没有正当理由，机构未申辩。")
        await abandonments.decide(number, words, actor=bench.regulator, now=now - 70 * DAY)
    await openings.open_due(now - 60 * DAY)
    number = await db.value("select number from credit_case where ground = 'abandonments'")
    await through(number, now - 60 * DAY)
    await cases.post(number, "邮政特快专递 EX000000002CN", actor=bench.regulator, now=now - 59 * DAY)
    await through(number, now)


async def _recorded(deals: Deals, at: datetime) -> int:
    """Let an agency decline an award, and the clock record it a minute later."""
    award = await declined(deals, at, at)
    await abandonments.record(award, now=at + timedelta(minutes=1))
    number: int = await db.value("select id from abandonment where award = $1", award)
    return number
