"""
What owners do with projects and notices, and what selections above rely on.

`lock` and `lock_for_registration` take the notice row; `advance` is the one way
to move a published notice by the clock. All of them belong inside the caller's
`market.db.writing`.
"""

from market.notices.service.drafting import (
    add_project,
    commit,
    draft,
    draft_of,
    drafts_wanting_commitments,
    projects,
    publish_again,
    save_conditions,
    save_needs,
)
from market.notices.service.moves import (
    advance,
    due,
    lock,
    lock_for_registration,
    notice,
    withdraw,
)
from market.notices.service.publication import Check, check, publish
from market.notices.tables.publishing import version
from market.notices.tables.rows import NoticeRow

__all__ = [
    "Check",
    "NoticeRow",
    "add_project",
    "advance",
    "check",
    "commit",
    "draft",
    "draft_of",
    "drafts_wanting_commitments",
    "due",
    "lock",
    "lock_for_registration",
    "notice",
    "projects",
    "publish",
    "publish_again",
    "save_conditions",
    "save_needs",
    "version",
    "withdraw",
]
