"""Every state, action and role of a guide, against a table written by hand."""

import itertools

import pytest

from market.guides.states import GUIDE, GuideAction, GuideState
from market.kernel.errors import MoveRefused
from market.kernel.roles import Role

S, A = GuideState, GuideAction
ALLOWED = {
    (S.DRAFT, A.PUBLISH, Role.AGENCY): S.PUBLISHED,
    (S.PUBLISHED, A.SUPERSEDE, Role.SYSTEM): S.SUPERSEDED,
    (S.PUBLISHED, A.WITHDRAW, Role.AGENCY): S.WITHDRAWN,
}


@pytest.mark.parametrize(("state", "action", "role"), list(itertools.product(S, A, Role)))
def test_a_guide_moves_only_as_the_table_says(state: GuideState, action: GuideAction, role: Role) -> None:
    expected = ALLOWED.get((state, action, role))

    if expected is None:
        with pytest.raises(MoveRefused):
            GUIDE.decide(state, action, role)
    else:
        assert GUIDE.decide(state, action, role) is expected
