"""
The published notice as one canonical object: what is hashed, promised and drawn from.

For a method with a draw it is the notice of ``fair-draw/1``; the fields of the
specification come first and the rest is covered by the same hash. A direct
selection draws nothing and carries no commitments and no beacon. Nothing here
may be renamed: outsiders recompute the hash.

Basis: reference paper on trust, section 1.4, number 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from market.kernel.canonical import canonical, digest
from market.kernel.rulesets.schema import Method
from market.kernel.times import rfc3339
from market.notices.rules.asked import ExceptionClaim, FundShare, Recusal
from market.notices.rules.methods import IMPLEMENTED
from market.notices.rules.publication import KEEPERS, Times

DRAWN = "fair-draw/1 notice"
UNDRAWN = "selection/1 notice"
_QUICKNET_GENESIS: Final = 1_692_803_367
_QUICKNET_PERIOD: Final = 3


@dataclass(frozen=True, slots=True)
class Named:
    """An organisation, an item or a qualification by code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class DirectTerms:
    """The published ground of a direct selection, its reason and the agency named."""

    ground: str
    reason: str
    agency: Named


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a version of a notice says, with its times."""

    code: str
    suite: str
    version: int
    title: str
    scope: str
    owner: Named
    item: Named
    project_code: str
    division: str
    trade: str
    funds: tuple[FundShare, ...]
    method: Method
    least: int
    ceiling_fen: int
    floor_fen: int | None
    floor_reason: str | None
    time_limit_days: int
    qualifications: tuple[Named, ...]
    recusals: tuple[Recusal, ...]
    exception: ExceptionClaim | None
    direct: DirectTerms | None
    ruleset: Named
    practice: bool
    predecessor: str | None
    times: Times
    quote_key: str | None = None


def notice_object(
    content: Content, commitments: Mapping[str, str], beacons: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the object that is published and hashed."""
    lists = IMPLEMENTED[content.method].lists
    head: dict[str, Any] = {
        "d": DRAWN if lists else UNDRAWN,
        "suite": content.suite,
        "id": content.code,
        "title": content.title,
        "opens_at": rfc3339(content.times.opens_at),
        "closes_at": rfc3339(content.times.closes_at),
    }
    if lists:
        head |= {
            "reveal_by": rfc3339(content.times.reveal_by),
            "lists": [{"label": each.label, "take": each.take} for each in lists],
            "commits": [{"by": keeper, "commit": commitments[keeper]} for keeper in KEEPERS],
            "beacons": [dict(beacon) for beacon in beacons],
        }
    if content.quote_key:
        head["quote_key"] = content.quote_key
    if content.practice:
        head["practice"] = True
    return head | _further(content)


def _further(content: Content) -> dict[str, Any]:
    return {
        "version": content.version,
        "owner": {"uscc": content.owner.code, "name": content.owner.name},
        "item": {"code": content.item.code, "name": content.item.name},
        "project_code": content.project_code,
        "division": content.division,
        "trade": content.trade,
        "scope": content.scope,
        "funds": [{"kind": str(share.kind), "percent": share.percent} for share in content.funds],
        "method": str(content.method),
        "least": content.least,
        "ceiling_fen": content.ceiling_fen,
        "price": IMPLEMENTED[content.method].price,
        "floor": _floor(content),
        "time_limit_days": content.time_limit_days,
        "qualifications": [{"code": each.code, "name": each.name} for each in content.qualifications],
        "recusals": [{"uscc": each.uscc, "reason": each.reason} for each in content.recusals],
        "exception": {"code": content.exception.code, "basis": content.exception.basis} if content.exception else None,
        "direct": _direct(content.direct) if content.direct else None,
        "ruleset": {"code": content.ruleset.code, "fingerprint": content.ruleset.name},
        "predecessor": content.predecessor,
    }


def _floor(content: Content) -> dict[str, Any] | None:
    if content.floor_fen is None:
        return None
    return {"fen": content.floor_fen, "reason": content.floor_reason or ""}


def _direct(terms: DirectTerms) -> dict[str, Any]:
    agency = {"uscc": terms.agency.code, "name": terms.agency.name}
    return {"ground": terms.ground, "reason": terms.reason, "agency": agency}


def practice_beacon(code: str, times: Times) -> dict[str, Any]:
    """
    Announce the public number that practice makes itself, no earlier than the moment of the draw.

    Basis: DESIGN §5, mode P.
    """
    return {"kind": "practice", "event": f"{code}.1", "at": rfc3339(times.draw_at)}


def drand_beacon(at: datetime) -> dict[str, Any]:
    """
    Announce the first round of drand's quicknet at or after a moment: its number follows from the clock alone.

    Basis: reference paper on trust, section 1.5 (quicknet: genesis 1692803367, one round in 3 seconds).
    """
    round_number = -(-(int(at.timestamp()) - _QUICKNET_GENESIS) // _QUICKNET_PERIOD) + 1
    happens = datetime.fromtimestamp(_QUICKNET_GENESIS + _QUICKNET_PERIOD * (round_number - 1), UTC)
    return {"kind": "drand-quicknet", "event": str(round_number), "at": rfc3339(happens)}


def sealed(notice: Mapping[str, Any]) -> tuple[str, str]:
    """Return the canonical text of a notice object and its hash NH."""
    return canonical(notice).decode(), digest(notice, str(notice["suite"]))
