"""Rules of refusals: all reasons at once, each with a stable code and status."""

import pytest

from market.kernel import errors
from market.kernel.errors import Conflict, Invalid, Reason, Reasons, TooMany


def test_a_form_is_refused_once_with_everything_that_is_wrong() -> None:
    reasons = Reasons()
    reasons.add("field_required", field="name")
    reasons.add("field_too_long", field="note", most=200)

    with pytest.raises(Invalid) as refused:
        reasons.raise_if_any()

    assert refused.value.code == "form_invalid"
    assert refused.value.status == 422
    assert refused.value.reasons == (
        Reason("field_required", "name"),
        Reason("field_too_long", "note", {"most": 200}),
    )


def test_nothing_wrong_refuses_nothing() -> None:
    Reasons().raise_if_any()


def test_reasons_may_refuse_with_another_code_and_kind() -> None:
    reasons = Reasons()
    reasons.extend([Reason("bad_uscc").at("uscc")])

    with pytest.raises(Conflict) as refused:
        reasons.raise_if_any("admission_refused", Conflict)

    assert (refused.value.code, refused.value.status) == ("admission_refused", 409)
    assert [reason.field for reason in reasons] == ["uscc"]
    assert len(reasons) == 1


def test_a_refusal_without_reasons_is_its_own_reason() -> None:
    refusal = Invalid("not_a_date", field="closes_on", text="x")

    assert refusal.reasons == (Reason("not_a_date", "closes_on", {"text": "x"}),)
    assert str(refusal) == "not_a_date: closes_on=not_a_date(text=x)"


def test_asking_too_often_says_when_to_ask_again() -> None:
    refusal = TooMany(retry_after=30)

    assert refusal.retry_after == 30
    assert refusal.reasons[0].params == {"retry_after": 30}


def test_a_reason_cannot_be_changed_after_it_was_given() -> None:
    given = {"most": 200}
    reason = Reason("field_too_long", params=given)
    given["most"] = 1

    assert reason.params["most"] == 200
    with pytest.raises(TypeError):
        reason.params["most"] = 2  # type: ignore[index]
    assert reason in {reason}


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("Invalid", 422),
        ("MoveRefused", 409),
        ("Conflict", 409),
        ("NotReady", 409),
        ("NotFound", 404),
        ("Gone", 410),
        ("Forbidden", 403),
        ("NotSignedIn", 401),
    ],
)
def test_every_kind_keeps_its_status(kind: str, status: int) -> None:
    assert getattr(errors, kind)().status == status
