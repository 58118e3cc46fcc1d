"""Rules of scope: what a regulator may see, and who else sees what supervision sees."""

import pytest

from market.kernel import divisions
from market.kernel.roles import PUBLIC, SYSTEM, Actor, Role, Scope

SURVEYS_IN_THE_EAST = Actor(
    Role.REGULATOR,
    "示例",
    scopes=(Scope("990102", "survey"), Scope("990103", "audit")),
)


def test_a_regulator_sees_its_trades_in_its_districts_and_not_the_cross_product() -> None:
    assert SURVEYS_IN_THE_EAST.may_see("990102", "survey")
    assert SURVEYS_IN_THE_EAST.may_see("990103", "audit")
    assert not SURVEYS_IN_THE_EAST.may_see("990102", "audit")
    assert not SURVEYS_IN_THE_EAST.may_see("990103", "survey")


def test_a_district_regulator_does_not_see_the_whole_city() -> None:
    assert not SURVEYS_IN_THE_EAST.may_see("990100", "survey")


def test_a_city_regulator_sees_every_district_of_the_city_and_no_other_city() -> None:
    city = Actor(Role.REGULATOR, "示例", scopes=(Scope("990100"),))

    assert city.may_see("990108", "audit")
    assert city.may_see("990100")
    assert not city.may_see("990201", "audit")


def test_a_matter_of_no_trade_needs_a_scope_of_every_trade() -> None:
    assert not SURVEYS_IN_THE_EAST.may_see("990102")


@pytest.mark.parametrize("role", [Role.PUBLIC, Role.OWNER, Role.AGENCY, Role.AUTHORITY, Role.OPERATOR])
def test_a_scope_is_worth_nothing_outside_the_regulators_role(role: Role) -> None:
    assert not Actor(role, "x", scopes=(Scope("990000"),)).may_see("990102", "survey")


def test_the_auditor_and_the_clock_see_everything_and_the_public_nothing() -> None:
    assert Actor(Role.AUDITOR, "x").may_see("990102", "survey")
    assert SYSTEM.may_see("990102", "survey")
    assert not PUBLIC.may_see("990102", "survey")


@pytest.mark.parametrize(
    ("code", "scope", "inside"),
    [
        ("990102", "990000", True),
        ("990102", "990100", True),
        ("990102", "990102", True),
        ("990102", "990103", False),
        ("990100", "990102", False),
        ("980102", "990000", False),
        ("991002", "990100", False),
    ],
)
def test_a_division_is_within_itself_and_what_is_above_it(code: str, scope: str, inside: bool) -> None:
    assert divisions.within(code, scope) is inside


@pytest.mark.parametrize("code", ["", "99", "9901020", "99010x", "９９０１０２", "000000"])
def test_what_is_not_a_code_is_refused_rather_than_compared(code: str) -> None:
    with pytest.raises(ValueError, match="division code"):
        divisions.within(code, "990000")


def test_the_sample_city_has_districts_and_every_one_lies_in_it() -> None:
    inside = [code for code in divisions.SAMPLE if divisions.within(code, divisions.SAMPLE_CITY)]

    assert len(inside) == 10
    assert divisions.SAMPLE[divisions.SAMPLE_CITY].zh == "云湖市"
    assert divisions.parent("990102") == "990100"
    assert divisions.parent("990100") == "990000"
    assert divisions.parent("990000") is None


def test_a_table_with_a_code_twice_or_without_its_province_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        divisions.load(["code,zh,en", "980000,甲,A", "980000,乙,B"])
    with pytest.raises(ValueError, match="no province"):
        divisions.load(["code,zh,en", "980101,甲,A"])


def test_a_municipalitys_district_needs_no_city_above_it() -> None:
    assert set(divisions.load(["code,zh,en", "980000,甲,A", "980101,乙,B"])) == {"980000", "980101"}
