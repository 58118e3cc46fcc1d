"""Rules of words: one for every code, never two, with what to do next for every refusal."""

from importlib.resources import files
from string import Formatter

import pytest

from market.kernel import rulesets, terms
from market.kernel.errors import Reason
from market.kernel.roles import Role
from market.kernel.rulesets.schema import Method

GOOD = {"zh": "好", "en": "good"}


def test_a_code_has_a_word_in_both_languages() -> None:
    assert terms.word("role", "owner") == "项目业主"
    assert terms.word("role", "owner", "en") == "Project owner"
    assert terms.word_of(Role.AGENCY) == "中介服务机构"
    assert terms.kind_of(Method) == "method"


def test_a_code_without_a_word_is_never_shown_as_itself() -> None:
    with pytest.raises(terms.NoWord, match=r"role\.emperor"):
        terms.word("role", "emperor")


def test_a_reason_is_told_with_its_values_and_what_to_do_next() -> None:
    told = terms.reason_text(Reason("too_many", params={"retry_after": 30}))

    assert told.text == "操作过于频繁。"
    assert told.next_step == "请在 30 秒后再试。"


def test_codes_inside_a_reason_are_told_as_words() -> None:
    reason = Reason("move_not_yours", params={"role": "agency"})

    assert "中介服务机构" in terms.reason_text(reason).text
    assert "Agency" in terms.reason_text(reason, "en").text


def test_a_moment_inside_a_reason_is_told_in_beijing_time() -> None:
    reason = Reason("agency_barred", params={"until": "2027-08-10T16:00:00Z"})

    assert "至 2027-08-11 00:00 止" in terms.reason_text(reason).text
    assert "until 2027-08-11 00:00." in terms.reason_text(reason, "en").text


def test_a_reason_that_lacks_a_value_is_told_all_the_same() -> None:
    assert terms.reason_text(Reason("too_many")).next_step == "请在 … 秒后再试。"


def test_a_code_stated_in_two_files_is_refused() -> None:
    with pytest.raises(ValueError, match="stated twice"):
        terms.gathered([("a", {"role": {"owner": GOOD}}), ("b", {"role": {"owner": GOOD}})])


def test_a_kind_may_be_spread_over_files() -> None:
    found = terms.gathered([("a", {"role": {"owner": GOOD}}), ("b", {"role": {"agency": GOOD}})])

    assert list(found["role"]) == ["owner", "agency"]


@pytest.mark.parametrize(
    ("kind", "term"),
    [
        ("role", {"zh": "好"}),
        ("role", {"zh": "好", "en": " "}),
        ("role", {"zh": "好", "en": "good", "note": "x"}),
        ("role", "好"),
        ("refusal", GOOD),
    ],
)
def test_a_term_lacks_nothing_and_has_nothing_more(kind: str, term: object) -> None:
    with pytest.raises(ValueError, match="owner"):
        terms.gathered([("a", {kind: {"owner": term}})])


def test_both_languages_of_a_refusal_name_the_same_values() -> None:
    def places(text: str) -> set[str]:
        # How a value is written may differ: Chinese counts money in 万元.
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}

    for code in terms.codes("refusal"):
        term = terms.texts("refusal", code)
        assert places(term["zh"]) | places(term["next_zh"]) == places(term["en"]) | places(term["next_en"]), code


def test_every_sentence_of_a_refusal_ends_so_that_the_next_may_follow_it() -> None:
    for code in terms.codes("refusal"):
        term = terms.texts("refusal", code)
        for name in ("zh", "next_zh", "en", "next_en"):
            assert term[name].endswith("。" if "zh" in name else "."), (code, name)


def test_every_clause_and_limit_of_every_ruleset_has_a_word() -> None:
    for ruleset in map(rulesets.get, rulesets.codes()):
        assert set(ruleset.direct_grounds) <= set(terms.codes("direct_ground"))
        assert set(ruleset.statutory_exceptions) <= set(terms.codes("statutory_exception"))
        assert set(ruleset.abandonment_excuses) <= set(terms.codes("abandonment_excuse"))
        assert {limit.code for limit in ruleset.limits} <= set(terms.codes("limit"))


def test_every_parameter_of_a_ruleset_and_its_unit_has_a_word_and_no_word_is_left_over() -> None:
    lines = rulesets.get("model-2026").lines

    assert {line.code for line in lines} == set(terms.codes("rule"))
    assert {line.unit for line in lines} == set(terms.codes("unit"))


def test_every_file_of_words_is_read() -> None:
    names = {each.name for each in files(terms).iterdir()}

    assert {"refusals.toml", "roles.toml", "rules.toml"} <= names
    assert set(terms.codes("role")) == {str(role) for role in Role}
