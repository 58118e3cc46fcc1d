"""
The agencies of the sample city: how they came in, what they hold, whom they belong to, and who left.

`Standing` tells what the services would have found at any moment, because a
notice of last year was judged by the qualifications of last year.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from market.catalogue.seed import SeedItem
from market.catalogue.states import ItemState
from market.demo import names
from market.demo.bodies import FIRST_AGENCY, Bodies, Body
from market.demo.plan import Plan
from market.demo.rows import City, Row, as_json
from market.kernel import divisions, rulesets
from market.kernel.calendar import day_of, end_of
from market.kernel.times import rfc3339

SAMPLES: Final = 3  # agencies with an account on the sign-in page
_OPERATOR: Final = 1  # the first person of the city
_RETURNS: Final = ("contact_unreachable", "qualification_unreadable", "commitment_incomplete", "parties_incomplete")
_LETTER: Final = (
    "本机构（示例）知悉并遵守平台规则，对所填信息的真实性负责，同意以所留地址和邮箱作为送达地址，"
    "知悉被暂停、清退的情形和申诉的途径。"
)
_DISTRICTS: Final = tuple(code for code in divisions.SAMPLE if code[4:] != "00")


@dataclass(slots=True)
class Standing:
    """One agency with everything that decides at a moment whether it may act for an item."""

    body: Body
    row: Row
    items: tuple[SeedItem, ...]
    admitted_at: datetime | None = None
    left_at: datetime | None = None
    controller: str | None = None
    held: dict[str, list[tuple[datetime, date]]] = field(default_factory=dict)
    rests_since: datetime | None = None  # from when it enters no notice any more, though it stays in the market

    def lost(self, codes: Collection[str], at: datetime) -> str | None:
        """Return why the agency may not act at a moment, in the words of the selection, or nothing."""
        if self.left_at is not None and self.left_at <= at:
            return "agency_left"
        if self.admitted_at is None or at < self.admitted_at:
            return "agency_applying"
        today = day_of(at)
        for code in codes:
            if not any(since <= at and today <= last for since, last in self.held.get(code, ())):
                return "qualification_lapsed"
        return None


def add_agencies(city: City, plan: Plan, bodies: Bodies, items: dict[str, Row]) -> list[Standing]:
    """Add every agency with its papers, in the order of its application."""
    rng = plan.rng("agencies")
    stems = names.stems(plan.rng("agency names"))
    found = []
    for number, applied_at in enumerate(_applications(plan, rng)):
        sample = number < SAMPLES
        families = plan.families[:2] if sample else _families(plan, rng)
        served = tuple(item for item in plan.items if item.family in families and item.code in items)
        served = tuple(item for item in served if item.outcome is not ItemState.ABOLISHED)
        kept = served if sample else tuple(item for item in served if rng.random() < 0.75) or served[:1]
        kind = rng.choice(names.AGENCY_KINDS[families[0]])
        login = f"sample-agency{number + 1 if number else ''}" if sample else f"agency-{number + 1:05d}"
        body = bodies.add(
            "agency",
            FIRST_AGENCY + number,
            f"云湖示例{stems[number]}{kind}有限公司",
            login=f"{login}@demo.invalid",
            at=applied_at - timedelta(hours=1),
            division=rng.choice(_DISTRICTS),
        )
        found.append(
            _Entry(city, plan, rng, body, kept, stays=sample).enter(applied_at, pending=_pending(plan, number))
        )
    return found


def _applications(plan: Plan, rng: Random) -> list[datetime]:
    """Return when each agency applied: most before the first notice, the last few in the last days."""
    opening = [plan.begin.date() - timedelta(days=rng.randrange(20, 80)) for _ in range(plan.agencies * 6 // 10)]
    later = [rng.choice(plan.workdays[:-12]) for _ in range(plan.agencies - len(opening) - 4)]
    last = [plan.workdays[-place] for place in (3, 2, 1, 1)]
    days = [plan.workday_from(day) for day in sorted(opening) + sorted(later) + last]
    return sorted(plan.in_office_hours(rng, day) for day in days)


def _pending(plan: Plan, number: int) -> str | None:
    """Tell how the last applications stand at the end: one sent back, the others waiting."""
    place = plan.agencies - number
    return {4: "returned", 3: "applying", 2: "applying", 1: "applying"}.get(place)


def _families(plan: Plan, rng: Random) -> tuple[str, ...]:
    """Return one to three families, the busy ones more often."""
    weights = [1.0 / (place + 2) for place in range(len(plan.families))]
    count = rng.choices((1, 2, 3), (60, 30, 10))[0]
    return tuple(dict.fromkeys(rng.choices(plan.families, weights, k=count)))


class _Entry:
    """The way of one agency into the market."""

    def __init__(
        self, city: City, plan: Plan, rng: Random, body: Body, items: tuple[SeedItem, ...], *, stays: bool
    ) -> None:
        self.city, self.plan, self.rng, self.body, self.stays = city, plan, rng, body, stays
        self.items = items
        self.uscc: str = body.organisation["uscc"]
        self.subject = f"agency:{self.uscc}"
        self.codes = sorted({needed.code for item in items for needed in item.qualifications})

    def enter(self, applied_at: datetime, *, pending: str | None) -> Standing:
        """Add the agency from its application to its standing at the end of the city."""
        self.row = self._agency(applied_at)
        standing = Standing(self.body, self.row, self.items, controller=self._papers(applied_at))
        claims = [self._claim(code, applied_at) for code in self.codes]
        checked_at = self._checks(applied_at, pending)
        if checked_at is None:
            return standing
        standing.admitted_at = self.row["admitted_at"] = checked_at
        self.row["state"] = "admitted"
        for claim in claims:
            self._verify(standing, claim, checked_at)
        if not self.stays:
            self._years(standing, claims)
        for claim in claims:
            self._settle(claim, claims)
        return standing

    def _agency(self, applied_at: datetime) -> Row:
        organisation, person = self.body.organisation, self.body.person
        return self.city.add(
            "agency",
            organisation=organisation["id"],
            uscc=self.uscc,
            name=organisation["name"],
            division=organisation["division"],
            state="applying",
            legal_representative=names.person(self.rng),
            contact_name=person["name"],
            contact_phone=person["phone"],
            introduction="示例机构，为演示而虚构。" + "、".join(item.name for item in self.items[:2]) + "等。",
            applied_at=applied_at,
            check_due_at=None,
            admitted_at=None,
            left_at=None,
        )

    def _papers(self, at: datetime) -> str | None:
        """Add letter, practitioners and parties, and return the controller's code if there is one."""
        city, agency, rng = self.city, self.row["id"], self.rng
        city.add(
            "commitment",
            agency=agency,
            letter=_LETTER,
            ruleset=rulesets.MODEL,
            service_email=self.body.person["login"],
            service_address=f"{divisions.SAMPLE[self.row['division']].zh}示例路{rng.randrange(1, 300)}号",
            accepted_by=self.body.person["id"],
            accepted_at=at,
        )
        for _ in range(rng.randrange(1, 4)):
            number = f"示例-{rng.randrange(10**8):08d}"
            name = names.person(rng)
            city.add("practitioner", agency=agency, name=name, certificate="示例执业证书", certificate_number=number)
        self._party("legal_representative", self.row["legal_representative"], None, share=None, at=at)
        if not self.stays and rng.random() < 0.15:
            group = rng.randrange(max(4, self.plan.agencies // 20))  # a controller may have several agencies
            controller = names.uscc(5_000_001 + group)
            share = rng.choice((51, 60, 67, 80, 100))
            self._party("controller", f"示例控股集团{group + 1}号", controller, share=share, at=at)
            return controller
        return None

    def _party(self, kind: str, name: str, identifier: str | None, *, share: int | None, at: datetime) -> None:
        self.city.add(
            "related_party",
            agency=self.row["id"],
            kind=kind,
            name=name,
            identifier=identifier,
            share_percent=share,
            declared_at=at,
            verified=kind == "controller",
        )

    def _checks(self, applied_at: datetime, pending: str | None) -> datetime | None:
        """Add the form checks and return the moment of admission, if it came."""
        number, submitted_at = 1, applied_at
        if pending == "returned" or (pending is None and not self.stays and self.rng.random() < 0.12):
            self._applied(submitted_at)
            returned_at = self._check(number, submitted_at, "returned")
            if pending == "returned" or returned_at is None:
                return None
            number += 1
            day = self.plan.calendar.add_workdays(returned_at.date(), self.rng.randrange(1, 8))
            submitted_at = self.plan.in_office_hours(self.rng, day)
            if submitted_at >= self.plan.cut:
                return None
        self._applied(submitted_at)
        return self._check(number, submitted_at, None if pending else "admitted")

    def _applied(self, at: datetime) -> None:
        self.row["state"], self.row["applied_at"] = "applying", at
        told = {"uscc": self.uscc, "name": self.row["name"], "ruleset": rulesets.MODEL, "qualifications": self.codes}
        told["due_at"] = rfc3339(self._due(at))
        document = {"letter": _LETTER, "legal_representative": self.row["legal_representative"]}
        self.city.act(at, "agency.applied", self.subject, told, document)

    def _due(self, at: datetime) -> datetime:
        return self.plan.calendar.period_end(at, rulesets.get(rulesets.MODEL).admission.check_workdays)

    def _check(self, number: int, submitted_at: datetime, outcome: str | None) -> datetime | None:
        """Add one form check, and decide it if its day lies within the city."""
        due_at = self._due(submitted_at)
        day = self.plan.calendar.add_workdays(submitted_at.date(), self.rng.randrange(1, 3))
        decided_at = self.plan.in_office_hours(self.rng, day)
        if decided_at >= self.plan.cut:
            outcome = None
        reasons = [{"reason": self.rng.choice(_RETURNS), "detail": "示例说明"}] if outcome == "returned" else []
        self.city.add(
            "admission_check",
            agency=self.row["id"],
            number=number,
            submitted_at=submitted_at,
            due_at=due_at,
            outcome=outcome,
            reasons=as_json(reasons) if outcome else None,
            decided_by=_OPERATOR if outcome else None,
            decided_at=decided_at if outcome else None,
        )
        self.row["check_due_at"] = None if outcome else due_at
        if outcome is None:
            return None
        if outcome == "returned":
            self.row["state"] = "returned"
            told = {"uscc": self.uscc, "check": number, "reasons": [each["reason"] for each in reasons]}
            self.city.act(decided_at, "agency.returned", self.subject, told, {"reasons": reasons})
        else:
            told = {"uscc": self.uscc, "name": self.row["name"], "check": number, "qualifications": self.codes}
            self.city.act(decided_at, "agency.admitted", self.subject, told)
        return decided_at

    def _claim(self, code: str, at: datetime, number: str | None = None) -> Row:
        """Add a certificate that begins up to a year before and lasts some years; a renewal keeps its number."""
        rng = self.rng
        issued_on = at.date() - timedelta(days=rng.randrange(5, 40 if number else 360))
        return self.city.add(
            "qualification",
            agency=self.row["id"],
            code=code,
            number=number or f"示例{rng.randrange(10**7):07d}",
            issued_by="示例省资质管理机构",
            issued_on=issued_on,
            valid_until=issued_on + timedelta(days=365 * rng.choice((4, 5, 5, 6)) - 1),
            submitted_at=at,
            verified_at=None,
            lapse_recorded_at=None,
            next_check_at=None,
        )

    def _verify(self, standing: Standing, claim: Row, at: datetime) -> None:
        claim["verified_at"] = at
        standing.held.setdefault(claim["code"], []).append((at, claim["valid_until"]))

    def _years(self, standing: Standing, claims: list[Row]) -> None:
        """Let some certificates end, most of those with a renewal in time or late, and some agencies leave."""
        rng, plan, since = self.rng, self.plan, standing.admitted_at
        assert since is not None
        span = (plan.cut - since).days
        for claim in list(claims):
            if span < 60 or rng.random() > 0.12:
                continue
            last = since.date() + timedelta(days=rng.randrange(30, span + 30))
            claim["valid_until"], claim["issued_on"] = last, last - timedelta(days=365 * 4)
            standing.held[claim["code"]] = [(since, last)]
            if rng.random() < 0.7:
                self._renew(standing, claims, claim, last + timedelta(days=rng.randrange(-25, 15)))
        if span > 120 and rng.random() < 0.05:
            day = plan.workday_from((since + timedelta(days=rng.randrange(60, span - 20))).date())
            standing.left_at = self.row["left_at"] = plan.in_office_hours(rng, day)
            self.row["state"] = "left"
            self.city.act(standing.left_at, "agency.left", self.subject, {"uscc": self.uscc, "freely": True})

    def _renew(self, standing: Standing, claims: list[Row], old: Row, day: date) -> None:
        at = self.plan.in_office_hours(self.rng, self.plan.workday_from(day))
        verified_at = self.plan.in_office_hours(self.rng, self.plan.calendar.add_workdays(at.date(), 1))
        if verified_at >= self.plan.cut or (standing.admitted_at and at <= standing.admitted_at):
            return
        renewal = self._claim(old["code"], at, old["number"])
        claims.append(renewal)
        told = {"code": old["code"], "number": old["number"], "issued_by": old["issued_by"]}
        told["valid_until"] = renewal["valid_until"].isoformat()
        self.city.act(at, "qualification.submitted", self.subject, told)
        self._verify(standing, renewal, verified_at)
        late = day_of(verified_at) > old["valid_until"]
        told = {"uscc": self.uscc, "code": old["code"], "row": renewal["id"]}
        self.city.act(verified_at, "qualification.renewed" if late else "qualification.verified", self.subject, told)

    def _settle(self, claim: Row, claims: list[Row]) -> None:
        """Record a lapse as the worker would, or leave the certificate to be watched."""
        ends_at = end_of(claim["valid_until"])
        if ends_at >= self.plan.cut:
            claim["next_check_at"] = ends_at
            return
        replaced = any(
            row["code"] == claim["code"] and row["valid_until"] > claim["valid_until"] and row["verified_at"] < ends_at
            for row in claims
        )
        if replaced or self.row["left_at"] is not None:
            return
        claim["lapse_recorded_at"] = at = ends_at + timedelta(seconds=5)
        told = {"uscc": self.uscc, "code": claim["code"], "row": claim["id"]}
        told["valid_until"] = claim["valid_until"].isoformat()
        self.city.act(at, "qualification.lapsed", self.subject, told)
