"""Published rankings as pages and files of the same address, and the explanation of a score."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from market.accounts.guards import PUBLIC_ROUTE
from market.credit import service
from market.credit.states import Grade
from market.kernel.errors import NotFound
from market.lists import MOST_ROWS, PAGE_SIZE, Column, asked_page, form_of, listing
from market.pages import Pager, url
from market.respond import page as answer
from market.visit import Visit

Asked = Request[Any, Any, Any]
RANKINGS: Final = (
    Column("slot", "季度末日", "Last day of the quarter", "date"),
    Column("edition", "版次", "Edition", "number"),
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


@get(["/credit", "/credit.csv", "/credit.xlsx", "/credit.json"], opt=PUBLIC_ROUTE)
async def latest(request: Asked, visit: Visit) -> Response[Any]:
    """Show the latest published ranking, or give all of it as a file."""
    found = await service.latest()
    if found is not None:
        return await _shown(request, visit, found, "/credit")
    if form_of(request.url.path):
        return listing(request, COLUMNS, [], "信用排名")
    return answer(visit, "credit/rankings.html", nav="credit", rankings=[])


@get("/credit/rankings", opt=PUBLIC_ROUTE)
async def rankings(visit: Visit) -> Response[str]:
    """List the published rankings."""
    return answer(visit, "credit/rankings.html", nav="credit", rankings=await service.published())


@get(["/credit/rankings.csv", "/credit/rankings.xlsx", "/credit/rankings.json"], opt=PUBLIC_ROUTE)
async def download(request: Asked) -> Response[bytes]:
    """Give the same list as a file."""
    rows = [{column.key: getattr(each, column.key) for column in RANKINGS} for each in await service.published()]
    return listing(request, RANKINGS, rows, "信用排名")


@get("/credit/{slot:str}", opt=PUBLIC_ROUTE)
async def ranking(request: Asked, visit: Visit, slot: FromPath[str]) -> Response[Any]:
    """Show one page of the ranking of a quarter, or give all of it as a file."""
    wanted = form_of(f"/{slot}")
    found = await service.ranking(service.slot_of(slot.removesuffix(f".{wanted}")), visit.actor, _edition(request))
    return await _shown(request, visit, found, f"/credit/{found.slot}")


@get("/credit/{slot:str}/public.zip", opt=PUBLIC_ROUTE)
async def package(request: Asked, slot: FromPath[str]) -> Response[bytes]:
    """Give the package from which ``python -m scoring`` recomputes a published ranking."""
    day = service.slot_of(slot)
    headers = {"Cache-Control": "no-cache", "Content-Disposition": f'attachment; filename="credit-{day}.zip"'}
    return Response(await service.archive(day, _edition(request)), media_type="application/zip", headers=headers)


@get("/credit/rules/{version:str}", opt=PUBLIC_ROUTE)
async def rules(visit: Visit, version: FromPath[str]) -> Response[str]:
    """Show every weight and number of a version of the score, with its unit and its source."""
    return answer(visit, "credit/rules.html", nav="credit", rules=service.rules(version))


@get("/agencies/{uscc:str}/score", opt=PUBLIC_ROUTE)
async def score(visit: Visit, uscc: FromPath[str]) -> Response[str]:
    """Explain every hundredth of an agency's latest published score."""
    return answer(visit, "credit/score.html", nav="agencies", score=await service.score(uscc.replace("\x00", "")))


def _edition(request: Asked) -> int | None:
    """Return the edition of a ranking asked for; without one it is the edition that counts."""
    asked = request.query_params.get("edition", "")
    return int(asked) if asked.isascii() and asked.isdigit() and 0 < len(asked) < 5 else None


async def _shown(request: Asked, visit: Visit, found: service.RankingRow, path: str) -> Response[Any]:
    asked = request.query_params
    text, of = asked.get("q", "").strip()[:100].replace("\x00", ""), asked.get("grade", "")
    of = of if of in list(Grade) else ""
    if form_of(request.url.path):
        rows = await service.places(found.id, text, of, limit=MOST_ROWS)
        return listing(request, COLUMNS, rows, f"信用排名 {found.slot}")
    page = asked_page(request)
    rows = await service.places(found.id, text, of, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    if not rows and page > 1:
        raise NotFound("page_beyond_end")
    edition = _edition(request)
    filters = {"q": text, "grade": of, "edition": str(edition) if edition else ""}
    total = rows[0]["all_rows"] if rows else 0
    at = Pager(page, PAGE_SIZE, total, lambda number: url(path, **filters, page=number if number > 1 else None))
    shown: dict[str, Any] = {"ranking": found, "address": path, "rows": rows, "pager": at}
    return answer(visit, "credit/ranking.html", nav="credit", **shown, filters=filters, grades=list(Grade))


ROUTES: tuple[Any, ...] = (latest, rankings, download, ranking, package, rules, score)
