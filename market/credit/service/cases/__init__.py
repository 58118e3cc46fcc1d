"""
What people and the clock can do to a case, from its opening to its end.

Each act is one transaction that begins with the lock of the case's row and
ends with the lock of the ledger's head.

Basis: DESIGN §7.
"""

from market.credit.service.cases.appealing import ask_repair, decide_appeal, decide_repair, file_appeal
from market.credit.service.cases.deciding import dismiss, draft, sign
from market.credit.service.cases.executing import BACK_OFF, advance_case, back_off_case, next_due_case
from market.credit.service.cases.opening import Opening, open_case, open_within
from market.credit.service.cases.reading import WAITS_FOR, Shown, case, listed
from market.credit.service.cases.serving import acknowledge, bounce, post
from market.credit.service.cases.stating import ask_hearing, hold_hearing, state

__all__ = [
    "BACK_OFF",
    "WAITS_FOR",
    "Opening",
    "Shown",
    "acknowledge",
    "advance_case",
    "ask_hearing",
    "ask_repair",
    "back_off_case",
    "bounce",
    "case",
    "decide_appeal",
    "decide_repair",
    "dismiss",
    "draft",
    "file_appeal",
    "hold_hearing",
    "listed",
    "next_due_case",
    "open_case",
    "open_within",
    "post",
    "sign",
    "state",
]
