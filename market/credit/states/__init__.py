"""The lives of rankings and of cases; one module for each."""

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
    "CASE",
    "RANKING",
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
