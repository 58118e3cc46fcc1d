"""
The life of a lead (线索): what a person made of a signal.

A signal is no state of anything: it is a row of a run. What a person dismissed
at once is a lead that ended at once, so that its facts are not asked about again.

Basis: DESIGN §4, §6 (words).
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class LeadState(StrEnum):
    """Where a lead stands."""

    LEAD = "lead"  # 待处理
    CASE = "case"  # 已立案
    DISMISSED = "dismissed"  # 已排除


class LeadAction(StrEnum):
    """What may be done to a lead."""

    OPEN = "open"
    DISMISS = "dismiss"


class FreelyBought(StrEnum):
    """What an owner answers: was the second service bought freely?"""

    VOLUNTARY = "voluntary"  # 自愿
    REQUIRED = "required"  # 被告知必须一并购买
    UNAWARE = "unaware"  # 不知道可以另选


LEAD: Lifecycle[LeadState, LeadAction] = Lifecycle(
    "lead",
    [
        Move(LeadState.LEAD, LeadAction.OPEN, LeadState.CASE, Role.REGULATOR),
        Move(LeadState.LEAD, LeadAction.DISMISS, LeadState.DISMISSED, Role.REGULATOR),
    ],
)
