"""
The numbers of ``credit-score/1``, each with its unit and its source.

A score names the version it was computed with. A changed number is a new
version beside the old one, never an edit: old rankings must stay recomputable.
Values and rates are in 10,000ths, points in hundredths of a point.
"""

from dataclasses import dataclass, fields
from dataclasses import field as dataclass_field
from typing import Any, Final

OURS: Final = "set by local rule (示范规则)"
LEVELS_SOURCE: Final = "ruleset table of the public credit evaluation (公共信用综合评价)"


def number(value: Any, *, unit: str, source: str = OURS, note: str = "") -> Any:
    """Declare one number with what a reader needs to question it."""
    # A tuple of pairs is immutable, so that sharing the default among instances is safe.
    return dataclass_field(default=value, metadata={"unit": unit, "source": source, "note": note})


# 1000·2^(−m/12), rounded half-up, for m = 0 … 35 completed months. Printed rather than computed, so that
# nobody's score depends on a floating-point library; a test recomputes it.
AGE_WEIGHTS: Final = (
    *(1000, 944, 891, 841, 794, 749, 707, 667, 630, 595, 561, 530),
    *(500, 472, 445, 420, 397, 375, 354, 334, 315, 297, 281, 265),
    *(250, 236, 223, 210, 198, 187, 177, 167, 157, 149, 140, 132),
)


@dataclass(frozen=True, slots=True)
class Params:
    """Every threshold of the score; the defaults are ``credit-score/1``."""

    version: str = number("credit-score/1", unit="name", source="§6")
    time_zone: str = number("Asia/Shanghai", unit="zone", source="§3", note="a slot day ends at 24:00 here")
    window_months: int = number(36, unit="completed months", note="contracts and reviews older than this do not count")
    grade_months: int = number(24, unit="completed months", note="contracts that decide whether a grade may be given")
    age_weights: tuple[int, ...] = number(AGE_WEIGHTS, unit="1000ths", note="1000·2^(−m/12), m = 0 … 35")

    part_weights: tuple[tuple[str, int], ...] = number(
        (("reviews", 4000), ("performance", 3000), ("supervision", 2000), ("public_credit", 1000)),
        unit="hundredths of a point",
        note="the weight of an absent part is shared out in proportion",
    )
    dimensions: tuple[tuple[str, int], ...] = number(
        (("quality", 40), ("timeliness", 20), ("fees", 15), ("conduct", 15), ("attitude", 10)),
        unit="percent of a review",
    )
    star_value: int = number(25, unit="10,000ths per star above one and percent")

    prior_reviews: int = number(20, unit="reviews", note="fewer of others' reviews than this make no prior")
    prior_value: int = number(8000, unit="10,000ths", note="prior where the market has too few reviews")
    prior_weight: int = number(10_000, unit="1000ths", note="the prior counts as ten reviews of today")
    owner_share: int = number(5, unit="one in", note="cap of one owner: a fifth of prior and reviews together")

    rate_contracts: int = number(20, unit="contracts", note="fewer of others' contracts make no market rate")
    rate_default: int = number(9000, unit="10,000ths")
    rate_most: int = number(9500, unit="10,000ths", note="a market rate is never taken to be better")
    rate_weight: int = number(10, unit="contracts", note="the market rate counts as ten contracts")

    check_value: int = number(9000, unit="10,000ths")
    check_weight: int = number(5, unit="checks")
    levels: tuple[tuple[str, int], ...] = number(
        (("A", 10_000), ("B", 8000), ("C", 5000), ("D", 0)), unit="10,000ths", source=LEVELS_SOURCE
    )

    entry_points: tuple[tuple[str, int], ...] = number(
        (("minor", -300), ("general", -800), ("serious", -2000), ("commendation", 100)), unit="hundredths of a point"
    )
    entry_months: tuple[tuple[str, int], ...] = number(
        (("minor", 6), ("general", 12), ("serious", 24)),
        unit="completed months",
        note="a commendation lives until the row ends it",
    )
    commendations_most: int = number(500, unit="hundredths of a point", note="all commendations together")

    total_most: int = number(10_000, unit="hundredths of a point")
    grades: tuple[tuple[str, int], ...] = number((("A", 9000), ("B", 7500), ("C", 6000)), unit="hundredths of a point")
    low_contracts: int = number(8, unit="contracts ended in grade_months", note="fewer turn a D into C*")
    low_owners: int = number(3, unit="owners of those contracts", note="fewer turn a D into C*")
    rated_contracts: int = number(3, unit="contracts ended in grade_months", note="fewer are not rated (未评级)")

    tenth: int = number(10, unit="hundredths of a point", note="selection uses whole tenths of a point, cut down")
    least_tenths: int = number(1, unit="tenths of a point")
    unrated_least: int = number(7500, unit="hundredths of a point", note="selection value of an unrated agency")
    unrated_most: int = number(8990, unit="hundredths of a point", note="selection value of an unrated agency")


CREDIT_SCORE_1: Final = Params()


def as_rows(params: Any) -> list[dict[str, Any]]:
    """Return every number with unit, source and note, in the order of this page."""
    return [
        {"name": item.name, "value": _plain(getattr(params, item.name)), **item.metadata} for item in fields(params)
    ]


def _plain(value: Any) -> Any:
    """Return tuples of pairs as objects and other tuples as lists, as JSON has them."""
    if not isinstance(value, tuple):
        return value
    return dict(value) if isinstance(value[0], tuple) else list(value)
