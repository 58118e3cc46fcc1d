"""
What officials of the sample city recorded: checks of agencies, and approvals with the reports they relied on.

Regulators check about a third of the agencies every half-year, and those they
hear complaints about every two months. Authorities bring their approvals in once a
quarter, one file each; one authority's approvals of an item nearly all rest on one agency.
"""

import hashlib
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, Final

from market.demo.agencies import Standing
from market.demo.bodies import DISTRICT_TRADE, Body
from market.demo.owners import Work, Works
from market.demo.plan import Plan
from market.demo.rows import City, Row
from market.demo.schemes import Schemes

_SHARE: Final = 0.3  # of the agencies, checked each half-year
_BROUGHT_IN: Final = 0.5  # of the accepted reports, cited by an approval
_DESIGNATED: Final = 36  # approvals of the designating authority in a year
_WORDS: Final = {
    True: "现场核查：资质、人员、成果档案与申报一致（示例）。",
    False: "现场核查：成果档案缺失，出具报告的人员与申报不符，已要求改正（示例）。",
}
_QUARTER: Final = timedelta(days=91)
_COMPLAINED_OF: Final = timedelta(days=60)
_BAD_PASSES, _PASSES = 0.08, 0.96


class Facts:
    """Adds what officials recorded, once everything else of the city is there."""

    def __init__(self, city: City, plan: Plan, schemes: Schemes) -> None:
        """Take a stream of chance of its own."""
        self.city, self.plan, self.schemes, self.rng = city, plan, schemes, plan.rng("facts")

    def check(self, agencies: list[Standing], regulator: Body) -> None:
        """Let the regulator check agencies from half-year to half-year, and the bad ones every two months."""
        for agency in agencies:
            if agency.admitted_at is None:
                continue
            bad = agency.row["id"] in self.schemes.bad
            keen = self.schemes.keen.get(agency.row["id"])
            at = max(agency.admitted_at, self.plan.begin, keen.since if bad and keen else self.plan.begin) + _QUARTER
            while at < (agency.left_at or agency.rests_since or self.plan.cut):
                if bad or self.rng.random() < _SHARE:
                    self._check(agency, regulator, at, passed=self.rng.random() < (_BAD_PASSES if bad else _PASSES))
                at += _COMPLAINED_OF if bad else 2 * _QUARTER

    def affiliate(self, agencies: list[Standing], body: Body) -> None:
        """Let one agency have declared that it belongs to an authority."""
        agency = next((each for each in agencies if each.row["id"] == self.schemes.affiliated), None)
        if agency is None:
            return
        self.city.add(
            "related_party",
            agency=agency.row["id"],
            kind="authority_affiliated",
            name=body.organisation["name"],
            identifier=body.organisation["uscc"],
            share_percent=None,
            declared_at=agency.row["applied_at"],
            verified=True,
        )

    def _check(self, agency: Standing, regulator: Body, at: datetime, *, passed: bool) -> None:
        day = self.plan.workday_from(at.date() + timedelta(days=self.rng.randrange(-40, 0)))
        recorded_at = self.plan.in_office_hours(self.rng, day)
        if agency.admitted_at is None or not agency.admitted_at < recorded_at < self.plan.cut:
            return
        uscc = agency.row["uscc"]
        row = self.city.add(
            "supervision_check",
            agency=agency.row["id"],
            kind="regulator",
            body=regulator.organisation["id"],
            contract=None,
            passed=passed,
            words=_WORDS[passed],
            document_hash=None,
            recorded_by=regulator.person["id"],
            recorded_at=recorded_at,
            annulled_at=None,
            annulled_reason=None,
        )
        told = {"uscc": uscc, "kind": "regulator", "passed": passed, "check": row["id"]}
        self.city.act(recorded_at, "check.recorded", f"agency:{uscc}", told, {"words": _WORDS[passed]})

    def approve(self, authorities: dict[str, Body], districts: list[Body], items: dict[str, Row], works: Works) -> None:
        """Bring in the approvals of every authority, quarter by quarter."""
        found = self._relied_on(authorities, districts, items)
        found += self._designated(districts, items, works, Counter(each["item"] for each in found))
        by_file: dict[tuple[int, date], list[dict[str, Any]]] = {}
        for each in found:
            at = self.plan.begin + ((each["decided_at"] - self.plan.begin) // _QUARTER + 1) * _QUARTER
            by_file.setdefault((each["authority"], at.date()), []).append(each)
        people = {body.organisation["id"]: body.person for body in (*authorities.values(), *districts)}
        for (authority, day), rows in sorted(by_file.items()):
            at = self.plan.in_office_hours(self.rng, self.plan.workday_from(day))
            if at < self.plan.cut:
                self._bring_in(authority, people[authority]["id"], rows, at)

    def _relied_on(
        self, authorities: dict[str, Body], districts: list[Body], items: dict[str, Row]
    ) -> list[dict[str, Any]]:
        """Return approvals that rested on reports accepted in the market."""
        city, found = self.city, []
        trade_of = {items[item.code]["id"]: item.authority_trade for item in self.plan.items if item.code in items}
        local = {body.organisation["division"]: body for body in districts}
        notices, agencies = city.tables["notice"], city.tables["agency"]
        projects, bodies = city.tables["project"], city.tables["organisation"]
        for contract in city.tables["contract"]:
            if contract["accepted_at"] is None or self.rng.random() > _BROUGHT_IN:
                continue
            notice = notices[contract["notice"] - 1]
            trade = trade_of[notice["item"]]
            body = local.get(notice["division"]) if trade == DISTRICT_TRADE else None
            found.append(
                {
                    "authority": (body or authorities[trade]).organisation["id"],
                    "owner_uscc": bodies[contract["owner"] - 1]["uscc"],
                    "project_code": projects[notice["project"] - 1]["project_code"],
                    "item": notice["item"],
                    "division": notice["division"],
                    "agency_uscc": agencies[contract["agency"] - 1]["uscc"],
                    "demanded": False,
                    "decided_at": contract["accepted_at"] + timedelta(days=self.rng.randrange(4, 40)),
                }
            )
        return found

    def _item(self, agency: Standing, items: dict[str, Row], used: Counter[int]) -> Row:
        """Return the item for which an authority sends owners to an agency: the one that is used most elsewhere."""
        able = [items[item.code] for item in agency.items if item.authority_trade == DISTRICT_TRADE]
        return max(able, key=lambda row: (used[row["id"]], -row["id"]))

    def _designated(
        self, districts: list[Body], items: dict[str, Row], works: Works, used: Counter[int]
    ) -> list[dict[str, Any]]:
        """Return approvals of the first district's authority: one agency's reports, that no notice asked for."""
        agency = self.schemes.designated
        if agency is None:
            return []
        item, body = self._item(agency, items, used), districts[0]
        division, self.schemes.authority = body.organisation["division"], body.organisation["uscc"]
        here = [work for work in works.works if work.row["division"] == division]
        first = self.plan.cut - 4 * _QUARTER
        chosen = self.rng.sample(here, min(len(here), _DESIGNATED))
        return [self._sent(body, item, agency, work, first) for work in chosen]

    def _sent(self, body: Body, item: Row, agency: Standing, work: Work, first: datetime) -> dict[str, Any]:
        since = max(first, work.row["created_at"])
        span = max(1, (self.plan.cut - since).days)
        return {
            "authority": body.organisation["id"],
            "owner_uscc": work.owner.organisation["uscc"],
            "project_code": work.row["project_code"],
            "item": item["id"],
            "division": work.row["division"],
            "agency_uscc": agency.row["uscc"],
            "demanded": False,
            "decided_at": since + timedelta(days=self.rng.randrange(span), hours=1),
        }

    def _bring_in(self, authority: int, person: int, rows: list[dict[str, Any]], at: datetime) -> None:
        name = f"approvals-{at:%Y%m%d}.csv"
        hashed = hashlib.sha256(repr((authority, name, [sorted(map(str, row.values())) for row in rows])).encode())
        source = self.city.add(
            "record_import",
            organisation=authority,
            kind="approvals",
            file_name=name,
            file_hash=hashed.hexdigest(),
            rows=len(rows),
            imported_by=person,
            imported_at=at,
        )
        for place, row in enumerate(sorted(rows, key=lambda each: (each["decided_at"], each["project_code"])), 1):
            number = f"示例准字〔{at:%Y}〕{source['id']:03d}-{place:04d}号"
            recorded_at = max(at, row["decided_at"])
            if recorded_at < self.plan.cut:
                self.city.add("approval", source=source["id"], number=number, **row, recorded_at=recorded_at)
        told = {"kind": "approvals", "file": source["file_hash"], "rows": source["rows"]}
        self.city.act(at, "record.imported", f"import:{source['id']}", told)
