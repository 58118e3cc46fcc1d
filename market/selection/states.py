"""
The life of an award (中选): one registration proposed as the winner of a notice.

An award is never edited into another: it is cancelled with a reason and the
next reserve gets an award of its own, in the published order.

Basis: DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class AwardState(StrEnum):
    PROPOSED = "proposed"  # 拟中选，公示中
    CONFIRMED = "confirmed"  # 已确认
    CANCELLED = "cancelled"  # 已取消


class AwardAction(StrEnum):
    CONFIRM = "confirm"
    CANCEL = "cancel"


AWARD: Lifecycle[AwardState, AwardAction] = Lifecycle(
    "award",
    [
        Move(AwardState.PROPOSED, AwardAction.CONFIRM, AwardState.CONFIRMED, Role.SYSTEM),
        Move(AwardState.PROPOSED, AwardAction.CANCEL, AwardState.CANCELLED, Role.SYSTEM),
    ],
)
