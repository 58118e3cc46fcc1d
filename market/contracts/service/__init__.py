"""
What people and the clock can do to a contract, from the confirmed award to its end.

Each act is one transaction that begins with the lock of the contract's row,
takes what the clock had already brought, and ends with the lock of the
ledger's head.

Basis: DESIGN §4.
"""

from market.contracts.queries import ContractRow
from market.contracts.service.opening import (
    BACK_OFF,
    advance,
    awaiting_reviews,
    back_off,
    hold,
    next_due,
    number_of,
    open_contract,
    reviews_opened,
    waiting,
)
from market.contracts.service.performing import (
    accept,
    answer_fault,
    begin,
    close,
    deliver,
    resume,
    send_back,
    terminate,
)
from market.contracts.service.reading import Mine, Opened, contract, listed, own, owned, state_at
from market.contracts.service.signing import answer_change, change, excuse, file, lapse, sign
from market.contracts.shown import ContractQuery

__all__ = [
    "BACK_OFF",
    "ContractQuery",
    "ContractRow",
    "Mine",
    "Opened",
    "accept",
    "advance",
    "answer_change",
    "answer_fault",
    "awaiting_reviews",
    "back_off",
    "begin",
    "change",
    "close",
    "contract",
    "deliver",
    "excuse",
    "file",
    "hold",
    "lapse",
    "listed",
    "next_due",
    "number_of",
    "open_contract",
    "own",
    "owned",
    "resume",
    "reviews_opened",
    "send_back",
    "sign",
    "state_at",
    "terminate",
    "waiting",
]
