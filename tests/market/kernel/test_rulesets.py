"""Rules of rulesets: complete, typed, sourced, pinned; and what the model ruleset says."""

import copy
import hashlib
import tomllib
from collections.abc import Callable
from datetime import time
from importlib.resources import files
from typing import Any

import pytest

from market.kernel import rulesets
from market.kernel.calendar import WorkdayUnit
from market.kernel.rulesets import UnknownRuleset
from market.kernel.rulesets.reading import BadRuleset, assemble
from market.kernel.rulesets.schema import Funds, Method, TieRule

MODEL = rulesets.get("model-2026")
PRACTICE = rulesets.get("practice-2026")
FILES = {code: (files(rulesets) / f"{code}.toml").read_bytes() for code in rulesets.codes()}
DOCUMENT = tomllib.loads(FILES["model-2026"].decode())


def test_the_model_ruleset_says_what_the_design_says() -> None:
    assert MODEL.least_workdays(Funds.FISCAL_FUNDS) == 3
    assert MODEL.least_workdays(Funds.PRIVATE) == 1
    assert MODEL.registration.deadline_from == time(9)
    assert MODEL.registration.drain_seconds == 10
    assert MODEL.draw.reveal_seconds == 1800
    assert MODEL.award.standstill_workdays == 3
    assert MODEL.contracts.signing_workdays == 10
    assert MODEL.price.benchmark_factors_percent == (95, 96, 97, 98)
    assert MODEL.price.floor_least_percent == 70
    assert MODEL.measures.reentry_serious_months == 24
    assert MODEL.evaluation.nightly_at == time(2, 30)
    assert MODEL.split_warning_days == 90
    assert not MODEL.practice


@pytest.mark.parametrize(
    ("method", "public", "private"),
    [
        (Method.RANDOM_DRAW, 3, 1),
        (Method.LOWEST_QUOTE, 3, 1),
        (Method.BENCHMARK_QUOTE, 3, 1),
        (Method.MEAN_QUOTE, 3, 1),
        (Method.INQUIRY, 3, 1),
        (Method.CREDIT_MERIT, 3, 2),
        (Method.PLAN_MERIT, 3, 2),
        (Method.DIRECT, 1, 1),
    ],
)
def test_each_method_needs_its_least_number_of_registrants(method: Method, public: int, private: int) -> None:
    for funds in (Funds.GOVERNMENT_INVESTMENT, Funds.FISCAL_FUNDS, Funds.STATE_OWNED):
        assert MODEL.least_registrants(method, funds) == public
    assert MODEL.least_registrants(method, Funds.PRIVATE) == private


def test_ties_of_the_nearest_quote_go_to_the_lower_quote_first() -> None:
    assert MODEL.methods[Method.MEAN_QUOTE].ties == (TieRule.LOWER_QUOTE, TieRule.DRAW_ORDER)
    assert MODEL.methods[Method.LOWEST_QUOTE].ties == (TieRule.DRAW_ORDER,)


def test_an_owner_of_any_funds_has_a_choice_of_methods() -> None:
    assert all(len(MODEL.methods_for(funds)) > 1 for funds in Funds)


def test_survey_design_and_supervision_are_limited_nationwide_and_private_money_never() -> None:
    found = MODEL.limits_for(Funds.STATE_OWNED, ["survey"], "110101", 2026)

    assert [(limit.code, limit.amount_fen) for limit in found] == [("statutory_invitation", 100_000_000)]
    assert MODEL.limits_for(Funds.STATE_OWNED, ["cost"], "110101", 2026) == ()
    assert MODEL.limits_for(Funds.PRIVATE, ["survey"], "990102", 2026) == ()


@pytest.mark.parametrize(
    ("year", "fen"), [(2022, None), (2023, 50_000_000), (2024, 50_000_000), (2025, 100_000_000), (2027, 100_000_000)]
)
def test_the_procurement_limit_is_that_of_the_year_or_of_the_last_one_stated(year: int, fen: int | None) -> None:
    found = MODEL.limits_for(Funds.FISCAL_FUNDS, (), "990102", year)

    assert [limit.amount_fen for limit in found] == ([] if fen is None else [fen])


