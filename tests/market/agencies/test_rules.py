"""Who may enter and act, as pure rules."""

from datetime import date

import pytest

from market.agencies.forms import parse_claim, parse_findings, parse_party
from market.agencies.rules import (
    Application,
    Finding,
    Held,
    PartyKind,
    ReturnReason,
    Standing,
    bars_submission,
    item_standing,
    masked,
)
from market.agencies.states import AgencyState
from market.kernel.errors import Invalid
from market.respond import Typed
from tests.build_agencies import A_CONTROLLER, AN_IDENTITY, NOW, a_letter, at

GOOD = Held("eia_filing", date(2026, 11, 25), verified=True, revoked=False)


def typed(**fields: str | tuple[str, ...]) -> Typed:
    return Typed({name: (text,) if isinstance(text, str) else text for name, text in fields.items()})


def reasons_for(*held: Held) -> list[str]:
    agency = Standing(AgencyState.ADMITTED, None, held)
    return [reason.code for reason in item_standing(agency, ["eia_filing"], NOW)]


def test_no_reason_of_a_return_speaks_of_place_size_or_number() -> None:
    forbidden = ("local", "division", "branch", "capital", "quota", "number_of")

    assert not [reason for reason in ReturnReason if any(word in reason for word in forbidden)]


def test_the_best_certificate_of_a_qualification_counts() -> None:
    lapsed = Held("eia_filing", date(2026, 11, 24), verified=True, revoked=False)
    unverified = Held("eia_filing", date(2030, 1, 1), verified=False, revoked=False)
    revoked = Held("eia_filing", date(2030, 1, 1), verified=True, revoked=True)

    assert reasons_for(GOOD) == []
    assert reasons_for(lapsed, GOOD, revoked, unverified) == []
    assert reasons_for(lapsed, unverified) == ["qualification_unverified"]
    assert reasons_for(lapsed, revoked) == ["qualification_lapsed"]
    assert reasons_for(revoked) == ["qualification_revoked"]
    assert reasons_for() == ["qualification_missing"]


@pytest.mark.parametrize("state", [state for state in AgencyState if state not in ("admitted", "suspended")])
def test_only_agencies_in_the_market_are_in_good_standing(state: AgencyState) -> None:
    found = item_standing(Standing(state, None, (GOOD,)), ["eia_filing"], NOW)

    assert [reason.code for reason in found] == ["agency_not_admitted"]


@pytest.mark.parametrize(
    ("now", "open_again"),
    [("2026-12-31 23:59:59", False), ("2027-01-01 00:00:00", True), ("2027-01-01 00:00:01", True)],
)
def test_re_entry_opens_at_midnight_of_the_day_announced(now: str, open_again: bool) -> None:
    application = Application("91990000MA0000001", AN_IDENTITY, (), (A_CONTROLLER,), False, date(2027, 1, 1))

    found = {reason.code for reason in bars_submission(application, a_letter(), at(now))}

    assert ("reentry_not_open" in found) is not open_again


def test_a_wrong_check_digit_is_among_the_reasons() -> None:
    application = Application("91990000MA00000010", AN_IDENTITY, (), (A_CONTROLLER,), False, None)

    found = [reason.code for reason in bars_submission(application, a_letter(), NOW)]

    assert any(code.startswith("bad_uscc") for code in found)


def test_a_return_needs_a_reason_of_the_list_and_may_have_several() -> None:
    found = parse_findings(
        typed(reasons=("identity_mismatch", "parties_incomplete"), detail_identity_mismatch="少一个字")
    )

    assert found == (
        Finding(ReturnReason.IDENTITY_MISMATCH, "少一个字"),
        Finding(ReturnReason.PARTIES_INCOMPLETE, ""),
    )
    with pytest.raises(Invalid, match="field_required"):
        parse_findings(typed())
    with pytest.raises(Invalid, match="not_a_choice"):
        parse_findings(typed(reasons=("not_local",)))


def test_a_controller_states_its_share() -> None:
    with pytest.raises(Invalid, match="share_percent=field_required"):
        parse_party(typed(kind="controller", party_name="示例控股人"))
    party = parse_party(typed(kind="authority_affiliated", party_name="示例局"))
    assert (party.kind, party.share_percent) == (PartyKind.AUTHORITY_AFFILIATED, None)


def test_a_qualification_is_one_that_some_item_asks_for() -> None:
    with pytest.raises(Invalid, match="code=not_a_choice"):
        parse_claim(
            typed(code="x", number="1", issued_by="局", issued_on="2024-01-01", valid_until="2029年12月31日"), ["cma"]
        )


@pytest.mark.parametrize(("plain", "hidden"), [("0516-00000001", "051********01"), ("12345", "*****"), ("", "****")])
def test_personal_numbers_are_masked(plain: str, hidden: str) -> None:
    assert masked(plain) == hidden
