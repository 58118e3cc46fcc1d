"""How the API's description tells of refusals: RFC 9457 problem details, the same for every handler."""

from litestar.openapi.datastructures import ResponseSpec
from msgspec import Struct

KIND = "application/problem+json"
MEANINGS = {
    400: "not understood", 401: "not signed in", 403: "not allowed", 404: "not found", 409: "conflicts with what is",
    413: "too large", 422: "refused, with every reason", 429: "too often; see Retry-After", 503: "try again later",
}  # fmt: skip


class ProblemReason(Struct):
    """One thing that is wrong: its stable code, the field it concerns, the words, and what to do next."""

    code: str
    field: str | None
    detail: str
    next: str


class Problem(Struct):
    """A refusal: a stable code, and every reason in errors; instance is the number to give when asking."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    errors: list[ProblemReason]


def refusals(*statuses: int) -> dict[int, ResponseSpec]:
    """Describe the refusals of a handler."""
    return {
        status: ResponseSpec(Problem, description=MEANINGS[status], media_type=KIND, generate_examples=False)
        for status in statuses
    }