def test_practice_differs_from_the_model_only_where_it_says_so() -> None:
    model = {line.path: line.value for line in MODEL.lines}
    practice = {line.path: line.value for line in PRACTICE.lines}

    assert PRACTICE.practice
    assert PRACTICE.workday_unit is WorkdayUnit.MINUTE
    assert practice.keys() == model.keys()
    assert {path: value for path, value in practice.items() if value != model[path]} == {
        "registration.least_workdays_public": "1",
        "registration.deadline_in_office_hours": "no",
        "draw.reveal_seconds": "20",
        "draw.beacon_delay_seconds": "5",
    }


def test_the_latest_ruleset_is_never_a_practice_one() -> None:
    assert rulesets.latest() is MODEL


def test_every_value_has_a_unit_and_a_source() -> None:
    assert len(MODEL.lines) > 80
    assert all(line.unit and line.source for line in MODEL.lines)


def test_a_fingerprint_covers_the_file_and_what_it_is_based_on() -> None:
    model = hashlib.sha256(FILES["model-2026"])

    assert rulesets.fingerprint("model-2026") == model.hexdigest()
    assert rulesets.fingerprint("practice-2026") == (
        hashlib.sha256(model.digest() + FILES["practice-2026"]).hexdigest()
    )


@pytest.mark.parametrize("code", ["model-1999", "", "../model-2026", "model-2026.toml", "MODEL-2026"])
def test_a_code_without_a_file_is_refused(code: str) -> None:
    with pytest.raises(UnknownRuleset):
        rulesets.get(code)


BREAKAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a section missing": lambda d: d.pop("award"),
    "a section unknown": lambda d: d.update(awards={}),
    "a key missing": lambda d: d["award"].pop("notice_workdays"),
    "a key unknown": lambda d: d["award"].update(notice_days=d["award"]["notice_workdays"]),
    "a method missing": lambda d: d["methods"].pop("direct"),
    "a bare value": lambda d: d["award"].update(notice_workdays=1),
    "no note": lambda d: d["award"]["notice_workdays"].pop("note"),
    "an empty source": lambda d: d["award"]["notice_workdays"].update(source=" "),
    "another unit": lambda d: d["award"]["notice_workdays"].update(unit="days"),
    "a text for a number": lambda d: d["award"]["notice_workdays"].update(value="1"),
    "a yes for a number": lambda d: d["award"]["notice_workdays"].update(value=True),
    "a negative number": lambda d: d["award"]["notice_workdays"].update(value=-1),
    "a fraction": lambda d: d["award"]["notice_workdays"].update(value=1.5),
    "unknown funds": lambda d: d["funds"]["public"].update(value=["lottery"]),
    "a factor twice": lambda d: d["price"]["benchmark_factors_percent"].update(value=[95, 95]),
    "a clause without basis": lambda d: d["direct_grounds"]["urgent"].pop("basis"),
    "no clause at all": lambda d: d["direct_grounds"].clear(),
    "a limit without amount": lambda d: d["limits"][0].pop("amount_fen"),
    "minutes outside practice": lambda d: d.update(workday_unit="minute"),
    "private money made public": lambda d: d["funds"]["public"]["value"].append("private"),
    "a draw as the only method": lambda d: [
        d["methods"][method]["funds"].update(value=[]) for method in Method if method is not Method.RANDOM_DRAW
    ],
    "no registrant needed": lambda d: d["methods"]["direct"]["least_public"].update(value=0),
    "office hours backwards": lambda d: d["registration"]["deadline_from"].update(value=time(18)),
    "a floor over the ceiling": lambda d: d["price"]["floor_least_percent"].update(value=101),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_ruleset_is_refused_with(breakage: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    BREAKAGES[breakage](document)

    with pytest.raises(BadRuleset):
        assemble("model-2026", document)


def test_the_unbroken_document_is_accepted() -> None:
    assert assemble("model-2026", copy.deepcopy(DOCUMENT)) == MODEL
