"""
The public list of notices (选取公告): filters from the URL and one query, as fast as plain SQL is.

A filter whose value is unknown is ignored. A notice shown as closed may still
stand as open in its row until a worker freezes it: the page goes by the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from asyncpg import Record

from market import db
from market.kernel.divisions import Division, prefix
from market.kernel.rulesets.schema import Method
from market.kernel.times import ZONE
from market.lists import Column
from market.notices.states import NoticeState

PAGE_SIZE: Final = 50
LONGEST_WORD: Final = 60
STATES: Final = tuple(state for state in NoticeState if state is not NoticeState.DRAFT)
ORDERS: Final = {
    "newest": "n.published_at desc, n.id desc",
    "closing": "n.closes_at, n.id",
    "amount": "n.ceiling_fen desc, n.id desc",
}
COLUMNS: Final = (
    Column("code", "公告编号", "Number", "code"),
    Column("title", "公告标题", "Title"),
    Column("state", "状态", "State", "code"),
    Column("owner", "项目业主", "Owner"),
    Column("item", "服务事项", "Item"),
    Column("method", "选取方式", "Method", "code"),
    Column("division", "行政区划", "Division", "code"),
    Column("ceiling_fen", "最高限价", "Ceiling", "fen"),
    Column("published_at", "发布时间", "Published", "moment"),
    Column("closes_at", "报名截止", "Registration closes", "moment"),
    Column("draw_at", "抽取时间", "Draw", "moment"),
)
_SELECT: Final = (
    "select n.code, n.title, case when n.state = 'open' and n.closes_at <= $1 then 'closed' else n.state end as state,"
    " n.method, n.division, n.ceiling_fen, n.published_at, n.opens_at, n.closes_at, n.draw_at, n.standstill_ends_at,"
    " o.name as owner, i.name as item"
    " from notice n join organisation o on o.id = n.owner join item i on i.id = n.item"
)


@dataclass(frozen=True, slots=True)
class NoticeQuery:
    """What a reader asks of the list; empty text is no filter."""

    state: str = ""
    item: str = ""
    method: str = ""
    division: str = ""
    owner: str = ""
    q: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = "newest"
    page: int = 1

    def filters(self) -> dict[str, str]:
        """Return the filters in use as the URL writes them, without the page."""
        said = {
            "q": self.q,
            "state": self.state,
            "item": self.item,
            "method": self.method,
            "division": self.division,
            "owner": self.owner,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "sort": "" if self.sort == "newest" else self.sort,
        }
        return {name: text for name, text in said.items() if text}


@dataclass(slots=True)
class _Where:
    """Conditions in SQL with their numbered parameters."""

    now: datetime
    parts: list[str] = field(default_factory=lambda: ["n.published_at is not null"])
    values: list[object] = field(default_factory=list)

    def add(self, condition: str, value: object) -> None:
        """Add a condition in which ``{}`` stands for the parameter; $1 is the clock."""
        self.values.append(value)
        self.parts.append(condition.format(f"${len(self.values) + 1}"))


def query_of(params: Mapping[str, str], known: Mapping[str, Division], items: Mapping[str, str]) -> NoticeQuery:
    """Read the filters of a URL; whatever is unknown counts as not given."""
    page = params.get("page", "1")
    return NoticeQuery(
        state=_one_of(params.get("state", ""), STATES),
        item=_one_of(params.get("item", ""), items),
        method=_one_of(params.get("method", ""), tuple(Method)),
        division=_one_of(params.get("division", ""), known),
        owner=params.get("owner", "").strip()[:LONGEST_WORD],
        q=params.get("q", "").strip()[:LONGEST_WORD],
        since=_day(params.get("from", "")),
        until=_day(params.get("to", "")),
        sort=_one_of(params.get("sort", ""), ORDERS) or "newest",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 and int(page) > 0 else 1,
    )


async def listed(query: NoticeQuery, now: datetime, *, limit: int = PAGE_SIZE) -> list[Record]:
    """Return one page of the list."""
    where = _where(query, now)
    sql = (
        f"{_SELECT} where {' and '.join(where.parts)} order by {ORDERS[query.sort]} limit {limit}"
        f" offset {(query.page - 1) * limit}"
    )
    return await db.fetch(sql, now, *where.values)


async def counted(query: NoticeQuery, now: datetime) -> int:
    """Count what the filters find."""
    where = _where(query, now)
    joined = " join organisation o on o.id = n.owner join item i on i.id = n.item" if query.owner or query.item else ""
    sql = f"select count(*) from notice n{joined} where {' and '.join(where.parts)} and $1::timestamptz is not null"
    return int(await db.value(sql, now, *where.values))


async def items_asked() -> dict[str, str]:
    """Return the items a reader may filter by: code and name."""
    rows = await db.fetch("select code, name from item where state <> 'proposed' order by name")
    return {row["code"]: row["name"] for row in rows}


def _where(query: NoticeQuery, now: datetime) -> _Where:
    where = _Where(now)
    if query.state == NoticeState.OPEN or query.sort == "closing":
        where.parts.append("n.state = 'open' and n.closes_at > $1")
    elif query.state == NoticeState.CLOSED:
        where.parts.append("(n.state = 'closed' or (n.state = 'open' and n.closes_at <= $1))")
    elif query.state:
        where.add("n.state = {}", query.state)
    asked: dict[str, object] = {
        "i.code = {}": query.item,
        "n.method = {}": query.method,
        "starts_with(n.division, {})": prefix(query.division) if query.division else "",
        "o.name like {}": _like(query.owner),
        "(n.title like {0} or n.code like {0})": _like(query.q),
        "n.published_at >= {}": _midnight(query.since),
        "n.published_at < {}": _midnight(query.until + timedelta(days=1) if query.until else None),
    }
    for condition, value in asked.items():
        if value:
            where.add(condition, value)
    return where


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, datetime.min.time(), ZONE) if day else None


def _like(word: str) -> str:
    if not word:
        return ""
    plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def _one_of(text: str, known: Any) -> str:
    return text if text in known else ""


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if date(2000, 1, 1) <= found <= date(2100, 1, 1) else None


def shown_state(state: NoticeState, closes_at: datetime | None, now: datetime) -> NoticeState:
    """Return the state a reader should see: registration ends by the clock, not by the worker."""
    over = state is NoticeState.OPEN and closes_at is not None and closes_at <= now
    return NoticeState.CLOSED if over else state
