"""
What became of each notice: pool, secrets, inputs, beacon, draw, awards, as far as the city's days go.

The order is the market's own draw over the published inputs; nothing here
chooses a winner. The moments are those at which keepers and worker act, and
what lies after the city's last day has not happened.
"""

from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from market.demo.contracts import Contracts
from market.demo.notices import Entrant, Notices, Published
from market.demo.plan import Plan
from market.demo.rows import City, Row, as_json
from market.demo.schemes import Schemes
from market.kernel import rulesets
from market.kernel.canonical import digest
from market.selection.draw import draw, pool_hash, secrets_hash

_DECLINED: Final = "人员安排冲突，无法按期完成（示例）。"
_SECOND: Final = timedelta(seconds=1)


class Selections:
    """Carries notices on from their deadline."""

    def __init__(self, city: City, plan: Plan, schemes: Schemes) -> None:
        """Take a stream of chance for what people do; none of it enters a draw but by the inputs."""
        self.city, self.plan, self.schemes = city, plan, schemes
        self.rng: Random = plan.rng("selections")
        self.contracts = Contracts(city, plan, schemes)
        self.standstill = rulesets.get("model-2026").award.standstill_workdays

    def run(self, notices: Notices, notice: Published) -> None:
        """Carry one notice on to the city's last moment."""
        row = notice.row
        frozen_at = row["next_check_at"] + _SECOND
        if notices.withdrawn(notice):
            return
        if frozen_at + timedelta(hours=1) >= self.plan.cut:
            self._keep_secrets(notice)
            return
        lists, pooled = self._freeze(notice, frozen_at)
        if len(notice.entrants) < row["least"]:
            self._fail(notice, "too_few", frozen_at)
            notices.again(notice, frozen_at)
            return
        secrets, fixed_at = self._inputs(notice, frozen_at)
        order, drawn_at = self._draw(notice, lists, pooled, secrets, fixed_at)
        by_uscc = {entrant.uscc: entrant for entrant in notice.entrants}
        for place, uscc in enumerate(order, 1):
            by_uscc[uscc].row |= {"place": place, "state": "reserve"}
        winner = self._award(notice, [by_uscc[uscc] for uscc in order], drawn_at)
        if winner is not None:
            notices.also(notice, winner["agency"], winner["confirmed_at"])

    def _keep_secrets(self, notice: Published) -> None:
        """Hand the secrets of a notice that is still open to whoever starts the keepers."""
        for keeper, secret in notice.secrets.items():
            self.city.secrets.setdefault(keeper, {})[notice.code] = secret

    def _log(self, notice: Published, at: datetime, act: str, document: Any = None, /, **fields: Any) -> None:
        told = {"notice": notice.code, "hash": notice.hash, **fields}
        self.city.act(at, act, notice.code, told, document)

    def _freeze(self, notice: Published, at: datetime) -> tuple[list[dict[str, Any]], str]:
        codes = sorted(entrant.uscc for entrant in notice.entrants)
        lists = [{"label": "agency", "entries": [{"id": code, "w": 1} for code in codes]}]
        hashed = pool_hash(notice.hash, lists)
        self.city.add("pool", notice=notice.row["id"], lists=as_json(lists), hash=hashed, frozen_at=at)
        notice.row |= {"state": "closed", "closed_at": at, "pool_size": len(codes)}
        self._log(notice, at, "pool.frozen", pool=hashed, count=len(codes))
        return lists, hashed

    def _fail(self, notice: Published, reason: str, at: datetime) -> None:
        notice.row |= {"state": "failed", "ended_at": at, "end_reason": reason, "next_check_at": None}
        for entrant in notice.entrants:
            if entrant.row["state"] == "registered":
                entrant.row |= {"state": "not_selected", "ended_at": at, "reason": reason}
        self._log(notice, at, "notice.failed", reason=reason)

    def _inputs(self, notice: Published, frozen_at: datetime) -> tuple[list[dict[str, Any]], datetime]:
        """Reveal the secrets, now and then all but one, and freeze what counts."""
        rng, row = self.rng, notice.row
        skipped = rng.choice(list(notice.secrets)) if notice.secrets and rng.random() < 0.01 else None
        waits = [(rng.randrange(4, 900), keeper) for keeper in notice.secrets if keeper != skipped]
        fixed_at = frozen_at + _SECOND
        for seconds, keeper in sorted(waits):
            at = frozen_at + timedelta(seconds=seconds)
            secret = notice.secrets[keeper]
            self.city.add("draw_secret", notice=row["id"], keeper=keeper, secret=secret, revealed_at=at)
            self._log(notice, at, "secret.revealed", keeper=keeper)
            fixed_at = at + _SECOND
        if skipped is not None:
            fixed_at = row["reveal_by"] + _SECOND
        counted = [{"by": by, "secret": None if by == skipped else secret} for by, secret in notice.secrets.items()]
        hashed = secrets_hash(notice.hash, counted)
        self.city.add("draw_input", notice=row["id"], secrets=as_json(counted), hash=hashed, frozen_at=fixed_at)
        row |= {"state": "opening", "inputs_frozen_at": fixed_at}
        self._log(notice, fixed_at, "inputs.frozen", secrets=hashed)
        return counted, fixed_at

    def _draw(
        self,
        notice: Published,
        lists: list[dict[str, Any]],
        pooled: str,
        secrets: list[dict[str, Any]],
        fixed_at: datetime,
    ) -> tuple[list[str], datetime]:
        """Publish the beacon and draw, or take the one agency of a direct selection."""
        inputs: dict[str, Any] = {"notice": notice.body, "lists": lists, "secrets": secrets, "beacons": []}
        if notice.direct:
            drawn_at = fixed_at + _SECOND
            winner = notice.entrants[0].uscc
            result = {"d": "selection/1 result", "notice": notice.hash, "pool": pooled, "method": "direct"}
            result["winner"] = winner
            hashed, order = digest(result), [winner]
        else:
            told_at = notice.row["draw_at"] + _SECOND
            drawn_at = told_at + _SECOND
            inputs["beacons"] = [self._beacon(notice, told_at)]
            drawn = draw(notice.body, lists, secrets, inputs["beacons"])
            result, hashed, order = drawn.result, drawn.result_hash, list(drawn.orders()["agency"])
        bundle = as_json({**inputs, "result": result, "result_hash": hashed})
        self.city.add("draw", notice=notice.row["id"], bundle=bundle, result_hash=hashed, drawn_at=drawn_at)
        notice.row |= {"state": "standstill", "drawn_at": drawn_at}
        self._log(notice, drawn_at, "draw.result", result=hashed)
        return order, drawn_at

    def _beacon(self, notice: Published, at: datetime) -> dict[str, str]:
        told = {"kind": "practice", "event": f"{notice.code}.1", "value": self.rng.randbytes(32).hex()}
        self.city.add("beacon", **told, published_at=at)
        self._log(notice, at, "beacon.published", **told)
        return told

    def _award(self, notice: Published, order: list[Entrant], at: datetime) -> Row | None:
        """Propose one after the other until a standstill ends well, nobody is left, or the city's days are over."""
        codes = [needed.code for needed in notice.item.qualifications]
        for entrant in order:
            lost = entrant.provider.standing.lost(codes, at)
            if lost is not None:
                self._skip(notice, entrant, lost, at)
                continue
            award, ends_at = self._propose(notice, entrant, at)
            ended_at = self._end(notice, entrant, award, ends_at, codes)
            if ended_at is None:
                return award if award["state"] == "confirmed" else None
            at = ended_at
        self._fail(notice, "nobody_left", at)
        return None

    def _skip(self, notice: Published, entrant: Entrant, reason: str, at: datetime) -> None:
        entrant.row |= {"state": "skipped", "ended_at": at, "reason": reason}
        self._log(notice, at, "award.skipped", uscc=entrant.uscc, place=entrant.row["place"], reason=reason)

    def _propose(self, notice: Published, entrant: Entrant, at: datetime) -> tuple[Row, datetime]:
        ends_at = self.plan.calendar.period_end(at, self.standstill)
        entrant.row["state"] = "selected"
        award = self.city.add(
            "award",
            notice=notice.row["id"],
            registration=entrant.row["id"],
            agency=entrant.row["agency"],
            amount_fen=entrant.amount_fen,
            place=entrant.row["place"],
            state="proposed",
            proposed_at=at,
            standstill_ends_at=ends_at,
            confirmed_at=None,
            cancelled_at=None,
            cancel_reason=None,
        )
        notice.row |= {"standstill_ends_at": ends_at, "next_check_at": ends_at}
        told = {"uscc": entrant.uscc, "place": award["place"], "amount_fen": award["amount_fen"]}
        self._log(notice, at, "award.proposed", **told)
        return award, ends_at

    def _end(
        self, notice: Published, entrant: Entrant, award: Row, ends_at: datetime, codes: list[str]
    ) -> datetime | None:
        """End a proposal: the moment at which the next one's turn comes, or nothing."""
        given_up: datetime = award["proposed_at"] + timedelta(hours=self.rng.randrange(2, 30))
        confirmed_at = ends_at + 3 * _SECOND
        who = {"uscc": entrant.uscc, "place": award["place"]}
        declines = self.rng.random() < 0.03
        if given_up < min(ends_at, self.plan.cut) and (declines or self.schemes.abandons(award["agency"], given_up)):
            award |= {"state": "cancelled", "cancelled_at": given_up, "cancel_reason": _DECLINED}
            entrant.row |= {"state": "declined", "ended_at": given_up, "reason": _DECLINED}
            self._log(notice, given_up, "award.declined", {"reason": _DECLINED}, **who)
            return given_up
        if confirmed_at >= self.plan.cut:
            return None
        lost = entrant.provider.standing.lost(codes, confirmed_at)
        if lost is not None:
            award |= {"state": "cancelled", "cancelled_at": confirmed_at, "cancel_reason": lost}
            self._skip(notice, entrant, lost, confirmed_at)
            return confirmed_at
        award |= {"state": "confirmed", "confirmed_at": confirmed_at}
        entrant.row |= {"state": "confirmed", "ended_at": confirmed_at}
        notice.row |= {"state": "awarded", "awarded_at": confirmed_at, "next_check_at": None}
        self._log(notice, confirmed_at, "award.confirmed", **who, amount_fen=award["amount_fen"])
        self.contracts.run(notice, entrant, award)
        return None
