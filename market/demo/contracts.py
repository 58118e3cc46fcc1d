"""
What became of each award: the contract's acts, as far as the city's days go.

Deadlines are those of the model rules, in working days, although the notices
run under practice rules. How punctual an agency or an owner is belongs to it
and stays; nothing here is a score, and nothing is planned for one.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from market.contracts import rules
from market.contracts.service import number_of
from market.contracts.states import ContractState, Fault, LateKind
from market.demo.notices import Entrant, Published
from market.demo.plan import Plan
from market.demo.reviews import Reviews
from market.demo.rows import City, Row
from market.demo.schemes import Schemes
from market.kernel import rulesets
from market.kernel.calendar import end_of
from market.kernel.times import local, rfc3339

_MODEL: Final = rulesets.get("model-2026")
_SECOND: Final = timedelta(seconds=1)
_DELIVERY: Final = "成果文件一套，按合同约定交付（示例）。"
_REASONS: Final = "成果缺少附表和计算底稿，请补齐后重新提交（示例）。"
_ENDED: Final = "项目计划调整，双方未能就继续履行达成一致（示例）。"
_PAY_DAYS: Final = 30
_BAD, _GOOD, _DISPLEASES = 0.04, 0.97, 0.4
# Columns that are filled later, if at all.
_LATER: Final = (
    "paper_number", "paper_hash", "amount_fen", "signed_on", "agreed_on", "pay_days", "owner_signed_at",
    "agency_signed_at", "signed_at", "file_by_at", "filed_at", "begun_at", "first_delivered_at", "delivered_at",
    "silence_at", "accepted_at", "pay_by_at", "billed_fen", "paid_on", "closed_at", "lapsed_at", "terminated_at",
    "ended_by", "fault", "end_words", "fault_agreed", "fault_answer", "excuse", "excuse_words", "next_check_at",
)  # fmt: skip


class _CityEnds(Exception):
    """Say that the next act of a contract lies after the city's last day."""


