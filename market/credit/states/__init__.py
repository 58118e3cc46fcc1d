"""The lives of rankings, of abandonments and of cases; one module for each."""

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
from market.credit.states.rankings import RANKING, Grade, Part, RankingAction, RankingState

__all__ = [
    "ABANDONMENT",
    "CASE",
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
    "Grade",
    "MeasureKind",
    "Part",
    "RankingAction",
    "RankingState",
    "ServedHow",
]
