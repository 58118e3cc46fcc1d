"""The public list of contracts (合同公开), as a page and as files of the same address, and the page of one contract."""

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from market.accounts.guards import PUBLIC_ROUTE
from market.contracts import panels, service
from market.contracts.service import ContractQuery
from market.contracts.states import ContractState, LateKind
from market.kernel import divisions
from market.kernel.errors import NotFound
from market.lists import MOST_ROWS, Column, listing
from market.pages import Pager, url
from market.respond import page as answer
from market.visit import Visit

PAGE_SIZE: Final = 50
# Litestar keeps the name "state" for itself.
InState = Annotated[str, QueryParameter(name="state")]
COLUMNS: Final = (
    Column("number", "合同编号", "Contract", "code"),
    Column("notice", "公告编号", "Notice", "code"),
    Column("title", "公告名称", "Title"),
    Column("owner", "项目业主", "Owner"),
    Column("owner_uscc", "业主统一社会信用代码", "Owner USCC", "code"),
    Column("agency", "中介服务机构", "Agency"),
    Column("uscc", "机构统一社会信用代码", "Agency USCC", "code"),
    Column("item", "事项编码", "Item", "code"),
    Column("item_name", "中介服务事项", "Item name"),
    Column("division", "行政区划", "Division", "code"),
    Column("state", "状态", "State", "code"),
    Column("award_fen", "中选金额", "Award", "fen"),
    Column("amount_fen", "合同金额", "Amount", "fen"),
    Column("sign_by_at", "签订期限", "To be signed by", "moment"),
    Column("signed_on", "签订日期", "Signed on", "date"),
    Column("agreed_on", "约定交付日期", "Delivery agreed for", "date"),
    Column("filed_at", "备案时间", "Filed", "moment"),
    Column("first_delivered_at", "首次交付时间", "First delivered", "moment"),
    Column("returns", "退回次数", "Times returned", "number"),
    Column("accepted_at", "验收时间", "Accepted", "moment"),
    Column("billed_fen", "实际收费", "Billed", "fen"),
    Column("paid_on", "付款日期", "Paid on", "date"),
    Column("ended_at", "结束时间", "Ended", "moment"),
    Column("fault", "终止原因", "Whose doing", "code"),
    Column("late", "逾期次数", "Times late", "number"),
)


def query_of(q: str, state: str, division: str, late: str) -> ContractQuery:
    """Read the filters of an address; what is unknown filters nothing."""
    known = division.isascii() and division.isdigit() and len(division) == 6 and not division.startswith("00")
    return ContractQuery(
        q.strip()[:100].replace("\x00", ""),
        state if state in list(ContractState) else "",
        division if known else "",
        late if late in list(LateKind) else "",
    )


@get("/contracts", opt=PUBLIC_ROUTE)
async def contracts(
    visit: Visit,
    *,
    q: FromQuery[str] = "",
    contract_state: InState = "",
    division: FromQuery[str] = "",
    late: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[str]:
    """Show one page of the list."""
    query = query_of(q, contract_state, division, late)
    if not 1 <= page <= MOST_ROWS:
        raise NotFound("page_beyond_end")
    rows, total = await service.listed(query, now=visit.now, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    filters = {"q": query.text, "state": query.state, "division": query.division, "late": query.late}
    pager = Pager(page, PAGE_SIZE, total, lambda number: url("/contracts", **filters, page=number))
    if page > pager.pages:
        raise NotFound("page_beyond_end")
    return answer(
        visit,
        "contracts/list.html",
        nav="results",
        rows=rows,
        pager=pager,
        filters=filters,
        divisions=[(each.code, each.name(visit.lang)) for each in divisions.SAMPLE.values()],
        states=list(ContractState),
        kinds=list(LateKind),
    )


@get(["/contracts.csv", "/contracts.xlsx", "/contracts.json"], opt=PUBLIC_ROUTE)
async def download(
    request: Request[Any, Any, Any],
    visit: Visit,
    *,
    q: FromQuery[str] = "",
    contract_state: InState = "",
    division: FromQuery[str] = "",
    late: FromQuery[str] = "",
) -> Response[bytes]:
    """Give the same list as a file."""
    query = query_of(q, contract_state, division, late)
    rows, _ = await service.listed(query, now=visit.now, limit=MOST_ROWS)
    return listing(request, COLUMNS, rows, "合同公开")


@get("/contracts/{number:str}", opt=PUBLIC_ROUTE)
async def show(visit: Visit, number: FromPath[str]) -> Response[str]:
    """Show one contract: parties, amounts, days, what came late; no text that a party wrote."""
    opened = await service.contract(number, now=visit.now)
    added = await panels.panels_of(visit, number)
    return answer(visit, "contracts/show.html", nav="results", opened=opened, c=opened.found, panels=added)


ROUTES: tuple[Any, ...] = (contracts, download, show)
