"""
The notices of the sample city, published over two years, and who registered for each.

They run under the practice ruleset, the only one that lets a practice number be
drawn from; their time tables are those of the model rules, in days and hours.
The published object and its hash are made by the market's own functions.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from market.catalogue.seed import SeedItem
from market.catalogue.states import ItemState
from market.demo.guides import Offer, Provider, Providers, levels
from market.demo.owners import Work, Works
from market.demo.plan import Plan
from market.demo.rows import City, Row, as_json
from market.demo.schemes import Schemes
from market.kernel import rulesets
from market.kernel.calendar import day_of
from market.kernel.canonical import canonical, hash_bytes
from market.kernel.rulesets.schema import Method
from market.kernel.times import ZONE, rfc3339
from market.notices.rules.asked import FundShare, Recusal
from market.notices.rules.methods import least_registrants, least_workdays
from market.notices.rules.publication import KEEPERS, Times
from market.notices.rules.published import Content, DirectTerms, Named, notice_object, practice_beacon
from market.registrations.service import LOG_SUBJECT, RECEIPT_PREFIX
from market.selection.draw import commitment

RULES: Final = rulesets.get("practice-2026")
_MODEL: Final = rulesets.get("model-2026")
_GROUNDS: Final = {
    "continuity": "原合同由该机构承担，后续工作须保持一致，金额不超过原合同的十分之一（示例）。",
    "urgent": "汛期抢险后的复测不可预见，其他方式时间不足（示例）。",
    "sole_qualified": "经公开查询，仅该机构持有法定资质（示例）。",
}
_WITHDRAWN: Final = "项目计划调整，本次不再选取（示例）。"
_ROUND: Final = 10_000
_TIMES: Final = ("opens_at", "closes_at", "reveal_by", "draw_at")
# Columns that are filled later, if at all.
_LATER: Final = (
    "direct_ground", "direct_reason", "direct_agency", "closed_at", "inputs_frozen_at", "drawn_at",
    "standstill_ends_at", "awarded_at", "ended_at", "end_reason", "ended_by", "pool_size",
)  # fmt: skip


@dataclass(slots=True)
class Entrant:
    """A registration with the version of the guide that binds it."""

    row: Row
    provider: Provider
    offer: Offer

    @property
    def uscc(self) -> str:
        """Return the code of the agency."""
        return str(self.row["uscc"])

    @property
    def amount_fen(self) -> int:
        """Return what the award would cost."""
        return int(min(self.row["price_fen"], self.offer.row["fee_max_fen"]))


@dataclass(slots=True)
class Published:
    """A notice on its way, as the selection goes on with it."""

    row: Row
    body: dict[str, Any]
    hash: str
    work: Work
    item: SeedItem
    secrets: dict[str, str]
    entrants: list[Entrant] = field(default_factory=list)

    @property
    def code(self) -> str:
        """Return the number of the notice."""
        return str(self.row["code"])

    @property
    def direct(self) -> bool:
        """Tell whether nothing is drawn."""
        return bool(self.row["method"] == Method.DIRECT)


@dataclass(frozen=True, slots=True, order=True)
class _Wish:
    """A notice to be drafted: when, and after which one that failed."""

    at: datetime
    number: int
    predecessor: Published | None = field(default=None, compare=False)
    tied: tuple[Work, SeedItem, int] | None = field(default=None, compare=False)  # bought with what came before


class Notices:
    """Publishes the notices of a city in the order of their drafts."""

    def __init__(
        self, city: City, plan: Plan, works: Works, providers: Providers, items: dict[str, Row], *, schemes: Schemes
    ) -> None:
        """Plan the moments; a busy family has more notices, and every year has more than the one before."""
        self.city, self.plan, self.works, self.providers, self.rows = city, plan, works, providers, items
        self.schemes, self.number = schemes, plan.notices
        self.rng = plan.rng("notices")
        self.level = levels(plan)
        self.items = [item for item in plan.items if item.outcome is not ItemState.ABOLISHED and providers[item.code]]
        self.weights = [len(providers[item.code]) ** 0.5 + 0.5 for item in self.items]
        days = self.rng.choices(plan.workdays, range(800, 800 + len(plan.workdays)), k=plan.notices)
        self.wishes = [_Wish(self.plan.in_office_hours(self.rng, day), n) for n, day in enumerate(days)]
        heapq.heapify(self.wishes)

    def __iter__(self) -> Iterator[Published]:
        """Publish one after the other; a failed one may be wished for again meanwhile."""
        while self.wishes:
            wish = heapq.heappop(self.wishes)
            found = self._publish(wish)
            if found is not None:
                yield found

    def again(self, failed: Published, at: datetime) -> None:
        """Let the owner of a failed notice publish another one some working days later, or leave it."""
        day = self.plan.calendar.add_workdays(at.date(), self.rng.randrange(2, 12))
        moment = self.plan.in_office_hours(self.rng, day)
        if moment < self.plan.cut and self.rng.random() < 0.7:
            self._wish(moment, predecessor=failed)

    def also(self, bought: Published, agency: int, at: datetime) -> None:
        """Let who bought a mandatory service of the tying agency order the optional one there too."""
        item = self.schemes.tied(agency, bought.item.code)
        moment = self.plan.in_office_hours(self.rng, self.plan.workday_from(at.date() + timedelta(days=5)))
        if item is not None and moment < self.plan.cut:
            self._wish(moment, tied=(bought.work, item, agency))

    def _wish(self, at: datetime, **why: Any) -> None:
        self.number += 1
        heapq.heappush(self.wishes, _Wish(at, self.number, **why))

    def _publish(self, wish: _Wish) -> Published | None:
        published_at, rng, before = wish.at, self.rng, wish.predecessor
        work, item, asked = self._asked(wish)
        able = self._able(self.providers[item.code], item, published_at)
        direct = rng.choice(able) if before is None and able and rng.random() < 0.06 else None
        if asked is not None:
            direct = next((each for each in able if each.standing.row["id"] == asked), direct)
        row = self._draft(work, item, published_at, Method.DIRECT if direct else Method.RANDOM_DRAW, before)
        recused = [rng.choice(able)] if direct is None and len(able) > 6 and rng.random() < 0.03 else []
        found = self._seal(row, work, item, direct, recused)
        self._register(found, [direct] if direct else [each for each in able if each not in recused])
        return found

    def _asked(self, wish: _Wish) -> tuple[Work, SeedItem, int | None]:
        """Return the project, the item, and the agency its owner wants without a draw, if any."""
        if wish.tied is not None:
            return wish.tied
        if wish.predecessor is not None:
            return wish.predecessor.work, wish.predecessor.item, None
        work = self.works.choose(self.rng, wish.at)
        favour = self.schemes.asks_for(work.owner.organisation["id"], wish.at)
        if favour is not None and _in_force(favour[0], wish.at):
            return work, favour[0], favour[1].standing.row["id"]
        return work, self._item(wish.at), None

    def _item(self, at: datetime) -> SeedItem:
        """Return an item whose basis is in force at a moment."""
        while True:
            item = self.rng.choices(self.items, self.weights)[0]
            if _in_force(item, at):
                return item

    def _able(self, providers: list[Provider], item: SeedItem, at: datetime) -> list[Provider]:
        codes, today = [needed.code for needed in item.qualifications], day_of(at)
        return [each for each in providers if each.standing.able(codes, at, today) and each.offer(at) is not None]

    def _times(self, published_at: datetime, work: Work, method: Method) -> Times:
        """Return the time table the model rules would give: days of registration, half an hour of secrets."""
        days = max(least_workdays(_MODEL, [kind for kind, _ in work.funds]), 1) + self.rng.randrange(1, 4)
        day = self.plan.calendar.add_workdays(published_at.date(), days)
        closes_at = datetime.combine(day, time(self.rng.choice((9, 10, 11, 14, 15, 16, 17))), ZONE)
        frozen_at = closes_at + timedelta(seconds=_MODEL.registration.drain_seconds)
        if method is Method.DIRECT:
            return Times(published_at, closes_at, frozen_at, frozen_at)
        reveal_by = frozen_at + timedelta(seconds=_MODEL.draw.reveal_seconds)
        return Times(
            published_at, closes_at, reveal_by, reveal_by + timedelta(seconds=_MODEL.draw.beacon_delay_seconds)
        )

    def _ceiling(self, work: Work, item: SeedItem, at: datetime) -> int:
        demanded = [needed.code for needed in item.qualifications]
        limits = [
            limit.amount_fen
            for kind, _ in work.funds
            for limit in _MODEL.limits_for(kind, demanded, work.row["division"], at.year)
        ]
        wished = self.level[item.code] * self.rng.randrange(100, 150) // 100
        most = min([wished, *(limit * 96 // 100 for limit in limits)])
        return max(_ROUND, most - most % _ROUND)

    def _draft(
        self, work: Work, item: SeedItem, published_at: datetime, method: Method, before: Published | None
    ) -> Row:
        times = self._times(published_at, work, method)
        drafted_at = published_at - timedelta(minutes=self.rng.randrange(10, 60))
        number = len(self.city.tables["notice"]) + 1
        row: Row = {
            "code": f"YH-{drafted_at:%Y%m%d}-{number:06d}",
            "project": work.row["id"],
            "owner": work.owner.organisation["id"],
            "item": self.rows[item.code]["id"],
            "division": work.row["division"],
            "trade": item.trade,
            "state": "open",
            "title": f"{work.row['name']}{item.name}",
            "scope": f"为{work.row['name']}提供{item.name}服务，成果用于{item.approval}（示例）。",
            "method": str(method),
            "ruleset": RULES.code,
            "practice": True,
            "public_funds": work.row["public_funds"],
            "ceiling_fen": self._ceiling(work, item, published_at),
            "time_limit_days": max(1, item.ceiling_days * self.rng.randrange(80, 101) // 100),
            "qualifications": as_json(sorted(needed.code for needed in item.qualifications)),
            "recusals": "[]",
            "contact_name": work.owner.person["name"],
            "contact_phone": work.owner.person["phone"],
            "least": least_registrants(RULES, method, [kind for kind, _ in work.funds]),
            "drain_seconds": RULES.registration.drain_seconds,
            "suite": "sha256",
            "version": 1,
            "predecessor": before.code if before else None,
            "drafted_at": drafted_at,
            "published_at": published_at,
            **{name: getattr(times, name) for name in _TIMES},
        }
        row |= dict.fromkeys(_LATER)
        row["next_check_at"] = times.closes_at + timedelta(seconds=row["drain_seconds"])
        return self.city.add("notice", **row)

    def _seal(
        self, row: Row, work: Work, item: SeedItem, direct: Provider | None, recused: list[Provider]
    ) -> Published:
        """Publish the notice: promises, canonical text, hash."""
        code: str = row["code"]
        terms = None
        if direct is not None:
            agency = direct.standing.row
            row["direct_ground"] = self.rng.choice(list(_GROUNDS))
            row["direct_reason"], row["direct_agency"] = _GROUNDS[row["direct_ground"]], agency["id"]
            named = Named(agency["uscc"], agency["name"])
            terms = DirectTerms(row["direct_ground"], row["direct_reason"], named)
        recusals = tuple(Recusal(each.standing.row["uscc"], "与项目业主存在利害关系（示例）。") for each in recused)
        row["recusals"] = as_json([{"uscc": each.uscc, "reason": each.reason} for each in recusals])
        content = _content(row, work, item, recusals, terms)
        secrets = {} if direct else {keeper: self.rng.randbytes(32).hex() for keeper in KEEPERS}
        promised = {keeper: commitment(code, keeper, secret) for keeper, secret in secrets.items()}
        for place, (keeper, promise) in enumerate(promised.items()):
            made_at = row["drafted_at"] + timedelta(seconds=30 + place)
            self.city.add("draw_commitment", notice=row["id"], keeper=keeper, commitment=promise, made_at=made_at)
        body = notice_object(content, promised, [] if direct else [practice_beacon(code, content.times)])
        text = canonical(body)
        hashed = hash_bytes(text, row["suite"]).hex()  # once, not twice: most of the work of a large city
        at = row["published_at"]
        self.city.add("notice_version", notice=row["id"], number=1, body=text.decode(), hash=hashed, published_at=at)
        self.city.act(at, "notice.published", code, {"notice": code, "version": 1, "hash": hashed})
        return Published(row, body, hashed, work, item, secrets)

    def _register(self, notice: Published, able: list[Provider]) -> None:
        """Let some of those who may register do so at moments of the period, and a few think better of it."""
        rng, row = self.rng, notice.row
        wished = rng.randrange(3) if rng.random() < 0.05 else max(2, round(rng.lognormvariate(1.9, 0.5)))
        came = able if notice.direct else rng.sample(able, min(len(able), wished))
        if not notice.direct:
            keen = [each for each in able if self.schemes.comes(each.standing.row["id"], row["published_at"])]
            came += [each for each in keen if each not in came]
        seconds = int((row["closes_at"] - row["opens_at"]).total_seconds())
        moments = sorted(row["opens_at"] + timedelta(seconds=rng.randrange(60, seconds - 1)) for _ in came)
        controllers: set[str | None] = set()  # of one controller, only the first may enter
        for at, provider in zip(moments, came, strict=True):
            offer = provider.offer(at)
            related = provider.standing.controller is not None and provider.standing.controller in controllers
            if at < self.plan.cut and offer is not None and not related and self._able([provider], notice.item, at):
                controllers.add(provider.standing.controller)
                self._receipt(notice, provider, offer, at)

    def _receipt(self, notice: Published, provider: Provider, offer: Offer, at: datetime) -> None:
        agency, person = provider.standing.row, provider.standing.body.person["id"]
        price = min(notice.row["ceiling_fen"], offer.row["fee_max_fen"])
        registration = self.city.add(
            "registration",
            notice=notice.row["id"],
            agency=agency["id"],
            uscc=agency["uscc"],
            guide=offer.row["id"],
            price_fen=price,
            state="registered",
            receipt="",
            entry_index=0,
            registered_by=person,
            registered_at=at,
            ended_at=None,
            place=None,
            reason=None,
        )
        document = {"notice": notice.code, "uscc": agency["uscc"], "guide_version": offer.row["version"]}
        document |= {"price_fen": price, "registered_by": person, "at": rfc3339(at)}
        told: dict[str, Any] = {"entry": 0}
        gone = {"notice": notice.code, "uscc": agency["uscc"], "receipt": ""}

        def numbered(index: int) -> None:
            receipt = f"{RECEIPT_PREFIX}-{at:%Y%m%d}-{index:07d}"
            registration.update(receipt=receipt, entry_index=index)
            told["entry"], gone["receipt"] = index, receipt

        self.city.act(at, "registration", LOG_SUBJECT, {}, document, numbered=numbered)
        if not self._leaves(notice, registration, told, gone):
            notice.entrants.append(Entrant(registration, provider, offer))

    def _leaves(self, notice: Published, registration: Row, told: dict[str, Any], gone: dict[str, Any]) -> bool:
        """Let a few withdraw before the deadline; the entry cites the registration's, once both are numbered."""
        gone_at = registration["registered_at"] + timedelta(minutes=self.rng.randrange(5, 600))
        last = min(notice.row["closes_at"], self.plan.cut)
        if notice.direct or self.rng.random() > 0.015 or gone_at >= last:
            return False
        registration.update(state="withdrawn", ended_at=gone_at)
        self.city.act(gone_at, "registration.withdrawn", LOG_SUBJECT, told, gone)
        return True

    def withdrawn(self, notice: Published) -> bool:
        """Let a few owners withdraw an open notice, with the reason they publish."""
        row, rng = notice.row, self.rng
        at = row["closes_at"] - timedelta(hours=rng.randrange(2, 20))
        if rng.random() > 0.012 or not row["published_at"] < at < self.plan.cut:
            return False
        row |= {"state": "withdrawn", "ended_at": at, "end_reason": _WITHDRAWN, "ended_by": "owner"}
        row["next_check_at"] = None
        told = {"notice": notice.code, "from": "open", "by": "owner", "reason": _WITHDRAWN}
        self.city.act(at, "notice.withdrawn", notice.code, told)
        return True


