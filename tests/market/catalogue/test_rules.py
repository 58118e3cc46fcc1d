"""What may enter the catalogue and be called mandatory, as pure rules."""

from datetime import date

import pytest

from market.catalogue.rules import ItemView, Needed, bars_mandatory, bars_notice, basis_was_read, parse_proposal
from market.catalogue.states import ItemState
from market.kernel.errors import Invalid
from market.respond import Typed
from tests.build_agencies import NOW, a_proposal

FORM = {
    "code": "zj901",
    "name": "示例评价",
    "name_en": "Sample",
    "trade": "ecology",
    "family": "environment",
    "approval": "示例审批",
    "authority_trade": "ecology",
    "fee_basis": "fixed",
    "ceiling_days": "30",
    "qualifications": "cma：检验检测机构资质认定\neia_filing: 示例备案",
}


def typed(**changes: str) -> Typed:
    return Typed({name: (text,) for name, text in {**FORM, **changes}.items()})


def an_item_view(state: ItemState = ItemState.LISTED, **facts: object) -> ItemView:
    return ItemView(1, state, a_proposal(**facts), None, NOW, NOW, None, None)


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        ({"lawful": False}, "test_lawful_fails"),
        ({"compulsory": False}, "test_compulsory_fails"),
        ({"prior": False}, "test_prior_fails"),
        ({"paid": False}, "test_paid_fails"),
        ({"article": None}, "law_not_named"),
        ({"clause": None}, "clause_not_quoted"),
        ({"source_url": None}, "source_not_given"),
        ({"read_on": None}, "reading_not_dated"),
    ],
)
def test_each_test_and_each_part_of_the_basis_is_needed_to_be_mandatory(
    lacking: dict[str, object], reason: str
) -> None:
    assert bars_mandatory(a_proposal()) == ()
    assert [each.code for each in bars_mandatory(a_proposal(**lacking))] == [reason]


def test_a_basis_counts_as_read_only_with_words_source_and_day() -> None:
    assert basis_was_read(a_proposal())
    assert not basis_was_read(a_proposal(clause=None))
    assert not basis_was_read(a_proposal(read_on=None))


@pytest.mark.parametrize(
    ("on", "allowed"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
)
def test_both_ends_of_a_basis_are_valid_days(on: date, allowed: bool) -> None:
    item = an_item_view(valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))

    assert (bars_notice(item, on) == ()) is allowed


@pytest.mark.parametrize(
    ("state", "reason"), [(ItemState.PROPOSED, "item_not_published"), (ItemState.ABOLISHED, "item_abolished")]
)
def test_only_published_items_are_cited(state: ItemState, reason: str) -> None:
    assert [each.code for each in bars_notice(an_item_view(state), NOW.date())] == [reason]


def test_a_proposal_is_read_from_a_form() -> None:
    proposal = parse_proposal(typed(), ["ecology"])

    assert proposal.code == "ZJ901"
    assert proposal.qualifications == (Needed("cma", "检验检测机构资质认定"), Needed("eia_filing", "示例备案"))
    assert not basis_was_read(proposal)


@pytest.mark.parametrize("name", ["招标代理服务", "政府采购代理机构"])
def test_agents_of_procurement_stay_out_of_the_catalogue(name: str) -> None:
    with pytest.raises(Invalid, match="item_kept_out"):
        parse_proposal(typed(name=name), ["ecology"])


def test_everything_wrong_with_a_proposal_is_said_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        parse_proposal(typed(code="?", trade="sea", ceiling_days="0", source_url="ftp://x"), ["ecology"])

    assert {(reason.field, reason.code) for reason in refusal.value.reasons} == {
        ("code", "bad_item_code"),
        ("trade", "not_a_choice"),
        ("ceiling_days", "number_too_small"),
        ("source_url", "bad_address"),
    }
