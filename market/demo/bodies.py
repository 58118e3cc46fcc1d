"""
The bodies of the sample city with somebody to act for each, the sample accounts, and the catalogue.

All of them are samples: nobody signs in as one of them outside the demo. One
password, printed on the sign-in page, opens every account.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from argon2 import PasswordHasher

from market.accounts.web import SAMPLE_PASSWORD
from market.catalogue.seed import TRADES
from market.catalogue.seed.entries import item_acts, item_row
from market.demo import names
from market.demo.plan import Plan
from market.demo.rows import City, Row
from market.kernel.divisions import SAMPLE, SAMPLE_CITY
from market.kernel.times import ZONE

OPENING: Final = timedelta(days=90)  # bodies and catalogue were there this long before the first notice
FIRST_AGENCY: Final = 1_000_001
FIRST_OWNER: Final = 3_000_001
DISTRICT_TRADE: Final = "ecology"  # whose approvals the districts decide themselves
_DISTRICTS: Final = ("990102", "990103", "990104", "990105")
_FIRST_DISTRICT: Final = 201
SUPERVISOR: Final = "sample-regulator@demo.invalid"
SIGNER: Final = "sample-regulator2@demo.invalid"  # the second person, who signs what the first one prepared
REVIEWER: Final = "sample-regulator3@demo.invalid"  # the third one, who answers appeals: no person does two of these


@dataclass(frozen=True, slots=True)
class Body:
    """A body of the city with the person who acts for it."""

    organisation: Row
    person: Row


@dataclass(frozen=True, slots=True)
class _Official:
    """A body that neither chooses nor is chosen."""

    login: str
    kind: str
    name: str
    division: str = SAMPLE_CITY
    trade: str | None = None
    scopes: tuple[tuple[str, str], ...] = ()


OFFICIALS: Final = (
    _Official("sample-operator@demo.invalid", "operator", "云湖市示例中介服务市场运营中心"),
    _Official(SUPERVISOR, "regulator", "云湖市示例政务服务管理办公室", scopes=((SAMPLE_CITY, "*"),)),
    _Official("sample-auditor@demo.invalid", "auditor", "云湖市示例纪检监察组"),
    _Official(
        "sample-regulator-construction@demo.invalid",
        "regulator",
        "映月区示例住房和城乡建设局",
        division="990102",
        trade="construction",
        scopes=(("990102", "construction"), ("990102", "statistics_cost")),
    ),
    _Official(
        "sample-regulator-ecology@demo.invalid",
        "regulator",
        "听澜区示例生态环境局",
        division="990103",
        trade="ecology",
        scopes=(("990103", "ecology"), ("990103", "water")),
    ),
)


class Bodies:
    """Adds bodies to a city, each under the one password."""

    def __init__(self, city: City, plan: Plan) -> None:
        """Hash the password once, with a salt of the seed: the city is the same to the byte."""
        self.city, self.plan = city, plan
        self.rng = plan.rng("bodies")
        hasher = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=2)
        self.password_hash = hasher.hash(SAMPLE_PASSWORD, salt=self.rng.randbytes(16))
        self.opened_at = datetime.combine(plan.begin.date() - OPENING, time(9), ZONE)

    def add(
        self,
        kind: str,
        number: int,
        name: str,
        *,
        login: str,
        at: datetime,
        division: str = SAMPLE_CITY,
        trade: str | None = None,
    ) -> Body:
        """Add an organisation, a person, and the person's right to act for it."""
        city, person = self.city, self._person(login, at)
        organisation = city.add(
            "organisation",
            kind=kind,
            uscc=names.uscc(number),
            name=name,
            division=division,
            trade=trade,
            created_at=at,
            sample=True,
        )
        city.add("membership", person=person["id"], organisation=organisation["id"], manager=True, created_at=at)
        if kind in ("owner", "agency"):
            told = {"uscc": organisation["uscc"], "role": kind, "name": name}
            city.act(at, "organisation.signed_up", organisation["uscc"], told)
        return Body(organisation, person)

    def _person(self, login: str, at: datetime) -> Row:
        return self.city.add(
            "person",
            login=login,
            name=names.person(self.rng),
            phone=names.phone(self.rng),
            password_hash=self.password_hash,
            created_at=at,
        )

    def add_districts(self) -> list[Body]:
        """Add the authorities of some districts."""
        return [
            self.add(
                "authority",
                _FIRST_DISTRICT + place,
                f"{SAMPLE[division].zh}示例{TRADES[DISTRICT_TRADE]}主管部门",
                login=f"authority-{DISTRICT_TRADE}-{division}@demo.invalid",
                at=self.opened_at,
                division=division,
                trade=DISTRICT_TRADE,
            )
            for place, division in enumerate(_DISTRICTS)
        ]

    def add_colleagues(self, regulator: Body) -> None:
        """Add the second and the third person of the regulator."""
        at, organisation = self.opened_at, regulator.organisation["id"]
        for login in (SIGNER, REVIEWER):
            person = self._person(login, at)
            self.city.add("membership", person=person["id"], organisation=organisation, manager=True, created_at=at)

    def add_officials(self) -> dict[str, Body]:
        """Add operator, regulators and auditor, and one authority for each trade; return the authorities by trade."""
        for number, each in enumerate(OFFICIALS, 1):
            body = self.add(
                each.kind,
                number,
                each.name,
                login=each.login,
                at=self.opened_at,
                division=each.division,
                trade=each.trade,
            )
            for division, trade in each.scopes:
                self.city.add("regulator_scope", organisation=body.organisation["id"], division=division, trade=trade)
            if each.login == SUPERVISOR:
                self.regulator = body
                self.add_colleagues(body)
        found = {}
        for number, (trade, word) in enumerate(TRADES.items(), 101):
            login = "sample-authority@demo.invalid" if trade == "ecology" else f"authority-{trade}@demo.invalid"
            name = f"云湖市示例{word}主管部门"
            found[trade] = self.add("authority", number, name, login=login, at=self.opened_at, trade=trade)
        return found


def add_items(city: City, plan: Plan, authorities: dict[str, Body], at: datetime) -> dict[str, Row]:
    """Add the catalogue, proposed by the authorities and published; return its rows by code."""
    found = {}
    for item in plan.items:
        row = city.add(
            "item",
            **item_row(
                item,
                proposed_by=authorities[item.authority_trade].organisation["id"],
                proposed_at=at + timedelta(days=1),
                published_at=at + timedelta(days=10),
                abolished_at=at + timedelta(days=30),
            ),
        )
        for needed in item.qualifications:
            city.add("item_qualification", item=row["id"], code=needed.code, name=needed.name)
        for moment, kind, fields in item_acts(row):
            city.act(moment, kind, f"item:{item.code}", fields)
        found[item.code] = row
    return found