class Contracts:
    """Carries awards on from their confirmation."""

    def __init__(self, city: City, plan: Plan, schemes: Schemes) -> None:
        """Take a stream of chance for what the parties do."""
        self.city, self.plan, self.reviews, self.schemes = city, plan, Reviews(city, plan, schemes), schemes
        self.rng, self.days = plan.rng("contracts"), plan.calendar
        self.care: dict[tuple[str, int], float] = {}
        self.late: set[LateKind] = set()  # of the contract under way

    def run(self, notice: Published, entrant: Entrant, award: Row) -> None:
        """Carry one confirmed award on to the city's last moment."""
        self.late.clear()
        row = self._due(notice, entrant, award)
        steps: tuple[Callable[[Row, Published], None], ...] = (
            self._sign, self._file, self._begin, self._deliver, self._accept, self._pay,
        )  # fmt: skip
        try:
            for step in steps:
                step(row, notice)
                if row["state"] in ("lapsed", "terminated"):
                    break
        except _CityEnds:
            pass
        waits = rules.falling(self._standing(row), _MODEL, self.days)
        row["next_check_at"] = waits[0].at if waits else None
        ended_at = row["accepted_at"] or row["terminated_at"]
        if ended_at is not None:
            care = self._care("agency", row["agency"]) - 0.25 * row["returns"]
            care -= _DISPLEASES if row["agency"] in self.schemes.bad else 0
            self.reviews.run(row, notice, entrant, ended_at, care)

    def _care(self, kind: str, key: int) -> float:
        """Return how careful a party is, from 0 to 1; most are careful."""
        if kind == "agency" and key in self.schemes.bad:
            return _BAD
        if kind == "agency" and key == self.schemes.wronged:
            return _GOOD
        return self.care.setdefault((kind, key), self.rng.betavariate(6, 1.6))

    def _due(self, notice: Published, entrant: Entrant, award: Row) -> Row:
        at = award["confirmed_at"] + _SECOND
        number = number_of(award["id"], award["confirmed_at"])
        sign_by_at = self.days.period_end(award["confirmed_at"], _MODEL.contracts.signing_workdays)
        columns: dict[str, Any] = {
            "number": number,
            "award": award["id"],
            "notice": notice.row["id"],
            "owner": notice.row["owner"],
            "agency": award["agency"],
            "ruleset": notice.row["ruleset"],
            "award_fen": award["amount_fen"],
            "guide_most_fen": entrant.offer.row["fee_max_fen"],
            "state": "due",
            "due_at": award["confirmed_at"],
            "sign_by_at": sign_by_at,
            "returns": 0,
            "awaits_reviews": False,
            **dict.fromkeys(_LATER),
        }
        row = self.city.add("contract", **columns)
        self._log(row, notice, at, "due", uscc=entrant.uscc, sign_by=rfc3339(sign_by_at))
        return row

    def _log(self, row: Row, notice: Published, at: datetime, act: str, document: Any = None, /, **fields: Any) -> None:
        told = {"contract": row["number"], "notice": notice.code, **fields}
        self.city.act(at, f"contract.{act}", row["number"], told, document)

    def _at(self, after: datetime, workdays: int) -> datetime:
        """Return a moment in office hours some working days on, while the city's days last."""
        day = self.days.add_workdays(local(after).date(), workdays) if workdays else local(after).date()
        at = self.plan.in_office_hours(self.rng, day)
        return self._before_the_end(max(at, after + 60 * _SECOND))

    def _before_the_end(self, at: datetime) -> datetime:
        if at >= self.plan.cut:
            raise _CityEnds
        return at

    def _standing(self, row: Row) -> rules.Standing:
        """Return what the deadlines of a contract follow from."""
        return rules.Standing(
            state=ContractState(row["state"]),
            due_at=row["due_at"],
            sign_by_at=row["sign_by_at"],
            signed_by=frozenset(),
            file_by_at=row["file_by_at"],
            agreed_on=row["agreed_on"],
            first_delivered_at=row["first_delivered_at"],
            silence_at=row["silence_at"],
            pay_by_at=row["pay_by_at"],
            late=frozenset(self.late),
        )

    def _by(
        self, row: Row, notice: Published, act_at: datetime, *, due_at: datetime, kind: LateKind, fault: Fault
    ) -> None:
        """Write down a lateness when its deadline passed before the act, as a worker would have."""
        if act_at < due_at:
            return
        recorded_at = self._before_the_end(due_at + _SECOND)
        came = act_at < self.plan.cut
        self.late.add(kind)
        self.city.add(
            "late_fact",
            contract=row["id"],
            kind=str(kind),
            fault=str(fault),
            due_at=due_at,
            recorded_at=recorded_at,
            ended_at=act_at if came else None,
            workdays_late=self.days.workdays_late(due_at, act_at) if came else None,
        )
        said = {"kind": str(kind), "fault": str(fault), "due_at": rfc3339(due_at)}
        self._log(row, notice, recorded_at, "late", **said)

    def _act_at(
        self, row: Row, notice: Published, after: datetime, workdays: int, *, late: tuple[datetime, LateKind, Fault]
    ) -> datetime:
        """Return the moment of an act that has a deadline, and write down whether it was late."""
        day = self.days.add_workdays(local(after).date(), workdays)
        at = max(self.plan.in_office_hours(self.rng, day), after + 60 * _SECOND)
        due_at, kind, fault = late
        self._by(row, notice, at, due_at=due_at, kind=kind, fault=fault)
        return self._before_the_end(at)

    def _sign(self, row: Row, notice: Published) -> None:
        rng, slow = self.rng, self._care("owner", row["owner"]) < 0.55
        sign_by_at = row["sign_by_at"]
        if rng.random() < 0.012:
            self._lapse(row, notice)
            return
        days = rng.randrange(4, 15) if slow else rng.randrange(1, 9)
        fault = Fault.AGENCY if rng.random() < 0.3 else Fault.OWNER
        if row["agency"] in self.schemes.bad and rng.random() < 0.6:
            days, fault = rng.randrange(11, 16), Fault.AGENCY
        at = self._act_at(row, notice, row["due_at"], days, late=(sign_by_at, LateKind.SIGNING, fault))
        first, second = ("agency", "owner") if fault is Fault.OWNER else ("owner", "agency")
        early = max(row["due_at"] + 2 * _SECOND, min(at, sign_by_at) - timedelta(hours=rng.randrange(1, 20)))
        limit = self.days.add_workdays(local(at).date(), notice.row["time_limit_days"])
        amount = row["award_fen"] * rng.choice((100, 100, 100, 99, 98, 97)) // 100
        row |= {
            "state": "signed", "paper_number": f"示例合字〔{at:%Y}〕{row['id']}号", "amount_fen": amount,
            "signed_on": local(at).date(), "agreed_on": limit, "pay_days": _PAY_DAYS, f"{first}_signed_at": early,
            f"{second}_signed_at": at, "signed_at": at,
            "file_by_at": self.days.period_end(at, _MODEL.contracts.filing_workdays),
        }  # fmt: skip
        for side, moment in ((first, early), (second, at)):
            self._log(row, notice, moment, "signature", by=side, amount_fen=amount, paper=None)
        told = {"signed_on": row["signed_on"].isoformat(), "agreed_on": limit.isoformat(), "pay_days": _PAY_DAYS}
        self._log(row, notice, at, "signed", amount_fen=amount, **told)

    def _lapse(self, row: Row, notice: Published) -> None:
        lapsed_at = rules.lapse_at(row["sign_by_at"], _MODEL, self.days)
        fault = self.rng.choice((Fault.OWNER, Fault.AGENCY, Fault.BOTH))
        if lapsed_at + _SECOND >= self.plan.cut:
            # Still due: the worker finds it and does the same.
            raise _CityEnds
        self._by(row, notice, lapsed_at, due_at=row["sign_by_at"], kind=LateKind.SIGNING, fault=fault)
        signed = {Fault.OWNER: "agency_signed_at", Fault.AGENCY: "owner_signed_at"}.get(fault)
        if signed:
            row[signed] = row["due_at"] + timedelta(days=1)
        row |= {"state": "lapsed", "lapsed_at": lapsed_at, "fault": str(fault)}
        told = {"fault": str(fault), "lapsed_at": rfc3339(lapsed_at), "excuse": None}
        self._log(row, notice, lapsed_at + _SECOND, "lapsed", **told)

    def _file(self, row: Row, notice: Published) -> None:
        days = self.rng.randrange(1, 8) if self._care("owner", row["owner"]) < 0.6 else self.rng.randrange(1, 5)
        late = (row["file_by_at"], LateKind.FILING, Fault.OWNER)
        at = self._act_at(row, notice, row["signed_at"], days, late=late)
        row |= {"state": "filed", "filed_at": at}
        self._log(row, notice, at, "filed")

    def _begin(self, row: Row, notice: Published) -> None:
        at = self._at(row["filed_at"], self.rng.randrange(1, 3))
        row |= {"state": "performing", "begun_at": at}
        self._log(row, notice, at, "begun")
        if self.rng.random() < 0.015:
            self._terminate(row, notice)

    def _terminate(self, row: Row, notice: Published) -> None:
        at = self._at(row["begun_at"], self.rng.randrange(2, 9))
        if at >= end_of(row["agreed_on"]):
            return
        by, fault = self.rng.choice(("owner", "agency")), self.rng.choice(tuple(Fault))
        row |= {"state": "terminated", "terminated_at": at, "ended_by": by, "fault": str(fault), "end_words": _ENDED}
        self._log(row, notice, at, "terminated", {"words": _ENDED}, by=by, fault=str(fault))

    def _deliver(self, row: Row, notice: Published) -> None:
        """Deliver about the agreed day: a careful agency a little before it, another one after."""
        begun, rng = row["begun_at"], self.rng
        left = max(1, self._workdays(local(begun).date(), row["agreed_on"]))
        usual = rng.triangular(0.5, 1.02, 0.85) if rng.random() < self._care("agency", row["agency"]) + 0.1 else 0
        days = max(1, round(left * usual)) if usual else left + rng.randrange(1, 16)
        due_at = end_of(row["agreed_on"])
        late = (due_at, LateKind.DELIVERY, Fault.OWNER if row["filed_at"] >= due_at else Fault.AGENCY)
        at = self._act_at(row, notice, begun, days, late=late)
        row["first_delivered_at"] = at
        self._hand_over(row, notice, at, 1)
        while row["returns"] < 2 and rng.random() > self._care("agency", row["agency"]) + 0.22:
            self._send_back(row, notice)

    def _workdays(self, first: date, last: date) -> int:
        return self.days.workdays_between(end_of(first), end_of(last))

    def _hand_over(self, row: Row, notice: Published, at: datetime, place: int) -> None:
        silence_at = self.days.period_end(at, _MODEL.contracts.silence_accepts_workdays)
        row |= {"state": "delivered", "delivered_at": at, "silence_at": silence_at}
        fact = {"contract": row["id"], "number": place, "description": _DELIVERY, "document_hash": None}
        later = dict.fromkeys(("outcome", "reasons", "decided_at"))
        self.city.add("contract_delivery", **fact, delivered_at=at, silence_at=silence_at, **later)
        self._log(row, notice, at, "delivered", {"description": _DELIVERY}, number=place, file=None)

    def _decide(self, outcome: str, at: datetime, reasons: str | None = None) -> None:
        self.city.tables["contract_delivery"][-1].update(outcome=outcome, decided_at=at, reasons=reasons)

    def _send_back(self, row: Row, notice: Published) -> None:
        at = self._at(row["delivered_at"], self.rng.randrange(1, 6))
        self._decide("returned", at, _REASONS)
        row |= {"state": "returned", "returns": row["returns"] + 1, "silence_at": None}
        self._log(row, notice, at, "returned", {"reasons": _REASONS}, times=row["returns"])
        at = self._at(at, 1)
        row["state"] = "performing"
        self._log(row, notice, at, "resumed")
        self._hand_over(row, notice, self._at(at, self.rng.randrange(1, 8)), row["returns"] + 1)

    def _accept(self, row: Row, notice: Published) -> None:
        first = row["returns"] == 0
        if self.rng.random() > self._care("owner", row["owner"]) + 0.1:
            at = row["silence_at"]
            self._before_the_end(at + _SECOND)
            state, outcome = "accepted_by_silence", "silence"
            note = partial(self._log, row, notice, at + _SECOND, "accepted_by_silence", accepted_at=rfc3339(at))
        else:
            at = self._at(row["delivered_at"], self.rng.randrange(1, 9))
            state, outcome = "accepted", "accepted"
            note = partial(self._log, row, notice, at, "accepted")
        note(first=first)
        self._decide(outcome, at)
        pay_by_at = rules.pay_by(at, row["pay_days"], self.days)
        row |= {"state": state, "accepted_at": at, "pay_by_at": pay_by_at}

    def _pay(self, row: Row, notice: Published) -> None:
        days = self.rng.randrange(12, 34) if self._care("owner", row["owner"]) < 0.6 else self.rng.randrange(3, 20)
        late = (row["pay_by_at"], LateKind.PAYMENT, Fault.OWNER)
        at = self._act_at(row, notice, row["accepted_at"], days, late=late)
        row |= {"billed_fen": self._billed(row), "paid_on": local(at).date(), "closed_at": at, "state": "closed"}
        self._log(row, notice, at, "closed", billed_fen=row["billed_fen"], paid_on=row["paid_on"].isoformat())

    def _billed(self, row: Row) -> int:
        """Return what was billed: what was agreed, or more than the guide allows."""
        often = 0.7 if row["agency"] in self.schemes.over_guide else 0.35 if row["agency"] in self.schemes.bad else 0
        if often and self.rng.random() < often:
            return int(row["guide_most_fen"]) * self.rng.randrange(104, 121) // 100
        return int(row["amount_fen"])
