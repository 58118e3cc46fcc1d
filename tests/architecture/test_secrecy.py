"""Signals, leads and questions stay with supervision: few modules touch their tables, no public route reaches them."""

import re

from tests.architecture.source import ROOT, python_files
from tests.architecture.test_routes import an_app, handlers

_TABLES = re.compile(
    r"\b(?:from|join|into|update|table)\s+(?:signal|lead|owner_question)\b|copy_records\(\s*\"signal\""
)
# What stores a run, supervision's queries, an owner's own questions.
MAY = {
    "market/credit/queries/decisions.py",  # who made the lead does not sign
    "market/credit/queries/leads.py",
    "market/credit/queries/nights.py",  # counts of a night by indicator, for supervision
    "market/credit/queries/questions.py",
    "market/credit/queries/runs.py",
}
CLOSED = ("market.credit.web.leads", "market.credit.web.questions", "market.credit.api_leads")


def test_only_the_queries_of_supervision_and_of_the_asked_owner_name_those_tables() -> None:
    found = {str(path.relative_to(ROOT)) for path in python_files("market") if _TABLES.search(path.read_text("utf-8"))}

    assert found == MAY


def test_no_public_route_stands_in_a_module_that_reads_them() -> None:
    closed = [(path, handler) for path, _, handler in handlers(an_app()) if handler.fn.__module__ in CLOSED]

    assert len(closed) >= 10
    assert not [path for path, handler in closed if handler.opt.get("public")]
