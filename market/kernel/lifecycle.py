"""
Lifecycles: which move an entity may make next, and who may make it.

One table of moves serves the service that decides, the buttons that are shown
and the diagram in the documentation. Nobody compares states anywhere else. The
first move of a table names the state an entity starts in.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from market.kernel.errors import MoveRefused, Reason
from market.kernel.roles import Role

S = TypeVar("S", bound=StrEnum)
A = TypeVar("A", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Move(Generic[S, A]):
    """One row of a lifecycle: in *before*, *action* by one of *by* leads to *after*."""

    before: S
    action: A
    after: S
    by: Role | Collection[Role]

    @property
    def roles(self) -> frozenset[Role]:
        """Name everyone who may make this move."""
        return frozenset((self.by,)) if isinstance(self.by, Role) else frozenset(self.by)


def moves_from(befores: Iterable[S], action: A, after: S, by: Role | Collection[Role]) -> Iterator[Move[S, A]]:
    """Spell one move out for each of several states, as in "from any state before decided"."""
    return (Move(before, action, after, by) for before in befores)


class Lifecycle(Generic[S, A]):
    """The table of moves of one kind of entity, which checks itself when it is made."""

    __slots__ = ("_index", "moves", "name")

    def __init__(self, name: str, moves: Iterable[Move[S, A]]) -> None:
        """Refuse a table in which one role's action would lead to two states, or that nobody could use."""
        self.name = name
        self.moves: tuple[Move[S, A], ...] = tuple(moves)
        if not self.moves:
            raise ValueError(f"lifecycle {name} has no moves")
        self._index: dict[tuple[S, A], dict[Role, S]] = {}
        for move in self.moves:
            if not move.roles:
                raise ValueError(f"lifecycle {name}: nobody may {move.action} from {move.before}")
            nexts = self._index.setdefault((move.before, move.action), {})
            for role in move.roles:
                if role in nexts:
                    raise ValueError(f"lifecycle {name}: {move.action} from {move.before} by {role} is stated twice")
                nexts[role] = move.after

    def decide(self, state: S, action: A, role: Role) -> S:
        """
        Return the state that follows, or refuse.

        The refusal's reason tells a move nobody could make now
        (``move_refused``) from one that is another role's (``move_not_yours``).
        """
        nexts = self._index.get((state, action), {})
        if role in nexts:
            return nexts[role]
        code = "move_not_yours" if nexts else "move_refused"
        params = {"thing": self.name, "state": str(state), "action": str(action), "role": str(role)}
        raise MoveRefused(reasons=(Reason(code, params=params),))

    def open_to(self, state: S, role: Role) -> tuple[A, ...]:
        """List the actions *role* may take in *state*, in the order of the table: its buttons."""
        found = (move.action for move in self.moves if move.before == state and role in move.roles)
        return tuple(dict.fromkeys(found))

    def states(self) -> tuple[S, ...]:
        """List every state of the table, the first one first."""
        return tuple(dict.fromkeys(state for move in self.moves for state in (move.before, move.after)))

    def start(self) -> S:
        """Name the state an entity begins in."""
        return self.moves[0].before

    def ends(self) -> tuple[S, ...]:
        """List the states nothing leaves."""
        left = {move.before for move in self.moves}
        return tuple(state for state in self.states() if state not in left)

    def mermaid(self) -> str:
        """Draw the table as a Mermaid state diagram, the same text every time."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.start()}"]
        for move in self.moves:
            who = ", ".join(role for role in Role if role in move.roles)
            lines.append(f"    {move.before} --> {move.after}: {move.action} ({who})")
        lines += [f"    {end} --> [*]" for end in self.ends()]
        return "\n".join(lines) + "\n"
