"""Every state, action and role of a case against a table written by hand."""

import pytest

from market.credit.states import CASE, CaseAction, CaseState
from market.kernel.errors import MoveRefused
from market.kernel.roles import Role

S, A, R = CaseState, CaseAction, Role
ALLOWED = {
    (S.OPENED, A.NOTIFY, R.SYSTEM): S.NOTICED,
    (S.NOTICED, A.POST, R.REGULATOR): S.NOTICED,
    (S.NOTICED, A.BOUNCE, R.REGULATOR): S.NOTICED,
    (S.NOTICED, A.ACKNOWLEDGE, R.AGENCY): S.SERVED,
    (S.NOTICED, A.SERVE, R.SYSTEM): S.SERVED,
    (S.SERVED, A.STATE, R.AGENCY): S.SERVED,
    (S.SERVED, A.ASK_HEARING, R.AGENCY): S.SERVED,
    (S.SERVED, A.CLOSE_STATEMENTS, R.SYSTEM): S.DECIDING,
    (S.DECIDING, A.HOLD_HEARING, R.REGULATOR): S.DECIDING,
    (S.ESCALATED, A.HOLD_HEARING, R.REGULATOR): S.ESCALATED,
    (S.DECIDING, A.DRAFT, R.REGULATOR): S.DECIDING,
    (S.ESCALATED, A.DRAFT, R.REGULATOR): S.ESCALATED,
    (S.DECIDING, A.SIGN, R.REGULATOR): S.SIGNED,
    (S.ESCALATED, A.SIGN, R.REGULATOR): S.SIGNED,
    (S.DECIDING, A.ESCALATE, R.SYSTEM): S.ESCALATED,
    (S.DECIDING, A.SILENCE, R.SYSTEM): S.SIGNED,
    (S.SIGNED, A.EXECUTE, R.SYSTEM): S.IN_FORCE,
    (S.IN_FORCE, A.END, R.SYSTEM): S.ENDED,
    (S.SIGNED, A.APPEAL, R.AGENCY): S.SIGNED,
    (S.IN_FORCE, A.APPEAL, R.AGENCY): S.IN_FORCE,
    (S.ENDED, A.APPEAL, R.AGENCY): S.ENDED,
    (S.SIGNED, A.REVERSE, R.REGULATOR): S.REVERSED,
    (S.IN_FORCE, A.REVERSE, R.REGULATOR): S.REVERSED,
    (S.ENDED, A.REVERSE, R.REGULATOR): S.REVERSED,
    (S.IN_FORCE, A.ASK_REPAIR, R.AGENCY): S.IN_FORCE,
    (S.IN_FORCE, A.REPAIR, R.REGULATOR): S.REPAIRED,
    (S.OPENED, A.DISMISS, R.REGULATOR): S.DISMISSED,
    (S.NOTICED, A.DISMISS, R.REGULATOR): S.DISMISSED,
    (S.SERVED, A.DISMISS, R.REGULATOR): S.DISMISSED,
    (S.DECIDING, A.DISMISS, R.REGULATOR): S.DISMISSED,
    (S.ESCALATED, A.DISMISS, R.REGULATOR): S.DISMISSED,
}


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("role", R)
def test_a_case_moves_only_as_the_table_says(state: CaseState, role: Role) -> None:
    for action in A:
        wanted = ALLOWED.get((state, action, role))
        if wanted is None:
            with pytest.raises(MoveRefused):
                CASE.decide(state, action, role)
        else:
            assert CASE.decide(state, action, role) is wanted


def test_nothing_but_a_signature_leads_to_an_execution() -> None:
    before = {move.before for move in CASE.moves if move.after is S.IN_FORCE and move.before is not S.IN_FORCE}
    signing = {
        (move.action, *move.roles) for move in CASE.moves if move.after is S.SIGNED and move.before is not S.SIGNED
    }

    assert before == {S.SIGNED}
    assert signing == {(A.SIGN, R.REGULATOR), (A.SILENCE, R.SYSTEM)}
