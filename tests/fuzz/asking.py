"""
Requests of eight kinds for any route, made from what the route says of itself.

A form route gets a form with every field any form of the market has; it ignores what it does not know. An API route
gets a body made from the struct it declares, because unknown fields are refused there.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Union, get_args, get_origin
from urllib.parse import urlencode

import msgspec
from litestar.handlers import HTTPRouteHandler

from market.kernel.roles import Role
from market.kernel.uscc import with_check_digit
from tests.flows.people import CLAIM, CONTACT, GUIDE, IDENTITY, LETTER, NEEDS, PROJECT

# The ways that may succeed come last, so that the others still find a market to act in.
KINDS = ("expired session", "one megabyte", "wrong type", "invalid UTF-8", "NUL", "twice", "foreign id", "empty")
FOREIGN = frozenset({"code", "guide_id", "row", "number", "key"})
MEGABYTE = 1024 * 1024
LONGEST_LINE = 60_000  # of a GET: servers before us refuse longer ones
FORM = "application/x-www-form-urlencoded"
FIELDS: Mapping[str, str] = {
    **CLAIM, **CONTACT, **GUIDE, **IDENTITY, **LETTER, **PROJECT, **NEEDS, "code": "COST_A", "number": "EIA-1",
    "kind": "controller",
    "party_name": "示例控股人", "share_percent": "60", "accepted": "yes", "confirmed": "yes", "declared": "yes",
    "step_1_title": "编制报告", "step_1_days": "15", "most": "8.6", "amount": "8.6", "share_fiscal_funds": "100",
    "ceiling": "9", "time_limit_days": "30", "closes_at": "2030-01-02 10:00", "reason": "示例理由",
    "practitioner_name": "示例人", "certificate": "示例证书", "certificate_number": "A-1",
    "reasons": "identity_mismatch", "action": "list", "item": "ZJ-001", "project": "1", "name_en": "Sample",
    "trade": "construction", "family": "cost", "approval": "示例审批", "authority_trade": "construction",
    "fee_basis": "fixed", "ceiling_days": "30", "login": "fuzz@market.example", "password": "a long enough password",
    "role": "agency", "organisation": "示例单位", "uscc": with_check_digit("91990000MA0000099"),
    "phone": "0516-00000001", "words": "示例说明", "breach": "general", "measure": "suspend_all", "months": "1",
    "entry_kind": "general", "found": "示例事实", "clause": "示例规则第七条", "proportionality": "示例说明",
    "remedies": "可以申诉", "held_at": "2026-01-02 10:00", "agrees": "yes", "finding": "confirm", "act": "keep",
    "ground": "forced_service", "proposed": "suspend_all", "answer": "voluntary",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address, and the role to ask it as."""

    method: str
    path: str
    handler: HTTPRouteHandler
    role: Role | None

    def is_asked(self, kind: str) -> bool:
        """Tell whether a kind of request means anything here: only a path that names something can name another's."""
        names = set(re.findall(r"\{(\w+):", self.path))
        return bool(names & FOREIGN) if kind == "foreign id" else self.role is not None or kind != "expired session"

    @property
    def is_api(self) -> bool:
        """Tell whether programs use it."""
        return self.path.startswith("/api/")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent."""

    url: str
    body: bytes | None
    content_type: str


def ask(route: Route, kind: str, ids: Mapping[str, str], csrf: str) -> Asked:
    """Make a request of a kind; GETs carry their oddity in the query."""
    if route.method == "GET":
        return Asked(address(route, ids, kind) + _query(kind), None, "")
    if route.is_api:
        return Asked(address(route, ids, kind), _json(route, kind), "application/json")
    if kind == "wrong type":
        return Asked(address(route, ids, kind), b'{"name": 1}', "application/json")
    # What a guide is for is said in the address of its form.
    item = "?item=ZJ-001" if route.path == "/agency/guides/new" else ""
    return Asked(address(route, ids, kind) + item, _form(kind, csrf), FORM)


def address(route: Route, ids: Mapping[str, str], kind: str) -> str:
    """Fill in the parameters of a path."""

    def fill(found: "re.Match[str]") -> str:
        name = found[1]
        if kind == "wrong type":
            return "x" * 40
        if name == "code":
            name = _code_of(route)
        if name in ("number", "key", "abandonment"):
            name = _supervised(route, name)
        return ids[name]

    return re.sub(r"\{(\w+):\w+\}", fill, route.path)


def _supervised(route: Route, name: str) -> str:
    """Say what ``number``, ``key`` or ``abandonment`` names on a route."""
    last = route.path.rpartition("/")[2]
    if name == "abandonment":
        return f"abandonment:{last if last in ('contest', 'decide', 'annul') else 'contest'}"
    if name == "key":
        kinds = {"questions": "question", "leads": "lead:dismiss" if last == "dismiss" else "lead:case"}
        return next((kind for word, kind in kinds.items() if f"/{word}/" in route.path), "signal")
    if "/cases/" in route.path:
        return f"case:{'state' if last.startswith('{') else last}"
    words = {"/contracts/": "contract", "/decisions/": "decision", "/exits/": "decision", "/measures/": "decision"}
    return next((kind for word, kind in words.items() if word in route.path), name)


def _code_of(route: Route) -> str:
    """Say what ``code`` names on a route: an indicator, an item, a receipt, a draft or a published notice."""
    if "/indicators/" in route.path:
        return "indicator"
    if "/items/" in route.path or route.path.startswith("/services/"):
        return "item_code"
    if "/receipts/" in route.path:
        return "receipt"
    drafts = route.path.startswith("/owner/") or (route.is_api and route.role is Role.OWNER)
    return "draft" if drafts and "withdraw" not in route.path and "again" not in route.path else "code"


def _query(kind: str) -> str:
    return {
        "one megabyte": "?q=" + "x" * LONGEST_LINE,
        "wrong type": "?page=x&item=1&project=x&size=x&before=x&first=x&second=x",
        "invalid UTF-8": "?q=%FF%FE&word=%C3&item=%FF&back=%FF",
        "NUL": "?q=%00&word=a%00b&item=%00&back=%00&state=%00&sort=%00",
    }.get(kind, "")


def _form(kind: str, csrf: str) -> bytes:
    token = urlencode({"_csrf": csrf}).encode()
    filled = token + b"&" + urlencode(FIELDS).encode()
    odd = {
        "empty": token,
        "one megabyte": token + b"&name=" + b"x" * MEGABYTE,
        "invalid UTF-8": filled.replace(b"name=", b"name=%FF%FE"),
        "NUL": filled.replace(b"name=", b"name=%00").replace(b"reason=", b"reason=%00"),
    }
    return odd.get(kind, filled)


def _json(route: Route, kind: str) -> bytes | None:
    data = route.handler.parsed_fn_signature.parameters.get("data")
    value = example(data.annotation, "") if data else None
    filled = json.dumps(value, ensure_ascii=False).encode() if data else b""
    odd = {
        "empty": b"",
        "one megabyte": b'{"name": "' + b"x" * MEGABYTE + b'"}',
        "wrong type": b"[1, {}]",
        "invalid UTF-8": (filled.replace(b'": "', b'": "\xff\xfe', 1)) + b"\xff",
        "NUL": filled.replace(b'": "', b'": "\\u0000', 1) if b'": "' in filled else filled + b"\x00",
    }
    return odd.get(kind, filled) or None


def example(annotation: Any, name: str) -> Any:
    """Make a value of a declared type, from the fields of the forms where the name is known."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        known = msgspec.structs.fields(annotation)
        return {each.encode_name: example(each.type, each.name) for each in known if each.required}
    base = get_origin(annotation)
    if base is Union or str(base) == "<class 'types.UnionType'>":
        return example(get_args(annotation)[0], name)
    if base is list:
        return [example(get_args(annotation)[0], name)]
    if base is dict:
        return {}
    if base is not None:
        return example(get_args(annotation)[0], name)
    return _plain(annotation, name)


def _plain(annotation: Any, name: str) -> Any:
    if annotation is bool:
        return True
    if annotation is int:
        return {"percent": 100, "ceiling_fen": 9_000_000, "days": 15}.get(name, 1)
    if name == "kind" and annotation is not str:
        return "fiscal_funds"
    if "datetime" in str(annotation):
        return "2030-01-02T10:00:00+08:00"
    return FIELDS.get(name, "示例")
