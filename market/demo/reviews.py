"""
What the parties of the sample city said of each other: written, sealed, revealed together.

An agency that works with care is graded well more often; that is all that
decides a grade here, beside chance.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from market.contracts.states import Side
from market.demo.notices import Entrant, Published
from market.demo.plan import Plan
from market.demo.rows import City, Row, as_json
from market.demo.schemes import Schemes
from market.kernel import rulesets
from market.kernel.canonical import digest
from market.kernel.times import local, rfc3339
from market.reviews import rules
from market.reviews.rules import GRADED, Said
from market.reviews.states import Dimension

_MODEL: Final = rulesets.get("model-2026")
_WRITES: Final = {Side.OWNER: 0.72, Side.AGENCY: 0.6}
_WORDS: Final = {True: "总体满意（示例）。", False: "有待改进（示例）。"}
_SLANDER: Final = Said(dict.fromkeys(GRADED[Side.OWNER], 1), _WORDS[False])
_LATER: Final = (*(str(each) for each in Dimension), "words", "sealed_hash", "revealed_at", "annulment_decision")


class Reviews:
    """Lets the parties of ended contracts review each other."""

    def __init__(self, city: City, plan: Plan, schemes: Schemes) -> None:
        """Take a stream of chance of its own."""
        self.city, self.plan, self.schemes, self.rng = city, plan, schemes, plan.rng("reviews")

    def run(self, contract: Row, notice: Published, entrant: Entrant, ended_at: datetime, care: float) -> None:
        """Open both reviews of a contract, and carry them on to the city's last moment."""
        days = self.plan.calendar
        closes_at = days.period_end(ended_at, _MODEL.reviews.within_workdays)
        people = {
            Side.OWNER: notice.work.owner.person["id"],
            Side.AGENCY: entrant.provider.standing.body.person["id"],
        }
        rows: dict[Side, Row] = {}
        sealed: dict[Side, Row] = {}
        for side in Side:
            row = self._open(contract, side, ended_at, closes_at)
            rows[side] = row
            day = days.add_workdays(local(ended_at).date(), self.rng.randrange(1, 14))
            at = max(self.plan.in_office_hours(self.rng, day), ended_at + timedelta(minutes=1))
            slander = side is Side.OWNER and self.schemes.slanders(contract["owner"], contract["agency"])
            said = _SLANDER if slander else self._said(side, care)
            if (slander or self.rng.random() < _WRITES[side]) and at < min(closes_at, self.plan.cut):
                sealed[side] = self._seal(contract, row, said, people[side], at)
        both = len(sealed) == len(rows)
        revealed_at = max(each["submitted_at"] for each in sealed.values()) if both else closes_at
        if revealed_at + timedelta(seconds=1) < self.plan.cut:
            self._reveal(contract, rows, sealed, revealed_at + timedelta(seconds=0 if both else 1))

    def _open(self, contract: Row, side: Side, opened_at: datetime, closes_at: datetime) -> Row:
        columns: dict[str, Any] = {"contract": contract["id"], "side": str(side), "state": "open"}
        moments = {"opened_at": opened_at, "closes_at": closes_at, "next_check_at": closes_at}
        return self.city.add("review", **columns, **moments, **dict.fromkeys(_LATER))

    def _said(self, side: Side, care: float) -> Said:
        stars = {each: min(5, max(1, round(self.rng.gauss(2.98 + 2.1 * care, 0.7)))) for each in GRADED[side]}
        if side is Side.AGENCY:
            stars = {each: min(5, max(1, round(self.rng.gauss(4.4, 0.6)))) for each in GRADED[side]}
        return Said(stars, _WORDS[not rules.is_poor(stars)])

    def _seal(self, contract: Row, row: Row, said: Said, person: int, at: datetime) -> Row:
        written = rules.document(contract["number"], Side(row["side"]), said, rfc3339(at))
        salt = self.rng.randbytes(32).hex()
        row["state"] = "submitted"
        return self.city.add(
            "sealed_review",
            review=row["id"],
            document=as_json(written),
            salt=salt,
            hash=digest({"d": "doc", "salt": salt, "doc": written}),
            submitted_by=person,
            submitted_at=at,
        ) | {"said": said}

    def _reveal(self, contract: Row, rows: dict[Side, Row], sealed: dict[Side, Row], at: datetime) -> None:
        for side, row in rows.items():
            row |= {"revealed_at": at, "next_check_at": None}
            named: dict[str, Any] = {"contract": contract["number"], "side": str(side)}
            if side not in sealed:
                row["state"] = "neutral"
                named |= {"state": "neutral", "stars": None, "sealed": None}
            else:
                said: Said = sealed[side]["said"]
                stars = {str(each): count for each, count in said.stars.items()}
                row |= {"state": "revealed", **stars, "words": said.words, "sealed_hash": sealed[side]["hash"]}
                named |= {"state": "revealed", "stars": stars, "sealed": sealed[side]["hash"]}
                if rules.is_poor(said.stars):
                    self._follow(row, at)
            self.city.act(at, "review", contract["number"], named)

    def _follow(self, row: Row, at: datetime) -> None:
        due_at = self.plan.calendar.period_end(at, _MODEL.reviews.poor_followed_up_workdays)
        later = dict.fromkeys(("done_at", "outcome", "words", "regulator", "person"))
        self.city.add("review_follow_up", review=row["id"], due_at=due_at, **later)
