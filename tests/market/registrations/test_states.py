"""Every state, action and role of a registration against a table written by hand."""

import pytest

from market.kernel.errors import MoveRefused
from market.kernel.roles import Role
from market.registrations.rules import bucket
from market.registrations.states import REGISTRATION, RegistrationAction, RegistrationState

S, A = RegistrationState, RegistrationAction
ALLOWED = {
    (S.REGISTERED, A.WITHDRAW, Role.AGENCY): S.WITHDRAWN,
    (S.REGISTERED, A.SELECT, Role.SYSTEM): S.SELECTED,
    (S.REGISTERED, A.RESERVE, Role.SYSTEM): S.RESERVE,
    (S.REGISTERED, A.PASS_OVER, Role.SYSTEM): S.NOT_SELECTED,
    (S.RESERVE, A.SELECT, Role.SYSTEM): S.SELECTED,
    (S.SELECTED, A.CONFIRM, Role.SYSTEM): S.CONFIRMED,
    (S.SELECTED, A.DECLINE, Role.AGENCY): S.DECLINED,
    (S.SELECTED, A.SKIP, Role.SYSTEM): S.SKIPPED,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize("role", Role)
def test_a_registration_moves_only_as_the_table_says(
    state: RegistrationState, action: RegistrationAction, role: Role
) -> None:
    wanted = ALLOWED.get((state, action, role))

    if wanted is None:
        with pytest.raises(MoveRefused):
            REGISTRATION.decide(state, action, role)
    else:
        assert REGISTRATION.decide(state, action, role) is wanted


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0"), (1, "1–2"), (2, "1–2"), (3, "3–5"), (5, "3–5"), (6, "6–10"), (10, "6–10"), (11, ">10"), (500, ">10")],
)
def test_before_the_freeze_the_count_is_told_in_steps_only(count: int, shown: str) -> None:
    assert bucket(count) == shown
