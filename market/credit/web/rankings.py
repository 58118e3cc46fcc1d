"""Published rankings as pages and files of the same address, and the explanation of a score."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from market.accounts.guards import PUBLIC_ROUTE
from market.credit import service
from market.credit.states import Grade
from market.kernel.errors import NotFound
from market.lists import MOST_ROWS, Column, form_of, listing
from market.pages import Pager, url
from market.respond import page as answer
from market.visit import Visit

PAGE_SIZE: Final = 50
RANKINGS: Final = (
    Column("slot", "季度末日", "Last day of the quarter", "date"),
    Column("ruleset", "评分规则", "Rules", "code"),
    Column("agencies", "参评机构数", "Agencies", "number"),
    Column("confirmed_at", "确认时间", "Confirmed", "moment"),
    Column("published_at", "公布时间", "Published", "moment"),
    Column("result_hash", "结果哈希", "Hash of the result", "code"),
)
COLUMNS: Final = (
    Column("place", "名次", "Place", "number"),
    Column("agency", "中介服务机构", "Agency"),
    Column("uscc", "统一社会信用代码", "USCC", "code"),
    Column("division", "行政区划", "Division", "code"),
    Column("total", "总分（百分之一分）", "Total in hundredths", "number"),
    Column("grade", "等级", "Grade", "code"),
    Column("place_before", "上期名次", "Place before", "number"),
    Column("total_before", "上期总分（百分之一分）", "Total before in hundredths", "number"),
    Column("grade_before", "上期等级", "Grade before", "code"),
)


@get("/rankings", opt=PUBLIC_ROUTE)
async def rankings(visit: Visit) -> Response[str]:
    """List the published rankings."""
    return answer(visit, "credit/rankings.html", nav="rankings", rankings=await service.published())


@get(["/rankings.csv", "/rankings.xlsx", "/rankings.json"], opt=PUBLIC_ROUTE)
async def download(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Give the same list as a file."""
    rows = [{column.key: getattr(each, column.key) for column in RANKINGS} for each in await service.published()]
    return listing(request, RANKINGS, rows, "信用排名")


@get("/rankings/{slot:str}", opt=PUBLIC_ROUTE)
async def ranking(
    request: Request[Any, Any, Any],
    visit: Visit,
    slot: FromPath[str],
    *,
    q: FromQuery[str] = "",
    grade: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[Any]:
    """Show one page of a ranking, or give all of it as a file."""
    wanted = form_of(f"/{slot}")
    found = await service.ranking(service.slot_of(slot.removesuffix(f".{wanted}")), visit.actor)
    text, of = q.strip()[:100].replace("\x00", ""), grade if grade in list(Grade) else ""
    if wanted:
        rows = await service.places(found.slot, text, of, limit=MOST_ROWS)
        return listing(request, COLUMNS, rows, f"信用排名 {found.slot}")
    if not 1 <= page <= MOST_ROWS:
        raise NotFound("page_beyond_end")
    rows = await service.places(found.slot, text, of, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    if not rows and page > 1:
        raise NotFound("page_beyond_end")
    path, filters = f"/rankings/{found.slot}", {"q": text, "grade": of}
    total = rows[0]["all_rows"] if rows else 0
    pager = Pager(page, PAGE_SIZE, total, lambda number: url(path, **filters, page=number))
    context: dict[str, Any] = {
        "ranking": found,
        "rows": rows,
        "pager": pager,
        "filters": filters,
        "grades": list(Grade),
    }
    return answer(visit, "credit/ranking.html", nav="rankings", **context)


@get("/rankings/{slot:str}/public.zip", opt=PUBLIC_ROUTE)
async def package(slot: FromPath[str]) -> Response[bytes]:
    """Give the package from which ``python -m scoring`` recomputes a published ranking."""
    day = service.slot_of(slot)
    headers = {"Cache-Control": "no-cache", "Content-Disposition": f'attachment; filename="credit-{day}.zip"'}
    return Response(await service.archive(day), media_type="application/zip", headers=headers)


@get("/agencies/{uscc:str}/score", opt=PUBLIC_ROUTE)
async def score(visit: Visit, uscc: FromPath[str]) -> Response[str]:
    """Explain every hundredth of an agency's latest published score."""
    return answer(visit, "credit/score.html", nav="agencies", score=await service.score(uscc.replace("\x00", "")))


ROUTES: tuple[Any, ...] = (rankings, download, ranking, package, score)
