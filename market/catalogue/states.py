"""
The life of a catalogue item (中介服务事项).

An item is proposed, then published in one of three outcomes, and ends
abolished. Nothing leaves an outcome but abolition: an item whose outcome must
change is abolished and proposed anew, so that a notice always cites the
outcome it was published under.

Basis: 国办发〔2015〕31号 (清理规范); DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class ItemState(StrEnum):
    PROPOSED = "proposed"  # 待审核
    LISTED = "listed"  # 一般事项
    MANDATORY = "mandatory"  # 强制性事项
    GOVERNMENT_PAID = "government_paid"  # 政府付费事项
    ABOLISHED = "abolished"  # 已取消


class ItemAction(StrEnum):
    LIST = "list"
    MAKE_MANDATORY = "make_mandatory"
    MAKE_GOVERNMENT_PAID = "make_government_paid"
    ABOLISH = "abolish"


ITEM: Lifecycle[ItemState, ItemAction] = Lifecycle(
    "item",
    [
        Move(ItemState.PROPOSED, ItemAction.LIST, ItemState.LISTED, Role.REGULATOR),
        Move(ItemState.PROPOSED, ItemAction.MAKE_MANDATORY, ItemState.MANDATORY, Role.REGULATOR),
        Move(ItemState.PROPOSED, ItemAction.MAKE_GOVERNMENT_PAID, ItemState.GOVERNMENT_PAID, Role.REGULATOR),
        Move(ItemState.PROPOSED, ItemAction.ABOLISH, ItemState.ABOLISHED, Role.REGULATOR),
        Move(ItemState.LISTED, ItemAction.ABOLISH, ItemState.ABOLISHED, Role.REGULATOR),
        Move(ItemState.MANDATORY, ItemAction.ABOLISH, ItemState.ABOLISHED, Role.REGULATOR),
        Move(ItemState.GOVERNMENT_PAID, ItemAction.ABOLISH, ItemState.ABOLISHED, Role.REGULATOR),
    ],
)
