"""The lives of rankings, of leads, of abandonments and of cases; one module for each."""

from market.credit.states.abandonments import ABANDONMENT, AbandonmentAction, AbandonmentSource, AbandonmentState
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
    "ABANDONMENT",
    "CASE",
    "LEAD",
    "RANKING",
    "AbandonmentAction",
    "AbandonmentSource",
    "AbandonmentState",
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
