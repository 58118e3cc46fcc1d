"""Every state, action and role of an agency, against a table written by hand."""

import itertools

import pytest

from market.agencies.states import AGENCY, AgencyAction, AgencyState
from market.kernel.errors import MoveRefused
from market.kernel.roles import Role

S, A = AgencyState, AgencyAction
ALLOWED = {
    (S.APPLYING, A.RETURN, Role.OPERATOR): S.RETURNED,
    (S.APPLYING, A.ADMIT, Role.OPERATOR): S.ADMITTED,
    (S.RETURNED, A.RESUBMIT, Role.AGENCY): S.APPLYING,
    (S.ADMITTED, A.SUSPEND, Role.SYSTEM): S.SUSPENDED,
    (S.ADMITTED, A.ELIMINATE, Role.SYSTEM): S.ELIMINATED,
    (S.LEFT, A.ELIMINATE, Role.SYSTEM): S.ELIMINATED,
    (S.APPLYING, A.ELIMINATE, Role.SYSTEM): S.ELIMINATED,
    (S.RETURNED, A.ELIMINATE, Role.SYSTEM): S.ELIMINATED,
    (S.ADMITTED, A.LEAVE, Role.AGENCY): S.LEFT,
    (S.ELIMINATED, A.REINSTATE, Role.SYSTEM): S.ADMITTED,
    (S.ELIMINATED, A.REINSTATE_LEFT, Role.SYSTEM): S.LEFT,
    (S.SUSPENDED, A.REINSTATE, Role.SYSTEM): S.ADMITTED,
    (S.SUSPENDED, A.RESUME, Role.SYSTEM): S.ADMITTED,
    (S.SUSPENDED, A.ELIMINATE, Role.SYSTEM): S.ELIMINATED,
    (S.SUSPENDED, A.LEAVE, Role.AGENCY): S.LEFT,
    (S.ELIMINATED, A.APPLY_AGAIN, Role.AGENCY): S.APPLYING,
    (S.LEFT, A.APPLY_AGAIN, Role.AGENCY): S.APPLYING,
}


@pytest.mark.parametrize(("state", "action", "role"), list(itertools.product(S, A, Role)))
def test_an_agency_moves_only_as_the_table_says(state: AgencyState, action: AgencyAction, role: Role) -> None:
    expected = ALLOWED.get((state, action, role))

    if expected is None:
        with pytest.raises(MoveRefused):
            AGENCY.decide(state, action, role)
    else:
        assert AGENCY.decide(state, action, role) is expected


def test_no_state_shuts_an_agency_out_for_ever() -> None:
    assert AGENCY.ends() == ()
