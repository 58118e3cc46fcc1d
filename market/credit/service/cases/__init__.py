"""
What people and the clock can do to a case, from its opening to its end.

Each act is one transaction that begins with the lock of the case's row and
ends with the lock of the ledger's head.

Basis: DESIGN §7.
"""

from market.credit.service.cases.opening import Opening, open_case, open_within

__all__ = ["Opening", "open_case", "open_within"]
