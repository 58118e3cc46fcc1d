"""The files of a draw, and the page and the program that check them offline."""

import re
from pathlib import Path
from typing import Any

from litestar import MediaType, Response, get
from litestar.params import FromPath, FromQuery

from market.accounts.guards import PUBLIC_ROUTE
from market.kernel.canonical import LARGEST, canonical
from market.kernel.errors import NotFound
from market.respond import page
from market.selection import service
from market.visit import Visit

HERE = Path(__file__).parent.parent


@get("/notices/{code:str}/draw.json", opt=PUBLIC_ROUTE)
async def bundle(code: FromPath[str]) -> Response[bytes]:
    """Give what anyone recomputes the draw from."""
    body = canonical(await service.bundle(code))
    return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})


@get("/notices/{code:str}/opening.json", opt=PUBLIC_ROUTE)
async def opening(code: FromPath[str]) -> Response[bytes]:
    """Give the opening log of the quotes, also when none of them counted."""
    body = canonical(await service.opening_log(code))
    return Response(body, media_type=MediaType.JSON, headers={"Cache-Control": "no-cache"})


@get("/notices/{code:str}/draw.zip", opt=PUBLIC_ROUTE)
async def package(code: FromPath[str], size: FromQuery[int | None] = None) -> Response[bytes]:
    """Give the same with the entries of the log, their proofs, and the latest checkpoint or the one of a size."""
    if size is not None and not 0 <= size <= LARGEST:
        raise NotFound("checkpoint_not_found")
    headers = {"Cache-Control": "no-cache", "Content-Disposition": f'attachment; filename="{code}-draw.zip"'}
    return Response(await service.package(code, size), media_type="application/zip", headers=headers)


@get("/verify", opt=PUBLIC_ROUTE)
async def verify(visit: Visit) -> Response[str]:
    """Show the page that checks a draw in the browser, also when it is saved and offline."""
    return page(visit, "selection/verify.html", nav="results")


@get("/verify/gongxuan-verify.py", opt=PUBLIC_ROUTE)
async def program() -> Response[bytes]:
    """Give the program that checks a draw without this site."""
    headers = {"Cache-Control": "no-cache", "Content-Disposition": 'attachment; filename="gongxuan-verify.py"'}
    return Response(one_file(), media_type="text/x-python; charset=utf-8", headers=headers)


def one_file() -> bytes:
    """Return the verifier as one file, the text of its one import of ours in place of the import."""
    text, rest = ((HERE / f"{name}.py").read_text(encoding="utf-8") for name in ("verifier", "offline"))
    before, line, after = re.split(r"(^from market[^\n]*\n)", text, maxsplit=1, flags=re.MULTILINE)
    if "from market.selection.offline import" not in line or "\nfrom market" in after:
        raise RuntimeError("the verifier imports something of ours that the file to download would miss")
    return (before + rest.partition("import annotations\n")[2] + after).encode()


ROUTES: tuple[Any, ...] = (bundle, opening, package, verify, program)
