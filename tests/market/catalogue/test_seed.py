"""The seed of the catalogue: what it may say, and what the loader refuses."""

import re
import tomllib
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest

from market.catalogue.seed import FEE_BASES, TRADES, BadSeedError, SeedItem, faults_of, load, parse
from market.catalogue.states import ItemState

HAN = "\u3400-\u9fff"
HALF_WIDTH_BESIDE_HAN = re.compile(rf"[{HAN}][,;:!?()]|[,;:!?()][{HAN}]")
CODE_IN_FORCE_FROM = date(2026, 8, 15)
REPEALED_BY_THE_CODE = (
    "环境保护法",
    "环境影响评价法",
    "海洋环境保护法",
    "大气污染防治法",
    "水污染防治法",
    "土壤污染防治法",
    "固体废物污染环境防治法",
    "噪声污染防治法",
    "放射性污染防治法",
    "清洁生产促进法",
)


def by_outcome(outcome: ItemState) -> list[SeedItem]:
    return [item for item in load() if item.outcome is outcome]


def seed_text() -> str:
    return files("market.catalogue.seed").joinpath("items.toml").read_text(encoding="utf-8")


def test_at_least_twenty_items_rest_on_a_clause_that_was_read() -> None:
    read = [item for item in load() if item.basis and item.basis.quote and item.basis.source_url and item.basis.read_on]
    assert len(load()) >= 60
    assert len(read) >= 20
    assert all(len(item.basis.quote) <= 200 for item in read if item.basis)


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [item.code for item in load()]
    assert codes == [f"ZJ{number:03d}" for number in range(1, len(codes) + 1)]
    assert len({item.name for item in load()}) == len(codes)


def test_a_mandatory_item_holds_all_four_tests_and_names_its_article() -> None:
    mandatory = by_outcome(ItemState.MANDATORY)
    assert mandatory
    for item in mandatory:
        assert item.tests.all_hold
        assert item.basis
        assert item.basis.article
        assert item.basis.valid_from


def test_an_item_nobody_read_is_pending_and_never_called_lawful() -> None:
    pending = [item for item in load() if item.is_pending]
    assert pending
    assert all(item.outcome is ItemState.LISTED and not item.tests.lawful and not item.further for item in pending)


def test_cleaned_up_and_government_paid_items_are_there() -> None:
    abolished = by_outcome(ItemState.ABOLISHED)
    assert len(abolished) >= 6
    assert all(item.abolished_on and item.abolition_reason and not item.qualifications for item in abolished)
    assert len(by_outcome(ItemState.GOVERNMENT_PAID)) >= 2


def test_agents_of_procurement_are_not_in_the_catalogue() -> None:
    assert not [item.name for item in load() if "招标代理" in item.name or "采购代理" in item.name]


def test_trades_and_fee_bases_are_known() -> None:
    assert {item.trade for item in load()} | {item.authority_trade for item in load()} <= set(TRADES)
    assert {item.fee_basis for item in load()} <= FEE_BASES


def test_our_own_chinese_has_full_width_punctuation() -> None:
    for item in load():
        named = [qualification.name for qualification in item.qualifications]
        notes = [basis.note for basis in (item.basis, *item.further) if basis]
        for words in [item.name, item.approval, item.note, item.cited, item.abolition_reason, *named, *notes]:
            assert not HALF_WIDTH_BESIDE_HAN.search(words or ""), f"{item.code}: {words}"


def test_no_basis_is_a_law_the_environmental_code_repealed() -> None:
    laws = {basis.law for item in load() for basis in (item.basis, *item.further) if basis}
    assert not {law for law in laws for repealed in REPEALED_BY_THE_CODE if law == f"中华人民共和国{repealed}"}


def test_every_clause_was_read_before_it_could_be_quoted_and_was_in_force() -> None:
    for item in load():
        for basis in (item.basis, *item.further):
            assert basis is None or (basis.valid_from or date.min) <= basis.read_on
            assert basis is None or "生态环境法典" not in basis.law or basis.valid_from == CODE_IN_FORCE_FROM


def test_an_item_used_twice_is_refused() -> None:
    text = seed_text()
    with pytest.raises(BadSeedError, match="ZJ001: twice"):
        parse(text + "\n" + text[text.index("[[item]]") : text.index("[[item]]", text.index("[[item]]") + 1)])


@pytest.mark.parametrize("missing", ["lawful", "compulsory", "prior", "paid"])
def test_one_test_that_fails_keeps_an_item_from_being_mandatory(missing: str) -> None:
    item = by_outcome(ItemState.MANDATORY)[0]
    assert faults_of(item) == ()
    weaker = replace(item, tests=replace(item.tests, **{missing: False}))
    assert "mandatory without the four tests" in faults_of(weaker)


def test_all_faults_of_an_item_are_named_at_once() -> None:
    item = by_outcome(ItemState.MANDATORY)[0]
    assert item.basis
    spoilt = replace(
        item,
        name="工程招标代理服务",
        trade="fishing",
        fee_basis="bribe",
        ceiling_days=0,
        basis=replace(item.basis, article=None, quote=""),
    )
    assert set(faults_of(spoilt)) == {
        "unknown trade",
        "unknown fee basis",
        "no ceiling of time",
        "mandatory without a clause that was read",
        "a basis without words, law or source",
        "an agent of procurement",
    }


def test_an_abolished_item_needs_its_day_and_reason() -> None:
    item = by_outcome(ItemState.ABOLISHED)[0]
    assert "abolished without day or reason" in faults_of(replace(item, abolished_on=None))
    assert "abolished without day or reason" in faults_of(replace(item, abolition_reason=None))


def test_no_word_in_the_file_is_lost_by_the_loader() -> None:
    known = {
        *("code", "name", "name_en", "trade", "family", "outcome", "approval", "authority_trade", "qualifications"),
        *("fee_basis", "ceiling_days", "tests", "cited", "note", "abolished_on", "abolition_reason"),
        *("basis", "further"),
    }
    assert all(set(raw) <= known for raw in tomllib.loads(seed_text())["item"])
