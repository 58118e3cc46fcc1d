"""Builders of cases: an opening, and a case brought to a state by the real acts."""

import itertools
from typing import Any

from market import db
from market.credit.service.cases import Opening
from market.credit.states import CaseGround, MeasureKind
from tests.build_agencies import RULESET, an_agency

_facts = itertools.count(1)


async def an_opening(agency_id: int | None = None, **changes: Any) -> Opening:
    """Describe a case about an agency, a new one if none is given."""
    if agency_id is None:
        _, _, agency_id = await an_agency()
    facts: dict[str, Any] = {
        "agency_id": agency_id,
        "ground": CaseGround.FORCED_SERVICE,
        "fact_key": f"facts-{next(_facts)}",
        "ruleset": RULESET,
        "division": await db.value("select division from agency where id = $1", agency_id),
        "trade": "ecology",
        "facts": {"说明": "示例事实"},
        "clause": "示例规则第七条",
        "proposed": MeasureKind.SUSPEND_ALL,
    }
    return Opening(**{**facts, **changes})
