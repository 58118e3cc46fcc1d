"""
The life of a contract (合同), from the confirmed award to its end.

Signing is one move that takes two: the contract stays ``due`` after the first
signature. ``change``, ``excuse`` and ``answer`` lead nowhere: they are acts on
a contract that stays where it is, listed so that their roles stand here too.

Basis: DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move, moves_from
from market.kernel.roles import Role


class ContractState(StrEnum):
    """Where a contract stands."""

    DUE = "due"  # 待签订
    SIGNED = "signed"  # 已签订
    FILED = "filed"  # 已备案
    PERFORMING = "performing"  # 履约中
    DELIVERED = "delivered"  # 已交付，待验收
    RETURNED = "returned"  # 已退回，待整改
    ACCEPTED = "accepted"  # 已验收
    ACCEPTED_BY_SILENCE = "accepted_by_silence"  # 默认验收
    CLOSED = "closed"  # 已办结
    LAPSED = "lapsed"  # 未签订
    TERMINATED = "terminated"  # 已解除


class ContractAction(StrEnum):
    """What may be done to a contract."""

    SIGN = "sign"
    EXCUSE = "excuse"
    LAPSE = "lapse"
    FILE = "file"
    BEGIN = "begin"
    CHANGE = "change"
    DELIVER = "deliver"
    ACCEPT = "accept"
    RETURN = "return"
    RESUME = "resume"
    KEEP_SILENT = "keep_silent"
    CLOSE = "close"
    TERMINATE = "terminate"
    ANSWER = "answer"


class Side(StrEnum):
    """One of the two parties of a contract."""

    OWNER = "owner"  # 项目业主
    AGENCY = "agency"  # 中介服务机构

    @property
    def other(self) -> "Side":
        """Return the other party."""
        return Side.AGENCY if self is Side.OWNER else Side.OWNER


class Fault(StrEnum):
    """Whose doing something is."""

    OWNER = "owner"  # 业主原因
    AGENCY = "agency"  # 机构原因
    BOTH = "both"  # 双方原因
    NOBODY = "nobody"  # 非双方原因（不可抗力等）


class LateKind(StrEnum):
    """What came late."""

    SIGNING = "signing"  # 签订
    FILING = "filing"  # 备案
    DELIVERY = "delivery"  # 交付
    PAYMENT = "payment"  # 付款


_PARTIES = (Role.OWNER, Role.AGENCY)
_CHANGEABLE = (ContractState.SIGNED, ContractState.FILED, ContractState.PERFORMING, ContractState.RETURNED)

CONTRACT: Lifecycle[ContractState, ContractAction] = Lifecycle(
    "contract",
    [
        Move(ContractState.DUE, ContractAction.SIGN, ContractState.SIGNED, _PARTIES),
        Move(ContractState.DUE, ContractAction.EXCUSE, ContractState.DUE, Role.AGENCY),
        Move(ContractState.DUE, ContractAction.LAPSE, ContractState.LAPSED, (*_PARTIES, Role.SYSTEM)),
        Move(ContractState.SIGNED, ContractAction.FILE, ContractState.FILED, Role.OWNER),
        Move(ContractState.FILED, ContractAction.BEGIN, ContractState.PERFORMING, Role.AGENCY),
        Move(ContractState.PERFORMING, ContractAction.DELIVER, ContractState.DELIVERED, Role.AGENCY),
        Move(ContractState.DELIVERED, ContractAction.ACCEPT, ContractState.ACCEPTED, Role.OWNER),
        Move(ContractState.DELIVERED, ContractAction.RETURN, ContractState.RETURNED, Role.OWNER),
        Move(ContractState.DELIVERED, ContractAction.KEEP_SILENT, ContractState.ACCEPTED_BY_SILENCE, Role.SYSTEM),
        Move(ContractState.RETURNED, ContractAction.RESUME, ContractState.PERFORMING, Role.AGENCY),
        *(Move(state, ContractAction.CHANGE, state, _PARTIES) for state in _CHANGEABLE),
        Move(ContractState.ACCEPTED, ContractAction.CLOSE, ContractState.CLOSED, Role.OWNER),
        Move(ContractState.ACCEPTED_BY_SILENCE, ContractAction.CLOSE, ContractState.CLOSED, Role.OWNER),
        *moves_from(
            (*_CHANGEABLE, ContractState.DELIVERED), ContractAction.TERMINATE, ContractState.TERMINATED, _PARTIES
        ),
        Move(ContractState.TERMINATED, ContractAction.ANSWER, ContractState.TERMINATED, _PARTIES),
    ],
)
