"""What a guide must say, read from a form."""

import pytest

from market.guides.fees import Fixed, Percentage, PerUnit, Tier, Tiered
from market.guides.rules import Step, bars_content, digest, parse_content
from market.kernel.errors import Invalid
from market.respond import Typed
from tests.build_agencies import a_content

FORM = {
    "conditions": "立项文件齐备。",
    "step_1_title": "签订合同",
    "step_1_days": "1",
    "step_3_title": "编制报告",
    "step_3_days": "１５",
    "step_3_note": "含现场调查。",
    "time_limit_days": "20",
    "fee_kind": "fixed",
    "amount": "8.6 万元",
    "materials": "立项文件",
    "deliverables": "报告书",
    "contact": "示例联系人",
    "plain_words": "二十个工作日交付。",
}


def typed(**changes: str) -> Typed:
    return Typed({name: (text,) for name, text in {**FORM, **changes}.items()})


def test_a_form_becomes_a_guide_without_its_empty_rows() -> None:
    content = parse_content(typed())

    assert content.steps == (Step("签订合同", 1, ""), Step("编制报告", 15, "含现场调查。"))
    assert content.fee == Fixed(8_600_000)


def test_a_fee_per_unit_is_typed_in_yuan_and_a_base_in_ten_thousands() -> None:
    per_unit = parse_content(typed(fee_kind="per_unit", unit="份", each="1,200", quantity="12"))
    percentage = parse_content(typed(fee_kind="percentage", base="合同额", base_amount="1000", rate="1.5%"))

    assert per_unit.fee == PerUnit("份", 120_000, 12)
    assert percentage.fee == Percentage("合同额", 1_000_000_000, 15_000)


def test_the_last_tier_has_no_upper_end() -> None:
    content = parse_content(
        typed(
            fee_kind="tiered",
            base="总投资",
            base_amount="3000",
            tier_1_up_to="500",
            tier_1_rate="1",
            tier_2_rate="0.08",
        )
    )

    assert content.fee == Tiered("总投资", 3_000_000_000, (Tier(500_000_000, 10_000), Tier(None, 800)))


def test_everything_wrong_is_said_at_once_at_its_field() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_content(typed(conditions="", time_limit_days="0", amount="许多", step_1_days="两天"))

    assert {(reason.field, reason.code) for reason in refusal.value.reasons} == {
        ("conditions", "field_required"),
        ("time_limit_days", "number_too_small"),
        ("amount", "not_a_number"),
        ("step_1_days", "not_a_number"),
    }


@pytest.mark.parametrize("rate", ["1.23456", "101", "一", "-1"])
def test_a_rate_that_is_not_exact_is_refused(rate: str) -> None:
    with pytest.raises(Invalid):
        parse_content(typed(fee_kind="percentage", base="合同额", base_amount="1000", rate=rate))


def test_steps_may_fill_the_time_limit_and_not_pass_it() -> None:
    full = a_content(steps=(Step("编制", 20, ""),), time_limit_days=20)
    over = a_content(steps=(Step("编制", 21, ""),), time_limit_days=20)

    assert bars_content(full, 30) == ()
    assert [reason.code for reason in bars_content(over, 30)] == ["steps_over_time_limit"]


def test_any_change_of_a_guide_changes_its_fingerprint() -> None:
    first = digest("91990000MA0000001X", "ZJ001", 1, a_content())

    assert digest("91990000MA0000001X", "ZJ001", 2, a_content()) != first
    assert digest("91990000MA0000001X", "ZJ001", 1, a_content(contact="别人")) != first
    assert digest("91990000MA0000001X", "ZJ001", 1, a_content()) == first
