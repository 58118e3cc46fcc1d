"""
The life of an abandonment (放弃中选), from its notification to what a named person finds.

Only a confirmed one counts anywhere; nothing is confirmed by the clock.

Basis: DESIGN §7; ruleset table ``measures``.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move, moves_from
from market.kernel.roles import Role


class AbandonmentState(StrEnum):
    """Where an abandonment stands."""

    NOTIFIED = "notified"  # 已告知，可申辩
    CONTESTED = "contested"  # 已申辩，待认定
    CONFIRMED = "confirmed"  # 已确认
    EXCUSED = "excused"  # 有正当理由，不计
    ANNULLED = "annulled"  # 已撤销


class AbandonmentAction(StrEnum):
    """What may be done to an abandonment."""

    CONTEST = "contest"
    CONFIRM = "confirm"
    EXCUSE = "excuse"
    ANNUL = "annul"


class AbandonmentSource(StrEnum):
    """How an award was given up."""

    DECLINED = "declined"  # 公示期内放弃
    UNSIGNED = "unsigned"  # 未签订合同
    TERMINATED = "terminated"  # 签订后未履行


_UNDECIDED = (AbandonmentState.NOTIFIED, AbandonmentState.CONTESTED)

ABANDONMENT: Lifecycle[AbandonmentState, AbandonmentAction] = Lifecycle(
    "abandonment",
    [
        Move(AbandonmentState.NOTIFIED, AbandonmentAction.CONTEST, AbandonmentState.CONTESTED, Role.AGENCY),
        *moves_from(_UNDECIDED, AbandonmentAction.CONFIRM, AbandonmentState.CONFIRMED, Role.REGULATOR),
        *moves_from(_UNDECIDED, AbandonmentAction.EXCUSE, AbandonmentState.EXCUSED, Role.REGULATOR),
        Move(AbandonmentState.CONFIRMED, AbandonmentAction.ANNUL, AbandonmentState.ANNULLED, Role.REGULATOR),
    ],
)
