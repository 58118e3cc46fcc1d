"""
Rows of the sample city in memory, table by table, and the log of what happened.

Keys are given here and not by the database, so that the same seed makes the
same city. The log is built like the one of `ledger_append`, only in Python and
in one go: acts are put in the order of their moments, then numbered.
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

# Parents first; a secret is only accepted between pool and inputs, so these three keep their order too.
TABLES: Final = (
    "person", "organisation", "membership", "regulator_scope", "item", "item_qualification", "agency",
    "admission_check", "commitment", "qualification", "practitioner", "related_party", "guide", "project", "notice",
    "notice_version", "draw_commitment", "registration", "pool", "draw_secret", "draw_input", "beacon", "draw", "award",
    "contract", "contract_delivery", "contract_change", "late_fact", "review", "sealed_review", "review_follow_up",
    "record_import", "approval", "supervision_check",
    "ledger_entry", "ledger_node", "ledger_document",
)  # fmt: skip


@dataclass(slots=True)
class Act:
    """One act before it is numbered; *numbered* is told the number of its entry."""

    at: datetime
    type: str
    subject: str
    fields: Mapping[str, Any]
    document: Mapping[str, Any] | None
    numbered: Callable[[int], None] | None


@dataclass(slots=True)
class City:
    """Everything the generator has made: rows by table, and the acts in no order yet."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
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

    def seal(self, rng: Random) -> None:
        """Number the acts by their moments and build the log and its tree, from an empty one."""
        for act in sorted(self.acts, key=lambda each: each.at):
            self._log(act, rng)
        self.acts.clear()

    def _log(self, act: Act, rng: Random) -> None:
        body: dict[str, Any] = {"d": "event", "v": 1, "type": act.type, "at": rfc3339(act.at), **act.fields}
        index = self.size
        if act.document is not None:
            salt = rng.randbytes(32).hex()
            body["doc"] = digest({"d": "doc", "salt": salt, "doc": act.document})
            self.add("ledger_document", index=index, salt=salt, document=as_json(act.document))
        if act.numbered is not None:
            act.numbered(index)
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
    return json.dumps(value, ensure_ascii=False)
