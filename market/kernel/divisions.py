"""
Administrative divisions (行政区划): six-digit codes and what lies inside what.

Two digits name the province, four the city, six the county; trailing pairs of
zeros mean "all of it". Codes beginning 99 belong to no real place: they are the
sample city's, and a deployment loads its own table with ``load``.
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_CODE: Final = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Division:
    """One division with its names."""

    code: str
    zh: str
    en: str

    def name(self, lang: str) -> str:
        """Return the name in a language."""
        return self.en if lang == "en" else self.zh


def prefix(code: str) -> str:
    """Return the digits that name the division: two, four or six of them."""
    if not _CODE.fullmatch(code) or code.startswith("00"):
        raise ValueError(f"not a six-digit division code: {code!r}")
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def within(code: str, scope: str) -> bool:
    """Tell whether *code* is *scope* or lies inside it; a city is not within one of its districts."""
    return prefix(code).startswith(prefix(scope))


def parent(code: str) -> str | None:
    """Return the division one level up; a province has none."""
    digits = prefix(code)
    return digits[:-2].ljust(6, "0") if len(digits) > 2 else None


def load(lines: Iterable[str]) -> Mapping[str, Division]:
    """
    Read a table of divisions from the lines of a CSV file with columns ``code,zh,en``.

    A code stated twice, or one with nothing above it in the table, is refused.
    The national table has no city above the districts of a municipality
    (110101 lies directly in 110000), so a province above is enough.
    """
    found: dict[str, Division] = {}
    for row in csv.DictReader(lines):
        division = Division(row["code"].strip(), row["zh"].strip(), row["en"].strip())
        if division.code in found:
            raise ValueError(f"division {division.code} is stated twice")
        prefix(division.code)
        found[division.code] = division
    for code in found:
        if parent(code) is not None and code[:2] + "0000" not in found:
            raise ValueError(f"division {code} has no province in the table")
    return MappingProxyType(found)


# Water and cloud words only, so that no name is a real county's.
SAMPLE: Final = load(
    """code,zh,en
990000,示例省,Sample Province
990100,云湖市,Yunhu City
990101,云湖市本级,Yunhu Municipal Level
990102,映月区,Yingyue District
990103,听澜区,Tinglan District
990104,栖霭区,Qiai District
990105,浮岚区,Fulan District
990106,枕溪县,Zhenxi County
990107,漱石县,Shushi County
990108,云湖高新技术产业开发区,Yunhu High-Tech Zone
990109,云湖经济技术开发区,Yunhu Economic Zone
""".splitlines()
)
SAMPLE_CITY: Final = "990100"
