"""Rules of lifecycles: who may move what, and what a table of moves may not say."""

from enum import StrEnum
from itertools import product

import pytest

from market.kernel.errors import MoveRefused
from market.kernel.lifecycle import Lifecycle, Move, moves_from
from market.kernel.roles import Role


class Door(StrEnum):
    SHUT = "shut"
    OPEN = "open"
    GONE = "gone"


class Act(StrEnum):
    PUSH = "push"
    PULL = "pull"
    BURN = "burn"


DOOR = Lifecycle(
    "door",
    [
        Move(Door.SHUT, Act.PUSH, Door.OPEN, {Role.OWNER, Role.AGENCY}),
        Move(Door.OPEN, Act.PULL, Door.SHUT, Role.OWNER),
        *moves_from((Door.SHUT, Door.OPEN), Act.BURN, Door.GONE, Role.REGULATOR),
    ],
)

ALLOWED = {
    (Door.SHUT, Act.PUSH, Role.OWNER): Door.OPEN,
    (Door.SHUT, Act.PUSH, Role.AGENCY): Door.OPEN,
    (Door.OPEN, Act.PULL, Role.OWNER): Door.SHUT,
    (Door.SHUT, Act.BURN, Role.REGULATOR): Door.GONE,
    (Door.OPEN, Act.BURN, Role.REGULATOR): Door.GONE,
}


def test_exactly_the_moves_of_the_table_are_allowed() -> None:
    for key in product(Door, Act, Role):
        if key in ALLOWED:
            assert DOOR.decide(*key) is ALLOWED[key]
        else:
            with pytest.raises(MoveRefused):
                DOOR.decide(*key)


def test_a_refusal_tells_an_impossible_move_from_one_that_is_anothers() -> None:
    with pytest.raises(MoveRefused) as impossible:
        DOOR.decide(Door.GONE, Act.PUSH, Role.OWNER)
    with pytest.raises(MoveRefused) as anothers:
        DOOR.decide(Door.OPEN, Act.PULL, Role.AGENCY)

    assert [reason.code for reason in impossible.value.reasons] == ["move_refused"]
    assert [reason.code for reason in anothers.value.reasons] == ["move_not_yours"]
    assert anothers.value.reasons[0].params["thing"] == "door"


def test_the_buttons_are_the_moves_that_would_be_allowed() -> None:
    for state, role in product(Door, Role):
        assert set(DOOR.open_to(state, role)) == {act for act in Act if (state, act, role) in ALLOWED}


def test_one_role_cannot_be_led_to_two_states_by_one_action() -> None:
    with pytest.raises(ValueError, match="stated twice"):
        Lifecycle(
            "door",
            [
                Move(Door.SHUT, Act.PUSH, Door.OPEN, (Role.OWNER, Role.AGENCY)),
                Move(Door.SHUT, Act.PUSH, Door.GONE, Role.AGENCY),
            ],
        )


def test_two_roles_may_be_led_to_different_states_by_one_action() -> None:
    door = Lifecycle(
        "door",
        [Move(Door.SHUT, Act.PUSH, Door.OPEN, Role.OWNER), Move(Door.SHUT, Act.PUSH, Door.GONE, Role.SYSTEM)],
    )

    assert door.decide(Door.SHUT, Act.PUSH, Role.SYSTEM) is Door.GONE


def test_a_table_without_moves_or_with_a_move_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="no moves"):
        Lifecycle[Door, Act]("door", [])
    with pytest.raises(ValueError, match="nobody may"):
        Lifecycle("door", [Move(Door.SHUT, Act.PUSH, Door.OPEN, ())])


def test_the_table_knows_its_states_its_start_and_its_ends() -> None:
    assert DOOR.states() == (Door.SHUT, Door.OPEN, Door.GONE)
    assert DOOR.start() is Door.SHUT
    assert DOOR.ends() == (Door.GONE,)


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert DOOR.mermaid() == (
        "stateDiagram-v2\n"
        "    [*] --> shut\n"
        "    shut --> open: push (owner, agency)\n"
        "    open --> shut: pull (owner)\n"
        "    shut --> gone: burn (regulator)\n"
        "    open --> gone: burn (regulator)\n"
        "    gone --> [*]\n"
    )
