"""A case on the pages, from its notice to a decision two people have signed, and what the public sees of it."""

from datetime import datetime

from market import db
from market.kernel.roles import Actor
from tests.build_cases import moment
from tests.flows.forms import fill
from tests.flows.town import Town
from tests.web import csrf

DRAFT = {
    "breach": "general", "measure": "elimination", "reentry_months": "12", "entry_kind": "general",
    "found": "连续两期为较差。", "reasons": "事实清楚。", "clause": "示例规则第七条",
    "proportionality": "已考虑较轻的措施。", "remedies": "可以申诉。",
}  # fmt: skip


async def posted(town: Town, number: str) -> None:
    """Let a regulator post the notice of a case, and nobody answer until its statement period ends."""
    page = f"/regulator/cases/{number}/post"
    await fill(await town.browser(town.drafter), page, page, words="挂号信 XA0001")
    await town.work(await moment(number, "next_check_at"))
    assert await moment(number, "state") == "served"
    await town.work(await moment(number, "statement_until_at"))


async def opened(town: Town, number: str, agency: Actor) -> datetime:
    """Let the agency open the notice of its case; return when it may state no more."""
    mine = f"/agency/cases/{number}"
    client = await town.browser(agency)
    assert "事实与依据" not in (await client.get(mine)).text, "what is not opened is not shown"
    await fill(client, f"{mine}/acknowledge", f"{mine}/acknowledge")
    assert "事实与依据" in (await client.get(mine)).text
    until: datetime = await moment(number, "statement_until_at")
    return until


async def drafted(town: Town, number: str, **changes: str) -> None:
    """Let one person write the draft of a decision."""
    page = f"/regulator/cases/{number}/draft"
    await fill(await town.browser(town.drafter), page, page, **(DRAFT | changes))


async def barred(town: Town, number: str, *people: Actor) -> None:
    """Find that none of these people may sign."""
    page = f"/regulator/cases/{number}/sign"
    at = await db.value("select drafted_at from credit_case where number = $1", number)
    drafted = at.isoformat() if at else ""
    for each in people:
        client = await town.browser(each)
        refused = await client.post(page, data={"_csrf": csrf(client), "drafted": drafted})
        assert refused.status_code == 409
        assert "在您打开以后改过" not in refused.text
    assert await db.value('select count(*) from case_decision d join credit_case c on c.id = d."case"'
                          " where c.number = $1", number) == 0  # fmt: skip


async def signed(town: Town, number: str) -> datetime:
    """Let another person sign the draft; return when it is executed."""
    page = f"/regulator/cases/{number}/sign"
    await fill(await town.browser(town.signer), page, page)
    return await executes_at(number)


async def executes_at(number: str) -> datetime:
    """Return when the decision of a case is executed."""
    sql = 'select d.executes_at from case_decision d join credit_case c on c.id = d."case" where c.number = $1'
    found: datetime = await db.value(sql, number)
    return found


async def decision_of(number: str) -> str:
    """Return the number of the decision of a case."""
    sql = 'select d.number from case_decision d join credit_case c on c.id = d."case" where c.number = $1'
    found: str = await db.value(sql, number)
    return found
