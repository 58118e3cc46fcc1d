"""The public list of awards (中选公示), as a page and as files of the same address."""

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.params import FromQuery, QueryParameter

from market.accounts.guards import PUBLIC_ROUTE
from market.kernel import divisions
from market.kernel.errors import NotFound
from market.kernel.rulesets.schema import Method
from market.lists import MOST_ROWS, Column, listing
from market.pages import Pager, url
from market.respond import page as answer
from market.selection import service
from market.selection.service import ResultQuery
from market.selection.states import AwardState
from market.visit import Visit

PAGE_SIZE: Final = 50
# Litestar keeps the name "state" for itself.
InState = Annotated[str, QueryParameter(name="state")]
COLUMNS: Final = (
    Column("code", "公告编号", "Notice", "code"),
    Column("title", "公告名称", "Title"),
    Column("owner", "项目业主", "Owner"),
    Column("agency", "中介服务机构", "Agency"),
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("method", "选取方式", "Method", "code"),
    Column("division", "行政区划", "Division", "code"),
    Column("amount_fen", "中选金额", "Amount", "fen"),
    Column("place", "顺序", "Place", "number"),
    Column("state", "状态", "State", "code"),
    Column("proposed_at", "公示开始", "Proposed", "moment"),
    Column("standstill_ends_at", "公示截止", "Standstill ends", "moment"),
    Column("confirmed_at", "确认时间", "Confirmed", "moment"),
    Column("cancelled_at", "取消时间", "Cancelled", "moment"),
)


def query_of(q: str, state: str, method: str, division: str) -> ResultQuery:
    """Read the filters of an address; what is unknown filters nothing."""
    known_division = division if division.isascii() and division.isdigit() and len(division) in (2, 4, 6) else ""
    return ResultQuery(
        q.strip()[:100].replace("\x00", ""),
        state if state in list(AwardState) else "",
        method if method in list(Method) else "",
        known_division,
    )


@get("/results", opt=PUBLIC_ROUTE)
async def show(
    visit: Visit,
    *,
    q: FromQuery[str] = "",
    award_state: InState = "",
    method: FromQuery[str] = "",
    division: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[str]:
    """Show one page of the list."""
    query = query_of(q, award_state, method, division)
    if not 1 <= page <= MOST_ROWS:
        raise NotFound
    rows, total = await service.results(query, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    filters = {"q": query.text, "state": query.state, "method": query.method, "division": query.division}
    pager = Pager(page, PAGE_SIZE, total, lambda number: url("/results", **filters, page=number))
    if page > pager.pages:
        raise NotFound
    return answer(
        visit,
        "selection/results.html",
        nav="results",
        rows=rows,
        pager=pager,
        filters=filters,
        divisions=[(each.code, each.name(visit.lang)) for each in divisions.SAMPLE.values()],
        states=list(AwardState),
        methods=list(Method),
    )


@get(["/results.csv", "/results.xlsx", "/results.json"], opt=PUBLIC_ROUTE)
async def download(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    award_state: InState = "",
    method: FromQuery[str] = "",
    division: FromQuery[str] = "",
) -> Response[bytes]:
    """Give the same list as a file."""
    rows, _ = await service.results(query_of(q, award_state, method, division), limit=MOST_ROWS)
    return listing(request, COLUMNS, rows, "中选公示")


ROUTES: tuple[Any, ...] = (show, download)
