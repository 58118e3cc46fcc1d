"""Every state, action and role of an item, against a table written by hand."""

import itertools

import pytest

from market.catalogue.states import ITEM, ItemAction, ItemState
from market.kernel.errors import MoveRefused
from market.kernel.roles import Role

S, A = ItemState, ItemAction
ALLOWED = {
    (S.PROPOSED, A.LIST, Role.REGULATOR): S.LISTED,
    (S.PROPOSED, A.MAKE_MANDATORY, Role.REGULATOR): S.MANDATORY,
    (S.PROPOSED, A.MAKE_GOVERNMENT_PAID, Role.REGULATOR): S.GOVERNMENT_PAID,
    (S.PROPOSED, A.ABOLISH, Role.REGULATOR): S.ABOLISHED,
    (S.LISTED, A.ABOLISH, Role.REGULATOR): S.ABOLISHED,
    (S.MANDATORY, A.ABOLISH, Role.REGULATOR): S.ABOLISHED,
    (S.GOVERNMENT_PAID, A.ABOLISH, Role.REGULATOR): S.ABOLISHED,
}


@pytest.mark.parametrize(("state", "action", "role"), list(itertools.product(S, A, Role)))
def test_an_item_moves_only_as_the_table_says(state: ItemState, action: ItemAction, role: Role) -> None:
    expected = ALLOWED.get((state, action, role))

    if expected is None:
        with pytest.raises(MoveRefused):
            ITEM.decide(state, action, role)
    else:
        assert ITEM.decide(state, action, role) is expected


def test_nothing_leaves_abolition() -> None:
    assert ITEM.ends() == (S.ABOLISHED,)
