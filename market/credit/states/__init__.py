"""The lives of rankings, of leads and of cases; one module for each."""

from market.credit.states.cases import (
    CASE,
    AnswerOutcome,
    Breach,
    CaseAction,
    CaseGround,
    CaseState,
    EntryKind,
    MeasureKind,
    ServedHow,
)
from market.credit.states.leads import LEAD, FreelyBought, LeadAction, LeadState
from market.credit.states.rankings import RANKING, Grade, ObjectionOutcome, Part, RankingAction, RankingState

__all__ = [
    "CASE",
    "LEAD",
    "RANKING",
    "AnswerOutcome",
    "Breach",
    "CaseAction",
    "CaseGround",
    "CaseState",
    "EntryKind",
    "FreelyBought",
    "Grade",
    "LeadAction",
    "LeadState",
    "MeasureKind",
    "ObjectionOutcome",
    "Part",
    "RankingAction",
    "RankingState",
    "ServedHow",
]
