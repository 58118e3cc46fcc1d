"""The public lists that anyone may take as files: where each is, and what its columns mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from market.agencies.web import COLUMNS as AGENCIES
from market.catalogue.web import COLUMNS as ITEMS
from market.catalogue.web import REMOVED
from market.contracts.web.public import COLUMNS as CONTRACTS
from market.credit.web.announcements import ANNOUNCEMENTS
from market.credit.web.exits import DECISIONS, EXITS, MEASURES
from market.credit.web.rankings import COLUMNS as PLACES
from market.credit.web.rankings import RANKINGS
from market.guides.web import COLUMNS as GUIDES
from market.lists import Column
from market.notices.lists import COLUMNS as NOTICES
from market.selection.web.results import COLUMNS as RESULTS


@dataclass(frozen=True, slots=True)
class Dataset:
    """One list: its path, its name in both languages, and its columns."""

    path: str
    zh: str
    en: str
    columns: Sequence[Column]

    def name(self, lang: str) -> str:
        """Return its name."""
        return self.zh if lang == "zh" else self.en


DATASETS: Final = (
    Dataset("/notices", "选取公告", "Selection notices", NOTICES),
    Dataset("/results", "中选结果", "Awards", RESULTS),
    Dataset("/contracts", "合同公开", "Contracts", CONTRACTS),
    Dataset("/guides", "服务指南", "Service guides", GUIDES),
    Dataset("/agencies", "中介机构", "Agencies", AGENCIES),
    Dataset("/credit", "信用排名", "Credit ranking", PLACES),
    Dataset("/credit/rankings", "历次信用排名", "Published rankings", RANKINGS),
    Dataset("/credit/exits", "退出机构", "Agencies that left", EXITS),
    Dataset("/credit/measures", "执行中的措施", "Measures in force", MEASURES),
    Dataset("/credit/decisions", "已生效的决定", "Decisions in force", DECISIONS),
    Dataset("/credit/announcements", "公告送达", "Public announcements of notices", ANNOUNCEMENTS),
    Dataset("/services", "中介服务事项", "Items", ITEMS),
    Dataset("/mandatory", "强制性事项清单", "Mandatory list", ITEMS),
    Dataset("/mandatory/removed", "已清理的事项", "Items cleaned up", REMOVED),
)
