"""A sample context and a page with every macro on it, for the tests of the templates and for looking at them.

The page lives here and not under templates/, because no route shows it.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from market.kernel.terms import Language
from market.pages import Form, Pager, environment, url

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DEADLINE = NOW + timedelta(days=3, hours=5, minutes=41)
KITCHEN_SINK = (Path(__file__).parent / "kitchen_sink.html").read_text(encoding="utf-8")
OWNER = SimpleNamespace(role="owner", name="示例经办人", organisation="云湖市示例水务中心")


def context(**changes: object) -> dict[str, object]:
    """Return what every page gets, with changes."""
    checkpoint = SimpleNamespace(size=182_340, root_short="3f9a01bc…77e2c21b")
    site = SimpleNamespace(
        name="云湖市网上中介服务超市",
        address="https://market.example",
        demo=True,
        hotline="演示热线 000-00000",
        host="market.example",
        log_origin="market.example/log",
        checkpoint=checkpoint,
    )
    usual: dict[str, object] = {
        "site": site,
        "actor": None,
        "lang": "zh",
        "path": "/notices",
        "csrf": "token",
        "nav": "notices",
        "prefs": SimpleNamespace(text="normal", contrast="normal"),
        "now": NOW,
        "features": {"search": True},
    }
    return usual | changes


def render(source: str, *, lang: Language = "zh", **changes: object) -> str:
    """Render template source within the sample context."""
    return environment(lang=lang).from_string(source).render(context(lang=lang, **changes))


def form(*, refused: bool) -> Form:
    """Return a form as typed, with or without reasons."""
    typed: Mapping[str, object] = {
        "title": "示例河道水环境综合治理项目环境影响报告书编制",
        "ceiling": "三十八万" if refused else "38.60",
        "method": "" if refused else "random_draw",
        "materials": ["plan", "site"],
        "scope": "编制报告书，完成公众参与和技术评审修改。\n<b>原样保留</b>",
        "closes_at": "2026-11-25 17:00",
    }
    reasons = [
        ("ceiling", "最高限价必须是数字，例如 38.60"),
        ("method", "请选择选取方式"),
        ("materials", "请至少选一项材料"),
        ("materials", "现场踏勘记录须另附日期"),
        ("pledge", "请确认声明"),
        ("", "本项目已有一份公告在报名中"),
    ]
    return Form.of(typed, reasons if refused else [])


def kitchen_sink(*, refused: bool = True, **changes: object) -> str:
    """Render the page with every macro on it."""
    pager = Pager(page=4, size=20, total=1_286, address=lambda page: url("/notices", state="open", page=page))
    usual: dict[str, object] = {
        "actor": OWNER,
        "form": form(refused=refused),
        "deadline": DEADLINE,
        "soon": NOW + timedelta(minutes=12),
        "pager": pager,
        "fingerprint": "9b381cabafe465efd1a0c19bc65ee29ced5cae45b9af2b2474f538a29dbc48ba",
    }
    return render(KITCHEN_SINK, **usual | changes)
