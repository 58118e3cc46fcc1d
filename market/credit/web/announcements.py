"""The public announcements of notices that could not be delivered: that one waits, for whom, and until when."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from market.accounts.guards import PUBLIC_ROUTE
from market.credit.service import announcements as service
from market.lists import MOST_ROWS, PAGE_SIZE, Column, asked_page, form_of, listing, pager
from market.respond import page
from market.visit import Visit

PATH: Final = "/credit/announcements"
ANNOUNCEMENTS: Final = (
    Column("number", "案件编号", "Case", "code"),
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("agency", "中介服务机构", "Agency"),
    Column("division", "行政区划", "Division", "code"),
    Column("announced_at", "公告时间", "Announced at", "moment"),
    Column("deemed_served_at", "视为送达的时间", "Deemed served at", "moment"),
)


@get([PATH, f"{PATH}.csv", f"{PATH}.xlsx", f"{PATH}.json"], opt=PUBLIC_ROUTE)
async def announcements(request: Request[Any, Any, Any], visit: Visit) -> Response[Any]:
    """List the announcements that stand, or give the list as a file."""
    if form_of(request.url.path):
        rows = await service.standing(visit.now, limit=MOST_ROWS)
        return listing(request, ANNOUNCEMENTS, rows, "公告送达")
    offset = (asked_page(request) - 1) * PAGE_SIZE
    rows = await service.standing(visit.now, limit=PAGE_SIZE, offset=offset)
    return page(visit, "credit/announcements.html", nav="credit", rows=rows, at=pager(request, rows, {}))


@get(f"{PATH}/{{number:str}}", opt=PUBLIC_ROUTE)
async def announcement(visit: Visit, number: FromPath[str]) -> Response[str]:
    """Show an announcement as it would hang on a board."""
    found = await service.announcement(number.replace("\x00", ""), visit.now)
    return page(visit, "credit/announcement.html", nav="credit", a=found)


ROUTES: tuple[Any, ...] = (announcements, announcement)
