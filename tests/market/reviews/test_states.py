"""Every state, action and role of a review against a table written by hand."""

import pytest

from market.kernel.errors import MoveRefused
from market.kernel.roles import Role
from market.reviews.states import REVIEW, ReviewAction, ReviewState

S, A = ReviewState, ReviewAction
ALLOWED = {
    (S.OPEN, A.SUBMIT, Role.OWNER): S.SUBMITTED,
    (S.OPEN, A.SUBMIT, Role.AGENCY): S.SUBMITTED,
    (S.OPEN, A.PASS, Role.SYSTEM): S.NEUTRAL,
    (S.SUBMITTED, A.REVEAL, Role.SYSTEM): S.REVEALED,
    (S.REVEALED, A.ANNUL, Role.REGULATOR): S.ANNULLED,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize("role", Role)
def test_a_review_moves_only_as_the_table_says(state: ReviewState, action: ReviewAction, role: Role) -> None:
    wanted = ALLOWED.get((state, action, role))

    if wanted is None:
        with pytest.raises(MoveRefused):
            REVIEW.decide(state, action, role)
    else:
        assert REVIEW.decide(state, action, role) is wanted
