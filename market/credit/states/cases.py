"""
The life of a case (案件) about one agency, from its opening to its end.

The clock notices, serves, closes, escalates and executes; it never decides.
Its one ``silence`` move is the exception the ruleset states for abandonments
that a named person has confirmed. Acts that lead nowhere stand here too, so
that their roles are read in one place.

Basis: DESIGN §7; reference paper on detection, section 6; 行政处罚法 art. 44-45, 63-64, by analogy.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move, moves_from
from market.kernel.roles import Role


class CaseState(StrEnum):
    """Where a case stands."""

    OPENED = "opened"  # 已立案
    NOTICED = "noticed"  # 已发告知，待送达
    SERVED = "served"  # 已送达，陈述申辩中
    DECIDING = "deciding"  # 待决定
    ESCALATED = "escalated"  # 逾期未决定，已上报
    SIGNED = "signed"  # 已决定，待执行
    IN_FORCE = "in_force"  # 执行中
    ENDED = "ended"  # 已结束
    REVERSED = "reversed"  # 已撤销
    REPAIRED = "repaired"  # 已修复
    DISMISSED = "dismissed"  # 已销案


class CaseAction(StrEnum):
    """What may be done to a case."""

    NOTIFY = "notify"
    POST = "post"
    BOUNCE = "bounce"
    ACKNOWLEDGE = "acknowledge"
    SERVE = "serve"
    STATE = "state"
    ASK_HEARING = "ask_hearing"
    CLOSE_STATEMENTS = "close_statements"
    HOLD_HEARING = "hold_hearing"
    DRAFT = "draft"
    SIGN = "sign"
    ESCALATE = "escalate"
    SILENCE = "silence"
    EXECUTE = "execute"
    END = "end"
    APPEAL = "appeal"
    ASK_REPAIR = "ask_repair"
    REVERSE = "reverse"
    REPAIR = "repair"
    DISMISS = "dismiss"


class CaseGround(StrEnum):
    """What a case is opened on."""

    LOW_RANKING = "low_ranking"  # 连续两期信用排名为较差
    ABANDONMENTS = "abandonments"  # 多次放弃中选
    SERIOUS_BREACH = "serious_breach"  # 已认定的严重违约
    EXTERNAL_DECISION = "external_decision"  # 其他机关的决定
    MONOPOLY = "monopoly"  # 垄断
    FORCED_SERVICE = "forced_service"  # 强制服务
    FEE_OVER_GUIDE = "fee_over_guide"  # 超出服务指南收费
    FALSE_REPORT = "false_report"  # 成果虚假
    COLLUSION = "collusion"  # 串通
    FALSE_ENTRY = "false_entry"  # 虚假填报
    OTHER = "other"  # 其他


class MeasureKind(StrEnum):
    """What a decision orders, the mildest first."""

    REMINDER = "reminder"  # 提醒
    RECTIFICATION = "rectification"  # 整改
    SUSPEND_ITEM = "suspend_item"  # 暂停事项
    SUSPEND_ALL = "suspend_all"  # 暂停全部事项
    ELIMINATION = "elimination"  # 清退


class Breach(StrEnum):
    """How grave what was found is; that nothing was found is a dismissal, never a decision."""

    MINOR = "minor"  # 轻微
    GENERAL = "general"  # 一般
    SERIOUS = "serious"  # 严重


class EntryKind(StrEnum):
    """What kind of credit entry a decision writes."""

    MINOR = "minor"  # 轻微不良
    GENERAL = "general"  # 一般不良
    SERIOUS = "serious"  # 严重不良


class ServedHow(StrEnum):
    """How a notice reached the agency."""

    OPENED = "opened"  # 机构签收
    POSTED = "posted"  # 寄出后期满
    PUBLISHED = "published"  # 公告期满


class AnswerOutcome(StrEnum):
    """What became of an appeal or of a request for repair."""

    UPHELD = "upheld"  # 支持
    DISMISSED = "dismissed"  # 不支持
    GRANTED = "granted"  # 同意
    REFUSED = "refused"  # 不同意


_OPEN = (CaseState.OPENED, CaseState.NOTICED, CaseState.SERVED, CaseState.DECIDING, CaseState.ESCALATED)
_UNDECIDED = (CaseState.DECIDING, CaseState.ESCALATED)
_DECIDED = (CaseState.SIGNED, CaseState.IN_FORCE, CaseState.ENDED)

CASE: Lifecycle[CaseState, CaseAction] = Lifecycle(
    "case",
    [
        Move(CaseState.OPENED, CaseAction.NOTIFY, CaseState.NOTICED, Role.SYSTEM),
        Move(CaseState.NOTICED, CaseAction.POST, CaseState.NOTICED, Role.REGULATOR),
        Move(CaseState.NOTICED, CaseAction.BOUNCE, CaseState.NOTICED, Role.REGULATOR),
        Move(CaseState.NOTICED, CaseAction.ACKNOWLEDGE, CaseState.SERVED, Role.AGENCY),
        Move(CaseState.NOTICED, CaseAction.SERVE, CaseState.SERVED, Role.SYSTEM),
        Move(CaseState.SERVED, CaseAction.STATE, CaseState.SERVED, Role.AGENCY),
        Move(CaseState.SERVED, CaseAction.ASK_HEARING, CaseState.SERVED, Role.AGENCY),
        Move(CaseState.SERVED, CaseAction.CLOSE_STATEMENTS, CaseState.DECIDING, Role.SYSTEM),
        *(Move(state, CaseAction.HOLD_HEARING, state, Role.REGULATOR) for state in _UNDECIDED),
        *(Move(state, CaseAction.DRAFT, state, Role.REGULATOR) for state in _UNDECIDED),
        *moves_from(_UNDECIDED, CaseAction.SIGN, CaseState.SIGNED, Role.REGULATOR),
        Move(CaseState.DECIDING, CaseAction.ESCALATE, CaseState.ESCALATED, Role.SYSTEM),
        Move(CaseState.DECIDING, CaseAction.SILENCE, CaseState.SIGNED, Role.SYSTEM),
        Move(CaseState.SIGNED, CaseAction.EXECUTE, CaseState.IN_FORCE, Role.SYSTEM),
        Move(CaseState.IN_FORCE, CaseAction.END, CaseState.ENDED, Role.SYSTEM),
        *(Move(state, CaseAction.APPEAL, state, Role.AGENCY) for state in _DECIDED),
        *moves_from(_DECIDED, CaseAction.REVERSE, CaseState.REVERSED, Role.REGULATOR),
        Move(CaseState.IN_FORCE, CaseAction.ASK_REPAIR, CaseState.IN_FORCE, Role.AGENCY),
        Move(CaseState.IN_FORCE, CaseAction.REPAIR, CaseState.REPAIRED, Role.REGULATOR),
        *moves_from(_OPEN, CaseAction.DISMISS, CaseState.DISMISSED, Role.REGULATOR),
    ],
)
