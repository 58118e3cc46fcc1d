"""
The life of a selection notice (选取公告).

A notice is drafted, published, closed by the clock, its inputs are frozen, it
is drawn, stands still and is awarded. Nothing leaves an end state: a corrected
notice is a new one that cites the old. After the inputs are frozen nobody
withdraws; only a decided complaint annuls. The database holds the same table
(trigger ``notice_moves``).

Basis: DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class NoticeState(StrEnum):
    DRAFT = "draft"  # 草稿
    OPEN = "open"  # 报名中
    CLOSED = "closed"  # 报名截止
    OPENING = "opening"  # 待抽取
    STANDSTILL = "standstill"  # 公示中
    AWARDED = "awarded"  # 已中选
    FAILED = "failed"  # 选取失败
    WITHDRAWN = "withdrawn"  # 已撤回
    ANNULLED = "annulled"  # 已撤销


class NoticeAction(StrEnum):
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    CLOSE = "close"
    FREEZE_INPUTS = "freeze_inputs"
    DRAW = "draw"
    AWARD = "award"
    FAIL = "fail"
    ANNUL = "annul"


NOTICE: Lifecycle[NoticeState, NoticeAction] = Lifecycle(
    "notice",
    [
        Move(NoticeState.DRAFT, NoticeAction.PUBLISH, NoticeState.OPEN, Role.OWNER),
        Move(NoticeState.DRAFT, NoticeAction.WITHDRAW, NoticeState.WITHDRAWN, Role.OWNER),
        Move(NoticeState.OPEN, NoticeAction.WITHDRAW, NoticeState.WITHDRAWN, Role.OWNER),
        Move(NoticeState.OPEN, NoticeAction.CLOSE, NoticeState.CLOSED, Role.SYSTEM),
        Move(NoticeState.CLOSED, NoticeAction.WITHDRAW, NoticeState.WITHDRAWN, Role.REGULATOR),
        Move(NoticeState.CLOSED, NoticeAction.FAIL, NoticeState.FAILED, Role.SYSTEM),
        Move(NoticeState.CLOSED, NoticeAction.FREEZE_INPUTS, NoticeState.OPENING, Role.SYSTEM),
        Move(NoticeState.OPENING, NoticeAction.FAIL, NoticeState.FAILED, Role.SYSTEM),
        Move(NoticeState.OPENING, NoticeAction.DRAW, NoticeState.STANDSTILL, Role.SYSTEM),
        Move(NoticeState.STANDSTILL, NoticeAction.FAIL, NoticeState.FAILED, Role.SYSTEM),
        Move(NoticeState.STANDSTILL, NoticeAction.AWARD, NoticeState.AWARDED, Role.SYSTEM),
        Move(NoticeState.OPENING, NoticeAction.ANNUL, NoticeState.ANNULLED, Role.REGULATOR),
        Move(NoticeState.STANDSTILL, NoticeAction.ANNUL, NoticeState.ANNULLED, Role.REGULATOR),
        Move(NoticeState.AWARDED, NoticeAction.ANNUL, NoticeState.ANNULLED, Role.REGULATOR),
    ],
)