def _in_force(item: SeedItem, at: datetime) -> bool:
    since, until = (item.basis.valid_from, item.basis.valid_until) if item.basis else (None, None)
    return (since is None or since <= at.date()) and (until is None or at.date() <= until)


def _content(
    row: Row, work: Work, item: SeedItem, recusals: tuple[Recusal, ...], direct: DirectTerms | None
) -> Content:
    owner = work.owner.organisation
    return Content(
        code=row["code"],
        suite=row["suite"],
        version=row["version"],
        title=row["title"],
        scope=row["scope"],
        owner=Named(owner["uscc"], owner["name"]),
        item=Named(item.code, item.name),
        project_code=work.row["project_code"],
        division=row["division"],
        trade=row["trade"],
        funds=tuple(FundShare(kind, percent) for kind, percent in work.funds),
        method=Method(row["method"]),
        least=row["least"],
        ceiling_fen=row["ceiling_fen"],
        floor_fen=None,
        floor_reason=None,
        time_limit_days=row["time_limit_days"],
        qualifications=tuple(sorted((Named(q.code, q.name) for q in item.qualifications), key=lambda each: each.code)),
        recusals=recusals,
        exception=None,
        direct=direct,
        ruleset=Named(RULES.code, rulesets.fingerprint(RULES.code)),
        practice=True,
        predecessor=row["predecessor"],
        times=Times(row["opens_at"], row["closes_at"], row["reveal_by"], row["draw_at"]),
    )
