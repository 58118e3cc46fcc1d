"""Files of approvals and of levels: read whole, or refused with every line that is wrong."""

from datetime import date

import pytest

from market.credit import fact_rules as rules
from market.kernel.errors import Invalid
from market.kernel.uscc import with_check_digit
from market.respond import sent

TODAY = date(2026, 11, 25)
OWNER, AGENCY = with_check_digit("91990000MA0000001"), with_check_digit("91990000MA0000002")
HEADER = ",".join(rules.APPROVAL_COLUMNS.values())
ROW = f"示例批〔2026〕1号,{OWNER},2026-990102-48-01-000001,ZJ001,990102,{AGENCY},是,2026-11-24"


def approvals(*lines: str, most: int = 10, header: str = HEADER):
    typed = sent({"name": "十一月.csv", "rows": "\n".join((header, *lines))})
    return rules.parse_approvals(typed, items={"ZJ001"}, today=TODAY, most=most)


def refused(*lines: str, **facts) -> list[tuple[str, object]]:
    with pytest.raises(Invalid) as found:
        approvals(*lines, **facts)
    return [(reason.code, reason.params.get("line")) for reason in found.value.reasons]


def test_a_line_is_read_by_its_headers_in_any_order_and_either_language() -> None:
    _, (row,) = approvals(ROW)
    swapped = "agency_uscc,number,owner_uscc,project_code,item,division,demanded,decided_on"
    _, (again,) = approvals(f"{AGENCY},{ROW.replace(AGENCY + ',', '')}", header=swapped)

    _, (english,) = approvals(ROW.replace("是", "yes"))

    assert row == again == english
    assert (row.line, row.agency_uscc, row.demanded, row.decided_on) == (2, AGENCY, True, date(2026, 11, 24))


def test_a_deliverable_of_nobody_named_is_taken() -> None:
    _, (row,) = approvals(ROW.replace(AGENCY, ""))

    assert row.agency_uscc is None


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("示例批〔2026〕1号", "", "csv_required"),
        (OWNER, "91990000MA0000001X", "csv_uscc"),
        (AGENCY, "x", "csv_uscc"),
        ("ZJ001", "ZJ002", "csv_item"),
        ("990102,", "99010,", "csv_division"),
        ("是", "也许", "csv_yes_or_no"),
        ("2026-11-24", "昨天", "csv_day"),
        ("2026-11-24", "2026-11-26", "csv_future"),
        ("示例批〔2026〕1号", "长" * 101, "csv_cell_too_long"),
        (",是", "", "csv_cells"),
    ],
)
def test_what_is_wrong_with_a_line_is_named_with_its_number(before: str, after: str, code: str) -> None:
    assert refused(ROW, ROW.replace("1号", "2号").replace(before.replace("1号", "2号"), after)) == [(code, 3)]


def test_everything_wrong_is_told_at_once() -> None:
    assert refused(ROW.replace("是", "x"), ROW.replace("ZJ001", "y"), "short") == [
        ("csv_yes_or_no", 2), ("csv_item", 3), ("csv_cells", 4),
    ]  # fmt: skip


def test_the_day_of_the_file_itself_is_not_in_the_future() -> None:
    _, (row,) = approvals(ROW.replace("2026-11-24", "2026-11-25"))

    assert row.decided_on == TODAY


def test_the_same_number_and_item_twice_is_told_with_both_lines() -> None:
    assert refused(ROW, ROW.replace("1号", "2号"), ROW) == [("csv_twice", 4)]


def test_ten_lines_may_be_too_many_and_one_fewer_are_not() -> None:
    lines = [ROW.replace("1号", f"{n}号") for n in range(10)]

    assert len(approvals(*lines, most=10)[1]) == 10
    assert refused(*lines, most=9) == [("csv_too_long", None)]


@pytest.mark.parametrize(
    ("text", "code"), [("", "field_required"), ("甲,乙\n1,2", "csv_header"), (HEADER, "csv_empty")]
)
def test_a_file_without_header_or_lines_says_so(text: str, code: str) -> None:
    with pytest.raises(Invalid) as found:
        rules.parse_approvals(sent({"name": "x", "rows": text}), items=(), today=TODAY)

    assert [reason.code for reason in found.value.reasons] == [code]


def test_levels_are_of_admitted_agencies_and_of_four_kinds() -> None:
    text = f"uscc,level\n{AGENCY},A\n{OWNER},E"

    with pytest.raises(Invalid) as found:
        rules.parse_levels(sent({"name": "x", "rows": text}), agencies={AGENCY})

    assert [reason.code for reason in found.value.reasons] == ["csv_agency", "csv_level"]
