"""
The standing of an agency (中介服务机构) in the market.

Standing is the agency's as a whole; a lapsed qualification closes single items
without touching it (`agencies.rules.item_standing`) and is not a punishment.
Elimination is reached only by executing a signed decision (`credit`), which the
database checks again; an upheld appeal is the one way straight back, to where
the agency stood. Leaving is no way around it: who has left, or has left and
applies again, is eliminated all the same.

Basis: 2022 plan, item 9; DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move, moves_from
from market.kernel.roles import Role


class AgencyState(StrEnum):
    APPLYING = "applying"  # 申请中
    RETURNED = "returned"  # 已退回补正
    ADMITTED = "admitted"  # 已入驻
    SUSPENDED = "suspended"  # 已暂停
    ELIMINATED = "eliminated"  # 已清退
    LEFT = "left"  # 自愿退出


class AgencyAction(StrEnum):
    RESUBMIT = "resubmit"
    RETURN = "return"
    ADMIT = "admit"
    SUSPEND = "suspend"
    RESUME = "resume"
    ELIMINATE = "eliminate"
    REINSTATE = "reinstate"
    REINSTATE_LEFT = "reinstate_left"
    LEAVE = "leave"
    APPLY_AGAIN = "apply_again"


# Whoever was ever admitted may be eliminated, wherever it went since.
_NOT_ELIMINATED = tuple(state for state in AgencyState if state is not AgencyState.ELIMINATED)

AGENCY: Lifecycle[AgencyState, AgencyAction] = Lifecycle(
    "agency",
    [
        Move(AgencyState.APPLYING, AgencyAction.RETURN, AgencyState.RETURNED, Role.OPERATOR),
        Move(AgencyState.RETURNED, AgencyAction.RESUBMIT, AgencyState.APPLYING, Role.AGENCY),
        Move(AgencyState.APPLYING, AgencyAction.ADMIT, AgencyState.ADMITTED, Role.OPERATOR),
        Move(AgencyState.ADMITTED, AgencyAction.SUSPEND, AgencyState.SUSPENDED, Role.SYSTEM),
        Move(AgencyState.SUSPENDED, AgencyAction.RESUME, AgencyState.ADMITTED, Role.SYSTEM),
        *moves_from(_NOT_ELIMINATED, AgencyAction.ELIMINATE, AgencyState.ELIMINATED, Role.SYSTEM),
        Move(AgencyState.ELIMINATED, AgencyAction.REINSTATE, AgencyState.ADMITTED, Role.SYSTEM),
        Move(AgencyState.ELIMINATED, AgencyAction.REINSTATE_LEFT, AgencyState.LEFT, Role.SYSTEM),
        Move(AgencyState.SUSPENDED, AgencyAction.REINSTATE, AgencyState.ADMITTED, Role.SYSTEM),
        Move(AgencyState.ADMITTED, AgencyAction.LEAVE, AgencyState.LEFT, Role.AGENCY),
        Move(AgencyState.SUSPENDED, AgencyAction.LEAVE, AgencyState.LEFT, Role.AGENCY),
        Move(AgencyState.ELIMINATED, AgencyAction.APPLY_AGAIN, AgencyState.APPLYING, Role.AGENCY),
        Move(AgencyState.LEFT, AgencyAction.APPLY_AGAIN, AgencyState.APPLYING, Role.AGENCY),
    ],
)
