"""What people and the clock do with rankings, and what may be known of a score; one module for each real thing."""

from market.credit.queries.objections import ObjectionRow
from market.credit.queries.rankings import RankingRow
from market.credit.service.nights import JobDone, Night, night, nights, prune_lines
from market.credit.service.objections import Own, answer, object_to, own, own_rankings
from market.credit.service.rankings import (
    Draft,
    archive,
    ask_recomputation,
    confirm,
    draft,
    latest,
    may_confirm,
    next_to_publish,
    places,
    publish,
    published,
    ranking,
    recompute,
    slot_of,
    waiting,
)
from market.credit.service.rules import Number, Rules, rules, slug_of
from market.credit.service.scores import Line, Score, score

__all__ = [
    "Draft",
    "JobDone",
    "Line",
    "Night",
    "Number",
    "ObjectionRow",
    "Own",
    "RankingRow",
    "Rules",
    "Score",
    "answer",
    "archive",
    "ask_recomputation",
    "confirm",
    "draft",
    "latest",
    "may_confirm",
    "next_to_publish",
    "night",
    "nights",
    "object_to",
    "own",
    "own_rankings",
    "places",
    "prune_lines",
    "publish",
    "published",
    "ranking",
    "recompute",
    "rules",
    "score",
    "slot_of",
    "slug_of",
    "waiting",
]
