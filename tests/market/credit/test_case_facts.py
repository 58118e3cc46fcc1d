"""Facts of cases: coded, told in both languages, and for ever in the words they were served in."""

import json
from string import Formatter

import asyncpg
import pytest

from market import db
from market.credit import case_facts
from market.credit.case_facts import Fact, FactCode, fact
from market.credit.service import cases, openings
from market.kernel import terms
from market.kernel.roles import SYSTEM
from tests.build_abandonments import three_confirmed
from tests.build_agencies import NOW, an_agency
from tests.build_cases import a_regulator, advanced, an_opening, low_rankings, moment
from tests.build_contracts import some_deals
from tests.flows.test_cases import signed_in
from tests.server import Database
from tests.web import browser, market


def test_every_fact_has_a_label_and_a_text_that_name_the_same_values_in_both_languages() -> None:
    assert terms.codes("fact_code") == terms.codes("fact_text") == tuple(FactCode)
    for kind in ("fact_code", "fact_text"):
        for code in terms.codes(kind):
            zh, en = [
                {name for _, name, _, _ in Formatter().parse(terms.texts(kind, code)[lang]) if name}
                for lang in ("zh", "en")
            ]
            assert zh == en or code in (FactCode.OBSERVED, FactCode.OTHER_EXPLANATIONS), code


def test_a_fact_is_told_in_the_language_of_its_reader_and_survives_its_keeping() -> None:
    made = fact(FactCode.RANKING_BEFORE, slot_on="2026-06-30", grade="D", total_hundredths=4005)

    (kept,) = case_facts.unpacked(json.loads(json.dumps(case_facts.packed([made]))))

    assert kept.told("zh") == ("前一期排名", "2026-06-30，等级 D，总分 40.05")
    assert kept.told("en") == ("Ranking before", "2026-06-30, grade D, total 40.05")
    assert kept == made


def test_a_later_change_of_words_changes_nothing_that_was_served() -> None:
    served = Fact("当时的名称", "当时的说法", "records", {"count": 3})

    assert served.told("zh") == ("当时的名称", "当时的说法")
    assert served.told("en") == ("Records counted", "3")


def test_facts_kept_before_they_had_codes_are_shown_as_they_are() -> None:
    (old,) = case_facts.unpacked({"说明": "示例事实"})

    assert old.told("zh") == old.told("en") == ("说明", "示例事实")


def test_english_stands_beside_what_the_market_wrote_and_is_never_guessed() -> None:
    assert case_facts.english(terms.word("silence_decision", "found")) == terms.word("silence_decision", "found", "en")
    assert case_facts.english("连续两期为较差。") is None


async def test_what_the_clock_holds_against_an_agency_is_coded(database: Database) -> None:
    _, _, agency_id = await an_agency()
    await low_rankings(database, agency_id, await a_regulator(database))

    await openings.open_due(NOW)

    number = await db.value("select number from credit_case")
    shown = await cases.case(number, actor=SYSTEM, now=NOW)
    assert [each.told("en") for each in shown.case.facts] == [
        ("Ranking before", "2025-06-30, grade D, total 40.00"),
        ("Latest ranking", "2025-09-30, grade D, total 40.00"),
        ("Performance and supervision alone, in the ranking before", "57.80"),
        ("Performance and supervision alone, in the latest ranking", "57.80"),
    ]
    assert shown.case.facts[2].values == {"total_hundredths": 5780}
    assert case_facts.english(shown.case.clause) == terms.word("case_clause", "low_ranking", "en")


async def test_facts_that_were_opened_are_never_edited_whatever_their_form(database: Database) -> None:
    number = await cases.open_case(await an_opening(), actor=SYSTEM, now=NOW)
    owner = await asyncpg.connect(database.url("market_owner"))
    try:
        with pytest.raises(asyncpg.PostgresError, match="not edited"):
            await owner.execute("update credit_case set facts = '[]' where number = $1", number)
    finally:
        await owner.close()


@pytest.mark.slow
async def test_a_decision_by_silence_is_read_in_english_beside_its_own_words(database: Database) -> None:
    async with some_deals(database) as deals:
        regulator, now = await three_confirmed(database, deals)
        await openings.open_due(now)
        number = await db.value("select number from credit_case")
        await advanced(number, now)
        await cases.acknowledge(number, actor=deals.agency, now=now)
        await advanced(number, await moment(number, "statement_until_at"))
        executes = await db.value("select executes_at from case_decision")
        await advanced(number, executes)
        decision = await db.row("select number, found from case_decision")
    assert decision is not None
    async with market(database) as app, browser(app) as client:
        path = f"/credit/exits/{decision['number']}"
        zh, en = (await client.get(path)).text, (await client.get(f"/en{path}")).text
        told = (await client.get(f"/api/v1/decisions/{decision['number']}")).json()
        desk = (await (await signed_in(app, regulator)).get(f"/en/regulator/cases/{number}")).text

    assert decision["found"] in zh
    assert decision["found"] in en
    assert terms.word("silence_decision", "found", "en") in en
    assert terms.word("silence_decision", "found", "en") not in zh
    for text in (en, desk):
        assert "Award given up, number 3" in text
        assert terms.word("case_clause", "abandonments", "en") in text
    assert (told["found"], told["found_en"]) == (decision["found"], terms.word("silence_decision", "found", "en"))
    assert [each["code"] for each in told["facts"]] == ["abandoned"] * 3
    assert told["facts"][0]["label_en"] == "Award given up, number 1"
