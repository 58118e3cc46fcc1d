"""
The people of the story and what they do, once on the pages and once through the API.

Both ways have the same acts, so that one story tells both.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx

from market.kernel.times import ZONE
from market.kernel.uscc import with_check_digit
from tests.flows.forms import fill
from tests.web import PASSWORD

ITEM, QUALIFICATION = "ZJ001", "eia_filing"
WITHIN_S = 30


@dataclass(slots=True)
class Person:
    """Somebody with an organisation and a connection to the market."""

    number: int
    role: str
    client: httpx.AsyncClient
    uscc: str = field(init=False)
    claim: int = 0

    def __post_init__(self) -> None:
        self.uscc = with_check_digit(f"91990000MA{self.number:07d}")

    @property
    def login(self) -> str:
        """Return the login."""
        return f"{self.role}-{self.number}@market.example"

    def account(self) -> dict[str, str]:
        """Say what signing up asks."""
        return {
            "role": self.role, "organisation": f"示例单位{self.number}", "uscc": self.uscc, "division": "990102",
            "name": "示例人员", "phone": "0516-00000001", "login": self.login, "password": PASSWORD,
        }  # fmt: skip


IDENTITY = {
    "name": "示例咨询有限公司", "legal_representative": "示例法人", "contact_name": "示例联系人",
    "contact_phone": "0516-00000001", "introduction": "示例简介",
}  # fmt: skip
CLAIM = {"code": QUALIFICATION, "issued_by": "示例局", "issued_on": "2024-01-01", "valid_until": "2029-12-31"}
PARTY = {"kind": "controller", "identifier": ""}
LETTER = {"service_email": "service@market.example", "service_address": "云湖市映月区示例路 1 号"}
GUIDE = {
    "conditions": "立项文件齐备。", "time_limit_days": "20", "fee_kind": "negotiated", "materials": "立项文件",
    "deliverables": "报告书一式三份", "contact": "示例联系人 0516-00000001", "plain_words": "二十个工作日交付报告。",
}  # fmt: skip
PROJECT = {
    "name": "示例河道治理项目", "project_code": "2026-990102-48-01-000001", "division": "990102",
    "approving_authority": "示例审批局", "approval_document": "示例发改〔2026〕1 号",
}  # fmt: skip
NEEDS = {"title": "示例河道治理项目环评报告编制", "scope": "编制环境影响报告书。", "method": "random_draw"}
CONTACT = {"contact_name": "张示例", "contact_phone": "0516-00000001"}


def closing(now: datetime) -> datetime:
    """Return the first deadline a practice notice may have that a form can say: it is typed to the minute."""
    return (now + timedelta(minutes=2, seconds=5)).replace(second=0, microsecond=0)


class Way(Protocol):
    """One way to the market."""

    async def sign_up(self, person: Person) -> None: ...
    async def sign_in(self, person: Person) -> None: ...
    async def apply(self, agency: Person) -> None: ...
    async def admit(self, operator: Person, agency: Person) -> None: ...
    async def publish_guide(self, agency: Person) -> None: ...
    async def draft(self, owner: Person, now: datetime) -> str: ...
    async def publish(self, owner: Person, code: str) -> None: ...
    async def register(self, agency: Person, code: str) -> str: ...
    async def act(self, party: Person, number: str, act: str, **said: Any) -> None: ...
    async def review(self, party: Person, number: str, stars: Mapping[str, int]) -> None: ...


class ByPages:
    """On the pages, with forms and a cookie."""

    async def sign_up(self, person: Person) -> None:
        await fill(person.client, "/sign-up", "/sign-up", **person.account())

    async def sign_in(self, person: Person) -> None:
        await fill(person.client, "/sign-in", "/sign-in", login=person.login, password=PASSWORD)

    async def apply(self, agency: Person) -> None:
        at = agency.client
        await fill(at, "/agency/join/1", "/agency/join/1", **IDENTITY)
        await fill(at, "/agency/join/2", "/agency/claims", number=f"EIA-{agency.number}", **CLAIM)
        party = PARTY | {"party_name": f"示例控股人{agency.number}", "share_percent": "60"}
        await fill(at, "/agency/join/3", "/agency/parties", **party)
        await fill(at, "/agency/join/4", "/agency/join/4", accepted="yes", **LETTER)

    async def admit(self, operator: Person, agency: Person) -> None:
        page = f"/operator/admissions/{agency.uscc}"
        shown = (await operator.client.get(page)).text
        (claim,) = re.findall(r'name="verified" id="[^"]*" value="(\d+)"', shown)
        await fill(operator.client, page, f"{page}/admit", verified=claim)

    async def publish_guide(self, agency: Person) -> None:
        page = f"/agency/guides/new?item={ITEM}"
        step = {"step_1_title": "编制报告", "step_1_days": "15"}
        drafted = await fill(agency.client, page, "/agency/guides/new", most="8.6", **GUIDE, **step)
        await fill(agency.client, drafted, f"{drafted}/publish")

    async def draft(self, owner: Person, now: datetime) -> str:
        at = owner.client
        begun = await fill(at, "/owner/projects/new", "/owner/projects/new", share_fiscal_funds="100", **PROJECT)
        needs = await fill(at, begun, "/owner/notices/new", project=begun.rpartition("=")[2], item=ITEM)
        code = needs.split("/")[3]
        await fill(at, needs, needs, ceiling="9", time_limit_days="30", **NEEDS)
        times = {"closes_at": closing(now).astimezone(ZONE).strftime("%Y-%m-%d %H:%M")}
        page = f"/owner/notices/{code}/conditions"
        await fill(at, page, page, qualifications=QUALIFICATION, **CONTACT, **times)
        return code

    async def publish(self, owner: Person, code: str) -> None:
        page = f"/owner/notices/{code}/check"
        await fill(owner.client, page, page, declared="yes")

    async def register(self, agency: Person, code: str) -> str:
        page = f"/notices/{code}/register"
        receipt = await fill(agency.client, page, page, declared="yes")
        return receipt.rpartition("/")[2]

    async def act(self, party: Person, number: str, act: str, **said: Any) -> None:
        page = f"/{party.role}/contracts/{number}/{act}"
        typed = {name: f"{value / 100:.2f}" if name.endswith("_fen") else str(value) for name, value in said.items()}
        await fill(party.client, page, page, **typed)

    async def review(self, party: Person, number: str, stars: Mapping[str, int]) -> None:
        await self.act(party, number, "review", **stars)


class ByApi:
    """Through the API, with bearer tokens and no cookie."""

    async def sign_up(self, person: Person) -> None:
        await call(person, "POST", "/sign-ups", person.account())
        await self.sign_in(person)

    async def sign_in(self, person: Person) -> None:
        asked = {"login": person.login, "password": PASSWORD, "label": "story"}
        token = (await call(person, "POST", "/tokens", asked))["token"]
        person.client.cookies.clear()
        person.client.headers["Authorization"] = f"Bearer {token}"

    async def apply(self, agency: Person) -> None:
        await call(agency, "POST", "/application/identity", IDENTITY)
        claim = await call(agency, "POST", "/application/qualifications", CLAIM | {"number": f"EIA-{agency.number}"})
        agency.claim = claim["id"]
        party = PARTY | {"party_name": f"示例控股人{agency.number}", "share_percent": 60}
        await call(agency, "POST", "/application/parties", party)
        await call(agency, "POST", "/application/submit", LETTER | {"accepted": True})

    async def admit(self, operator: Person, agency: Person) -> None:
        # No list of the API tells an operator which claims wait: the key is the one the agency was given.
        await call(operator, "POST", f"/agencies/{agency.uscc}/admit", {"verified": [agency.claim]})

    async def publish_guide(self, agency: Person) -> None:
        steps = [{"title": "编制报告", "days": 15}]
        content = GUIDE | {"item": ITEM, "time_limit_days": 20, "steps": steps, "fee": {"most": "8.6"}}
        drafted = await call(agency, "POST", "/guides", content)
        await call(agency, "POST", f"/guides/{drafted['id']}/publish", None)

    async def draft(self, owner: Person, now: datetime) -> str:
        funds = {"funds": [{"kind": "fiscal_funds", "percent": 100}]}
        project = (await call(owner, "POST", "/projects", PROJECT | funds))["id"]
        code: str = (await call(owner, "POST", "/notices", {"project": project, "item": ITEM}))["code"]
        await call(owner, "PUT", f"/notices/{code}/needs", NEEDS | {"ceiling_fen": 9_000_000, "time_limit_days": 30})
        conditions = {"closes_at": closing(now).isoformat(), "qualifications": [QUALIFICATION]}
        await call(owner, "PUT", f"/notices/{code}/conditions", CONTACT | conditions)
        return code

    async def publish(self, owner: Person, code: str) -> None:
        await call(owner, "POST", f"/notices/{code}/publish", {"declared": True})

    async def register(self, agency: Person, code: str) -> str:
        given = await call(agency, "POST", f"/notices/{code}/registration", {"declared": True})
        return str(given["receipt"])

    async def act(self, party: Person, number: str, act: str, **said: Any) -> None:
        await call(party, "POST", f"/contracts/{number}/{act}", said or None)

    async def review(self, party: Person, number: str, stars: Mapping[str, int]) -> None:
        await call(party, "POST", f"/contracts/{number}/reviews", {"stars": stars})


async def call(person: Person, method: str, path: str, body: Any) -> Any:
    """Ask the API, and return what it answers; a refusal fails the test with its problem."""
    answer = await person.client.request(method, f"/api/v1{path}", json=body, timeout=WITHIN_S)
    assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None
