"""
The shape of a ruleset: every parameter with its type and its unit.

Values live in the TOML files only; a field here has no default, because a rule
nobody wrote down is not a rule. Working days are counted in the calendar's
unit, which a practice ruleset makes minutes.
"""

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from market.kernel import divisions
from market.kernel.calendar import WorkdayUnit


class Funds(StrEnum):
    """Where a project's money comes from."""

    GOVERNMENT_INVESTMENT = "government_investment"  # 政府投资
    FISCAL_FUNDS = "fiscal_funds"  # 财政性资金
    STATE_OWNED = "state_owned"  # 国有资金
    PRIVATE = "private"  # 社会资金


class Method(StrEnum):
    """How an agency is chosen (选取方式)."""

    RANDOM_DRAW = "random_draw"  # 随机抽取
    LOWEST_QUOTE = "lowest_quote"  # 竞价·最低价
    BENCHMARK_QUOTE = "benchmark_quote"  # 竞价·最优价
    MEAN_QUOTE = "mean_quote"  # 均价比选
    INQUIRY = "inquiry"  # 询比
    CREDIT_MERIT = "credit_merit"  # 信用择优
    PLAN_MERIT = "plan_merit"  # 方案择优
    DIRECT = "direct"  # 直接选取


class TieRule(StrEnum):
    """What decides between equals, in the order a method lists them."""

    LOWER_QUOTE = "lower_quote"  # 报价低者优先
    DRAW_ORDER = "draw_order"  # 抽取顺序


def unit(name: str) -> Any:
    """Declare a parameter with the unit its file must state."""
    return dataclasses.field(metadata={"unit": name})


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter as the file states it, for the page that shows the rules."""

    path: str
    value: str
    unit: str
    source: str
    note: str

    @property
    def code(self) -> str:
        """Return the code of this parameter's word, the same one for every method."""
        section, _, rest = self.path.partition(".")
        return f"methods.{rest.partition('.')[2]}" if section == "methods" else self.path


@dataclass(frozen=True, slots=True)
class Clause:
    """A ground or an exception: its code, whose word is in the terms, and the legal basis."""

    code: str
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class Limit:
    """An amount from which the law demands another procedure, by place, year, funds and what an item demands."""

    code: str
    division: str
    from_year: int
    qualifications: tuple[str, ...]
    funds: tuple[Funds, ...]
    amount_fen: int
    basis: str
    note: str

    def concerns(self, funds: Funds, qualifications: Collection[str], division: str, year: int) -> bool:
        """Tell whether a notice lies in this limit's field; one that names no qualification concerns every item."""
        inside = self.division == "national" or divisions.within(division, self.division)
        asked = not self.qualifications or any(code in qualifications for code in self.qualifications)
        return inside and year >= self.from_year and funds in self.funds and asked


@dataclass(frozen=True, slots=True)
class MethodRule:
    """Whether and for which funds a method may be used, with the least number of valid registrants."""

    funds: tuple[Funds, ...] = unit("funds")
    least_public: int = unit("registrants")
    least_private: int = unit("registrants")
    ties: tuple[TieRule, ...] = unit("rules in order")


@dataclass(frozen=True, slots=True)
class FundsRules:
    """Which funds count as public, and which must use the market."""

    public: tuple[Funds, ...] = unit("funds")
    must_use: tuple[Funds, ...] = unit("funds")


@dataclass(frozen=True, slots=True)
class RegistrationRules:
    """How long registration lasts, and what moves its deadline."""

    least_workdays_public: int = unit("working days")
    least_workdays_private: int = unit("working days")
    deadline_in_office_hours: bool = unit("yes or no")
    deadline_from: time = unit("time of day")
    deadline_to: time = unit("time of day")
    drain_seconds: int = unit("seconds")
    questions_until_workdays: int = unit("working days before the deadline")
    unanswered_moves_workdays: int = unit("working days")
    unanswered_moves_most: int = unit("times")
    amendment_leaves_workdays: int = unit("working days")
    competition_warning_under: int = unit("admitted agencies that qualify")


@dataclass(frozen=True, slots=True)
class PriceRules:
    """Ceilings, floors, quotes and the parameters of the methods."""

    floor_least_percent: int = unit("percent of the ceiling")
    floor_needs_reason: bool = unit("yes or no")
    benchmark_factors_percent: tuple[int, ...] = unit("percent of the mean")
    trim_from_quotes: int = unit("valid quotes")
    inquiry_credit_most_percent: int = unit("percent of the weight")
    merit_large_least: int = unit("places")
    merit_small_least: int = unit("places")
    plan_weights_sum: int = unit("points")


@dataclass(frozen=True, slots=True)
class DrawRules:
    """The waits between freeze, revealed secrets and beacon."""

    reveal_seconds: int = unit("seconds")
    beacon_delay_seconds: int = unit("seconds")


