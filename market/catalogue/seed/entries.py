"""
A seed item as the rows and the log say it: one form for a new market and for the sample city.

The outcome of the seed is given at once; an abolished item was listed before,
so that its history does not begin with its end.
"""

from datetime import datetime
from typing import Any, Final

from market.catalogue.seed import SeedItem
from market.catalogue.states import ItemState

_TOLD: Final = (
    "code", "name", "trade", "lawful", "compulsory", "prior", "paid", "law", "article", "clause", "source_url",
)  # fmt: skip


def item_row(
    item: SeedItem,
    *,
    proposed_by: int | None,
    proposed_at: datetime,
    published_at: datetime,
    abolished_at: datetime | None = None,
) -> dict[str, Any]:
    """Return the columns of the item's row; an abolished item needs its moment."""
    basis = item.basis
    cited = f"常见引用（未读原文）：{item.cited}" if item.cited else None
    return {
        "code": item.code,
        "name": item.name,
        "name_en": item.name_en,
        "trade": item.trade,
        "family": item.family,
        "state": str(item.outcome),
        "approval": item.approval,
        "authority_trade": item.authority_trade,
        "fee_basis": item.fee_basis,
        "ceiling_days": item.ceiling_days,
        "lawful": item.tests.lawful,
        "compulsory": item.tests.compulsory,
        "prior": item.tests.prior,
        "paid": item.tests.paid,
        "law": basis.law if basis else None,
        "article": basis.article if basis else None,
        "clause": basis.quote if basis else None,
        "source_url": basis.source_url if basis else None,
        "read_on": basis.read_on if basis else None,
        "valid_from": basis.valid_from if basis else None,
        "valid_until": basis.valid_until if basis else None,
        "note": "".join(part for part in (item.note, cited) if part) or None,
        "proposed_by": proposed_by,
        "proposed_at": proposed_at,
        "published_at": published_at,
        "abolished_at": abolished_at if item.outcome is ItemState.ABOLISHED else None,
        "abolition_reason": item.abolition_reason,
    }


def item_acts(row: dict[str, Any]) -> list[tuple[datetime, str, dict[str, Any]]]:
    """Return what the log says of an item's row: moment, type, fields."""
    read_on = row["read_on"].isoformat() if row["read_on"] else None
    facts = {**{name: row[name] for name in _TOLD}, "read_on": read_on, "ceiling_days": row["ceiling_days"]}
    first = str(ItemState.LISTED) if row["abolished_at"] else row["state"]
    acts = [
        (row["proposed_at"], "item.proposed", facts),
        (row["published_at"], "item.published", {**facts, "state": first}),
    ]
    if row["abolished_at"]:
        why = {"code": row["code"], "before": first, "reason": row["abolition_reason"]}
        acts.append((row["abolished_at"], "item.abolished", why))
    return acts
