"""
Refusals: what the rules forbid, told with every reason at once.

A refusal is an answer, not a fault: it carries a stable code, the HTTP status
it is shown with, and reasons whose words are in ``kernel/terms``. Anything that
is not a refusal is a bug and is left to crash. Never put the words themselves
here: a reader's language is known only where the page is made.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

Param = str | int


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong: a code, the form field it concerns, and the values its words need."""

    code: str
    field: str | None = None
    params: Mapping[str, Param] = dataclasses.field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        """Copy the parameters into a mapping nobody can change."""
        object.__setattr__(self, "params", MappingProxyType(dict(self.params)))

    def at(self, form_field: str) -> "Reason":
        """Return the same reason, said of one field of a form."""
        return dataclasses.replace(self, field=form_field)


class Refusal(Exception):
    """Say that the rules forbid what was asked; raise one of the kinds below."""

    status: ClassVar[int] = 409
    usual_code: ClassVar[str] = "conflict"

    def __init__(
        self,
        code: str | None = None,
        *,
        reasons: Iterable[Reason] = (),
        field: str | None = None,
        **params: Param,
    ) -> None:
        """Take the reasons given, or make the code itself the only reason, with its field and parameters."""
        self.code = code or self.usual_code
        self.reasons: tuple[Reason, ...] = tuple(reasons) or (Reason(self.code, field, params),)
        super().__init__(self.code)

    def __str__(self) -> str:
        """Spell the codes out for a log line; people read the words of ``kernel/terms``."""
        return f"{self.code}: " + "; ".join(_spelt(reason) for reason in self.reasons)


class Invalid(Refusal):
    """What was sent cannot be understood or is not allowed to be said."""

    status = 422
    usual_code = "form_invalid"


class MoveRefused(Refusal):
    """The entity's lifecycle has no such move now, or it is another's to make."""

    status = 409
    usual_code = "move_refused"


class Conflict(Refusal):
    """Someone else was first, or the same thing exists already."""

    status = 409
    usual_code = "conflict"


class NotReady(Refusal):
    """What was asked for does not exist yet, and will."""

    status = 409
    usual_code = "not_ready"


class NotFound(Refusal):
    """There is no such thing, or not for this reader."""

    status = 404
    usual_code = "not_found"


class Gone(Refusal):
    """What was asked for existed once and was taken away by rule."""

    status = 410
    usual_code = "gone"


class Forbidden(Refusal):
    """The reader is known, and may not."""

    status = 403
    usual_code = "forbidden"


class NotSignedIn(Refusal):
    """Nobody is signed in, and this needs someone."""

    status = 401
    usual_code = "not_signed_in"


class TooMany(Refusal):
    """The same was asked too often; *retry_after* says in how many seconds it may be asked again."""

    status = 429
    usual_code = "too_many"

    def __init__(self, code: str | None = None, *, retry_after: int, **params: Param) -> None:
        """Keep the wait for the header and for the words."""
        super().__init__(code, reasons=(), field=None, retry_after=retry_after, **params)
        self.retry_after = retry_after


class Reasons:
    """A collector of reasons, so that a form is refused once, with all that is wrong with it."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        """Begin with nothing wrong."""
        self._found: list[Reason] = []

    def add(self, code: str, field: str | None = None, **params: Param) -> None:
        """Note one thing that is wrong."""
        self._found.append(Reason(code, field, params))

    def extend(self, reasons: Iterable[Reason]) -> None:
        """Note what a rule found wrong."""
        self._found.extend(reasons)

    def raise_if_any(self, code: str | None = None, kind: type[Refusal] = Invalid) -> None:
        """Refuse with everything noted so far; do nothing if that is nothing."""
        if self._found:
            raise kind(code, reasons=self._found)

    def __iter__(self) -> Iterator[Reason]:
        """Give the reasons in the order they were noted."""
        return iter(tuple(self._found))

    def __len__(self) -> int:
        """Count the reasons."""
        return len(self._found)


def _spelt(reason: Reason) -> str:
    where = f"{reason.field}=" if reason.field else ""
    params = ", ".join(f"{name}={value}" for name, value in reason.params.items())
    return f"{where}{reason.code}({params})"