@dataclass(frozen=True, slots=True)
class AwardRules:
    """What follows a selection, or its failure."""

    standstill_workdays: int = unit("working days")
    notice_workdays: int = unit("working days")
    failures_before_direct: int = unit("failures")


@dataclass(frozen=True, slots=True)
class DisputeRules:
    """Periods of objections, complaints and reconsideration."""

    objection_reply_workdays: int = unit("working days")
    complaint_within_workdays: int = unit("working days")
    complaint_decided_workdays: int = unit("working days")
    reconsideration_workdays: int = unit("working days")


@dataclass(frozen=True, slots=True)
class ContractRules:
    """Periods of a contract, and when lateness becomes an entry."""

    signing_workdays: int = unit("working days")
    filing_workdays: int = unit("working days")
    silence_accepts_workdays: int = unit("working days")
    lateness_entry_over_workdays: int = unit("working days")


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """Periods of reviews."""

    within_workdays: int = unit("working days")
    poor_followed_up_workdays: int = unit("working days")


@dataclass(frozen=True, slots=True)
class AdmissionRules:
    """How an application is checked, and who counts as related."""

    check_workdays: int = unit("working days")
    control_percent: int = unit("percent of control")


@dataclass(frozen=True, slots=True)
class MeasureRules:
    """Periods of cases and measures, and what opens an elimination."""

    rectification_workdays: int = unit("working days")
    statement_workdays: int = unit("working days")
    hearing_request_workdays: int = unit("working days")
    decision_workdays: int = unit("working days")
    escalation_workdays: int = unit("working days")
    execution_after_workdays: int = unit("working days")
    urgent_suspension_most_workdays: int = unit("working days")
    item_suspension_most_months: int = unit("months")
    full_suspension_most_months: int = unit("months")
    reentry_months: int = unit("months")
    reentry_serious_months: int = unit("months")
    served_after_workdays: int = unit("working days")
    public_service_days: int = unit("days")
    abandonments: int = unit("abandonments")
    abandonment_months: int = unit("months")
    abandonment_contest_workdays: int = unit("working days")
    abandonment_silence_eliminates: bool = unit("yes or no")
    low_ranking_ratings: int = unit("successive published rankings")
    low_parts_under: int = unit("points of 100")


@dataclass(frozen=True, slots=True)
class EvaluationRules:
    """When scores and rankings are made, and what an imported grade is worth."""

    nightly_at: time = unit("time of day")
    ranking_drafted_on_workday: int = unit("working day after the quarter")
    ranking_objection_workdays: int = unit("working days")
    public_credit_a: int = unit("10,000ths")
    public_credit_b: int = unit("10,000ths")
    public_credit_c: int = unit("10,000ths")
    public_credit_d: int = unit("10,000ths")


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """How long things are kept."""

    selection_files_years: int = unit("years")
    device_data_days: int = unit("days")
    logs_least_months: int = unit("months")


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One dated version of all rules, with the lines it was read from."""

    code: str
    title_zh: str
    title_en: str
    in_force_on: date
    practice: bool
    workday_unit: WorkdayUnit
    split_warning_days: int
    methods: Mapping[Method, MethodRule]
    funds: FundsRules
    registration: RegistrationRules
    price: PriceRules
    draw: DrawRules
    award: AwardRules
    disputes: DisputeRules
    contracts: ContractRules
    reviews: ReviewRules
    admission: AdmissionRules
    measures: MeasureRules
    evaluation: EvaluationRules
    retention: RetentionRules
    direct_grounds: Mapping[str, Clause]
    statutory_exceptions: Mapping[str, Clause]
    abandonment_excuses: Mapping[str, Clause]
    limits: tuple[Limit, ...]
    lines: tuple[Line, ...]

    def is_public(self, funds: Funds) -> bool:
        """Tell whether a project with these funds is bound by the rules for public money."""
        return funds in self.funds.public

    def least_workdays(self, funds: Funds) -> int:
        """Return how many working days registration stays open at least."""
        rules = self.registration
        return rules.least_workdays_public if self.is_public(funds) else rules.least_workdays_private

    def least_registrants(self, method: Method, funds: Funds) -> int:
        """Return how many valid registrants the method needs at the freeze."""
        rule = self.methods[method]
        return rule.least_public if self.is_public(funds) else rule.least_private

    def methods_for(self, funds: Funds) -> tuple[Method, ...]:
        """List the methods an owner with these funds may choose from."""
        return tuple(method for method, rule in self.methods.items() if funds in rule.funds)

    def limits_for(self, funds: Funds, qualifications: Collection[str], division: str, year: int) -> tuple[Limit, ...]:
        """
        Return the limits that bind a notice, the lowest first; of one code the latest year's counts.

        A notice is refused when its ceiling is at or above any of them.
        """
        latest: dict[str, Limit] = {}
        for limit in sorted(self.limits, key=lambda each: each.from_year):
            if limit.concerns(funds, qualifications, division, year):
                latest[limit.code] = limit
        return tuple(sorted(latest.values(), key=lambda each: each.amount_fen))
