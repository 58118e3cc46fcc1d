"""Every state, action and role of a contract against a table written by hand."""

import pytest

from market.contracts.states import CONTRACT, ContractAction, ContractState
from market.kernel.errors import MoveRefused
from market.kernel.roles import Role

S, A = ContractState, ContractAction
OWNER, AGENCY, CLOCK = Role.OWNER, Role.AGENCY, Role.SYSTEM
ALLOWED = {
    (S.DUE, A.SIGN, OWNER): S.SIGNED,
    (S.DUE, A.SIGN, AGENCY): S.SIGNED,
    (S.DUE, A.EXCUSE, AGENCY): S.DUE,
    (S.DUE, A.LAPSE, OWNER): S.LAPSED,
    (S.DUE, A.LAPSE, AGENCY): S.LAPSED,
    (S.DUE, A.LAPSE, CLOCK): S.LAPSED,
    (S.SIGNED, A.FILE, OWNER): S.FILED,
    (S.FILED, A.BEGIN, AGENCY): S.PERFORMING,
    (S.PERFORMING, A.DELIVER, AGENCY): S.DELIVERED,
    (S.DELIVERED, A.ACCEPT, OWNER): S.ACCEPTED,
    (S.DELIVERED, A.RETURN, OWNER): S.RETURNED,
    (S.DELIVERED, A.KEEP_SILENT, CLOCK): S.ACCEPTED_BY_SILENCE,
    (S.RETURNED, A.RESUME, AGENCY): S.PERFORMING,
    (S.SIGNED, A.CHANGE, OWNER): S.SIGNED,
    (S.SIGNED, A.CHANGE, AGENCY): S.SIGNED,
    (S.FILED, A.CHANGE, OWNER): S.FILED,
    (S.FILED, A.CHANGE, AGENCY): S.FILED,
    (S.PERFORMING, A.CHANGE, OWNER): S.PERFORMING,
    (S.PERFORMING, A.CHANGE, AGENCY): S.PERFORMING,
    (S.RETURNED, A.CHANGE, OWNER): S.RETURNED,
    (S.RETURNED, A.CHANGE, AGENCY): S.RETURNED,
    (S.ACCEPTED, A.CLOSE, OWNER): S.CLOSED,
    (S.ACCEPTED_BY_SILENCE, A.CLOSE, OWNER): S.CLOSED,
    (S.SIGNED, A.TERMINATE, OWNER): S.TERMINATED,
    (S.SIGNED, A.TERMINATE, AGENCY): S.TERMINATED,
    (S.FILED, A.TERMINATE, OWNER): S.TERMINATED,
    (S.FILED, A.TERMINATE, AGENCY): S.TERMINATED,
    (S.PERFORMING, A.TERMINATE, OWNER): S.TERMINATED,
    (S.PERFORMING, A.TERMINATE, AGENCY): S.TERMINATED,
    (S.RETURNED, A.TERMINATE, OWNER): S.TERMINATED,
    (S.RETURNED, A.TERMINATE, AGENCY): S.TERMINATED,
    (S.DELIVERED, A.TERMINATE, OWNER): S.TERMINATED,
    (S.DELIVERED, A.TERMINATE, AGENCY): S.TERMINATED,
    (S.TERMINATED, A.ANSWER, OWNER): S.TERMINATED,
    (S.TERMINATED, A.ANSWER, AGENCY): S.TERMINATED,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("action", A)
@pytest.mark.parametrize("role", Role)
def test_a_contract_moves_only_as_the_table_says(state: ContractState, action: ContractAction, role: Role) -> None:
    wanted = ALLOWED.get((state, action, role))

    if wanted is None:
        with pytest.raises(MoveRefused):
            CONTRACT.decide(state, action, role)
    else:
        assert CONTRACT.decide(state, action, role) is wanted


def test_nothing_leaves_a_contract_that_is_closed_or_was_never_signed() -> None:
    assert set(CONTRACT.ends()) == {S.CLOSED, S.LAPSED}
