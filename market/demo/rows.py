"""
Rows of the sample city in memory, table by table, and the log of what happened.

Keys are given here and not by the database, so that the same seed makes the
same city. The log is built like the one of `ledger_append`, only in Python and
in one go: acts are put in the order of their moments, numbered, then written.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Final

from market.kernel.canonical import canonical, digest
from market.kernel.times import rfc3339
from market.ledger import tree

Row = dict[str, Any]

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False)  # `json.dumps` would make one each time

# Parents first; a secret is only accepted between pool and inputs, so these three keep their order too.
TABLES: Final = (
    "person", "organisation", "membership", "regulator_scope", "item", "item_qualification", "agency",
    "admission_check", "commitment", "qualification", "practitioner", "related_party", "guide", "project", "notice",
    "notice_version", "draw_commitment", "registration", "pool", "draw_secret", "draw_input", "beacon", "draw", "award",
    "contract", "contract_delivery", "contract_change", "late_fact", "review", "sealed_review", "review_follow_up",
    "record_import", "approval", "supervision_check",
)  # fmt: skip
LOG: Final = ("ledger_entry", "ledger_node", "ledger_document")


@dataclass(slots=True)
class Act:
    """One act before it is in the log; *numbered* is told the number of its entry."""

    at: datetime
    type: str
    subject: str
    fields: Mapping[str, Any]
    document: Mapping[str, Any] | None
    numbered: Callable[[int], None] | None
    salt: str = ""


@dataclass(slots=True)
class City:
    """Everything the generator has made: rows by table, and the acts that are not in the log yet."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in (*TABLES, *LOG)})
    acts: list[Act] = field(default_factory=list)
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)  # of notices still open: by keeper, by code
    frontier: tree.Frontier = ()
    size: int = 0
    truth: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # what is planted; see `market.demo.truth`

    def add(self, table: str, **values: Any) -> Row:
        """Add a row under the next key of its table, and return it."""
        rows = self.tables[table]
        row = {"id": len(rows) + 1, **values}
        rows.append(row)
        return row

    def act(
        self,
        at: datetime,
        kind: str,
        subject: str,
        fields: Mapping[str, Any],
        document: Mapping[str, Any] | None = None,
        *,
        numbered: Callable[[int], None] | None = None,
    ) -> None:
        """Note an act for the log; acts of one moment keep the order in which they are noted."""
        self.acts.append(Act(at, kind, subject, fields, document, numbered))

    def number(self, rng: Random) -> None:
        """Number the acts by their moments and salt their documents; every table but those of the log is then final."""
        self.acts.sort(key=lambda each: each.at)
        for index, act in enumerate(self.acts):
            if act.document is not None:
                act.salt = rng.randbytes(32).hex()
            if act.numbered is not None:
                act.numbered(index)

    def write_log(self) -> None:
        """Build the log of the numbered acts and its tree, from an empty one; nothing is left to do a second time."""
        for act in self.acts:
            self._log(act)
        self.acts.clear()

    def _log(self, act: Act) -> None:
        body: dict[str, Any] = {"d": "event", "v": 1, "type": act.type, "at": rfc3339(act.at), **act.fields}
        index = self.size
        if act.document is not None:
            body["doc"] = digest({"d": "doc", "salt": act.salt, "doc": act.document})
            self.add("ledger_document", index=index, salt=act.salt, document=as_json(act.document))
        text = canonical(body)
        self.frontier, completed = tree.append(self.frontier, index, text)
        self.size += 1
        for level, place, value in completed:
            if level:
                self.add("ledger_node", level=level, index=place, hash=value)
        leaf = completed[0][2]
        self.add("ledger_entry", index=index, at=act.at, type=act.type, subject=act.subject, body=text, leaf=leaf)


def as_json(value: Any) -> str:
    """Write a value for a JSONB column."""
    return _ENCODER.encode(value)
