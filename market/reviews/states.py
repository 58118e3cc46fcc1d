"""
The life of a review (评价): one party of a contract on the other.

Both reviews of a contract are revealed together. ``annulled`` is reached only
by a later appeal, and the database asks for its decision.

Basis: DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class ReviewState(StrEnum):
    """Where a review stands."""

    OPEN = "open"  # 评价期内
    SUBMITTED = "submitted"  # 已提交，待公开
    REVEALED = "revealed"  # 已公开
    NEUTRAL = "neutral"  # 未评价（不计）
    ANNULLED = "annulled"  # 已撤销


class ReviewAction(StrEnum):
    """What may be done to a review."""

    SUBMIT = "submit"
    REVEAL = "reveal"
    PASS = "pass"  # noqa: S105 (a move, not a password)
    ANNUL = "annul"


class Dimension(StrEnum):
    """What is graded."""

    QUALITY = "quality"  # 质量
    TIMELINESS = "timeliness"  # 时效
    FEES = "fees"  # 收费
    CONDUCT = "conduct"  # 规范
    ATTITUDE = "attitude"  # 态度


class Stars(StrEnum):
    """The five grades of 好差评, by their stars."""

    VERY_SATISFIED = "5"  # 非常满意
    SATISFIED = "4"  # 满意
    BASICALLY_SATISFIED = "3"  # 基本满意
    DISSATISFIED = "2"  # 不满意
    VERY_DISSATISFIED = "1"  # 非常不满意


REVIEW: Lifecycle[ReviewState, ReviewAction] = Lifecycle(
    "review",
    [
        Move(ReviewState.OPEN, ReviewAction.SUBMIT, ReviewState.SUBMITTED, (Role.OWNER, Role.AGENCY)),
        Move(ReviewState.OPEN, ReviewAction.PASS, ReviewState.NEUTRAL, Role.SYSTEM),
        Move(ReviewState.SUBMITTED, ReviewAction.REVEAL, ReviewState.REVEALED, Role.SYSTEM),
        Move(ReviewState.REVEALED, ReviewAction.ANNUL, ReviewState.ANNULLED, Role.REGULATOR),
    ],
)
