"""
What every handler knows of the request before it does anything.

``now`` is the database's clock, read first thing on a connection kept for
that, so that waiting for a free connection costs nobody a deadline
(以平台收到时间为准); only pages that change nothing use an estimate of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

from litestar import Request
from litestar.di import NamedDependency

from market.kernel.roles import Actor


@dataclass(frozen=True, slots=True)
class Prefs:
    """How a reader wants the pages: kept in a cookie, no account needed."""

    text: Literal["normal", "large"] = "normal"
    contrast: Literal["normal", "high"] = "normal"


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One request: when it arrived, who makes it, and how to answer it."""

    now: datetime
    actor: Actor
    csrf: str
    lang: Literal["zh", "en"]
    path: str
    reference: str
    prefs: Prefs
    query: str = ""
    organisation: str = ""
    password_given: bool = False
    tasks: Mapping[str, int] = field(default_factory=dict)


# What handlers and pages write: the mark tells Litestar to fill it in, and is nothing to everybody else.
Visit: TypeAlias = NamedDependency[VisitFacts]


def visit_of(request: Request[Any, Any, Any]) -> Visit:
    """Return the visit that the gate put into the request's scope."""
    found: Visit = request.scope["state"]["visit"]
    return found
