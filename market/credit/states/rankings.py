"""
The life of a quarterly ranking (信用排名): drafted by the job, confirmed by a person, then published.

A draft found wrong is computed anew once the data are corrected at their source;
a published ranking found wrong is followed by its next edition, never edited.
Until it is published a ranking counts for nothing.

Basis: DESIGN §2, §6.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class RankingState(StrEnum):
    """Where a ranking stands."""

    DRAFTED = "drafted"  # 异议期内
    CONFIRMED = "confirmed"  # 已确认
    PUBLISHED = "published"  # 已公布


class RankingAction(StrEnum):
    """What may be done to a ranking."""

    RECOMPUTE = "recompute"
    CONFIRM = "confirm"
    PUBLISH = "publish"


class ObjectionOutcome(StrEnum):
    """How an objection to a draft was answered."""

    UPHELD = "upheld"  # 异议成立
    DISMISSED = "dismissed"  # 异议不成立


class Grade(StrEnum):
    """What a score is called."""

    A = "A"  # 优秀
    B = "B"  # 良好
    C = "C"  # 一般
    C_STAR = "C*"  # 一般（样本不足）
    D = "D"  # 较差
    N = "N"  # 未评级


class Part(StrEnum):
    """What a score is made of."""

    REVIEWS = "reviews"  # 业主评价
    PERFORMANCE = "performance"  # 履约
    SUPERVISION = "supervision"  # 监管检查
    PUBLIC_CREDIT = "public_credit"  # 公共信用
    ENTRIES = "entries"  # 信用记录
    LIMIT = "limit"  # 封顶与保底


RANKING: Lifecycle[RankingState, RankingAction] = Lifecycle(
    "ranking",
    [
        Move(RankingState.DRAFTED, RankingAction.RECOMPUTE, RankingState.DRAFTED, Role.REGULATOR),
        Move(RankingState.DRAFTED, RankingAction.CONFIRM, RankingState.CONFIRMED, Role.REGULATOR),
        Move(RankingState.CONFIRMED, RankingAction.PUBLISH, RankingState.PUBLISHED, Role.SYSTEM),
    ],
)
