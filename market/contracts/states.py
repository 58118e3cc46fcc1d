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


_S, _A = ContractState, ContractAction
_PARTIES = (Role.OWNER, Role.AGENCY)
_CHANGEABLE = (_S.SIGNED, _S.FILED, _S.PERFORMING, _S.RETURNED)

CONTRACT: Lifecycle[ContractState, ContractAction] = Lifecycle(
    "contract",
    [
        Move(_S.DUE, _A.SIGN, _S.SIGNED, _PARTIES),
        Move(_S.DUE, _A.EXCUSE, _S.DUE, Role.AGENCY),
        Move(_S.DUE, _A.LAPSE, _S.LAPSED, (*_PARTIES, Role.SYSTEM)),
        Move(_S.SIGNED, _A.FILE, _S.FILED, Role.OWNER),
        Move(_S.FILED, _A.BEGIN, _S.PERFORMING, Role.AGENCY),
        Move(_S.PERFORMING, _A.DELIVER, _S.DELIVERED, Role.AGENCY),
        Move(_S.DELIVERED, _A.ACCEPT, _S.ACCEPTED, Role.OWNER),
        Move(_S.DELIVERED, _A.RETURN, _S.RETURNED, Role.OWNER),
        Move(_S.DELIVERED, _A.KEEP_SILENT, _S.ACCEPTED_BY_SILENCE, Role.SYSTEM),
        Move(_S.RETURNED, _A.RESUME, _S.PERFORMING, Role.AGENCY),
        *(Move(state, _A.CHANGE, state, _PARTIES) for state in _CHANGEABLE),
        Move(_S.ACCEPTED, _A.CLOSE, _S.CLOSED, Role.OWNER),
        Move(_S.ACCEPTED_BY_SILENCE, _A.CLOSE, _S.CLOSED, Role.OWNER),
        *moves_from((*_CHANGEABLE, _S.DELIVERED), _A.TERMINATE, _S.TERMINATED, _PARTIES),
        Move(_S.TERMINATED, _A.ANSWER, _S.TERMINATED, _PARTIES),
    ],
)
