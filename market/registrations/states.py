"""
The life of a registration (报名): one agency entering one notice.

What is receipted before the deadline is in the pool and stays there; who loses
standing afterwards keeps the place in the order and is skipped by rule.

Basis: DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class RegistrationState(StrEnum):
    REGISTERED = "registered"  # 已报名
    WITHDRAWN = "withdrawn"  # 已撤回
    SELECTED = "selected"  # 拟中选
    RESERVE = "reserve"  # 备选
    NOT_SELECTED = "not_selected"  # 未中选
    CONFIRMED = "confirmed"  # 已中选
    DECLINED = "declined"  # 已放弃
    SKIPPED = "skipped"  # 依规跳过


class RegistrationAction(StrEnum):
    WITHDRAW = "withdraw"
    SELECT = "select"
    RESERVE = "reserve"
    PASS_OVER = "pass_over"  # noqa: S105 (a move, not a password)
    CONFIRM = "confirm"
    DECLINE = "decline"
    SKIP = "skip"


REGISTRATION: Lifecycle[RegistrationState, RegistrationAction] = Lifecycle(
    "registration",
    [
        Move(RegistrationState.REGISTERED, RegistrationAction.WITHDRAW, RegistrationState.WITHDRAWN, Role.AGENCY),
        Move(RegistrationState.REGISTERED, RegistrationAction.SELECT, RegistrationState.SELECTED, Role.SYSTEM),
        Move(RegistrationState.REGISTERED, RegistrationAction.RESERVE, RegistrationState.RESERVE, Role.SYSTEM),
        Move(RegistrationState.REGISTERED, RegistrationAction.PASS_OVER, RegistrationState.NOT_SELECTED, Role.SYSTEM),
        Move(RegistrationState.RESERVE, RegistrationAction.SELECT, RegistrationState.SELECTED, Role.SYSTEM),
        Move(RegistrationState.SELECTED, RegistrationAction.CONFIRM, RegistrationState.CONFIRMED, Role.SYSTEM),
        Move(RegistrationState.SELECTED, RegistrationAction.DECLINE, RegistrationState.DECLINED, Role.AGENCY),
        Move(RegistrationState.SELECTED, RegistrationAction.SKIP, RegistrationState.SKIPPED, Role.SYSTEM),
    ],
)
