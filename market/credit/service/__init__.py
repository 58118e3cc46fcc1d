"""What people and the clock do with rankings, and what may be known of a score; one module for each real thing."""

from market.credit.queries.rankings import RankingRow
from market.credit.service.rankings import (
    archive,
    confirm,
    may_confirm,
    next_to_publish,
    places,
    publish,
    published,
    ranking,
    slot_of,
    waiting,
)
from market.credit.service.scores import Line, Score, score

__all__ = [
    "Line",
    "RankingRow",
    "Score",
    "archive",
    "confirm",
    "may_confirm",
    "next_to_publish",
    "places",
    "publish",
    "published",
    "ranking",
    "score",
    "slot_of",
    "waiting",
]
