"""
Words by which a notice would keep agencies from elsewhere out (地域限制), found and refused.

A condition can only be chosen from the item's template, so none of it can be
local; what an owner writes in free text is searched here. The list is of
demands, not of place names: a project lies somewhere and may say where.

Basis: 国办发〔2015〕31号 (不得设置地域性门槛); 优化营商环境条例 art. 43; 江苏省网上中介服务超市管理办法 (2026-03-12).
"""

import re
import unicodedata
from typing import Final

_HERE: Final = r"(?:本|我|当|所在|项目所在)(?:地|省|市|县|区|州|辖区|行政区域)(?:范围)?(?:内|以内)?"
_OFFICE: Final = r"(?:分支机构|分公司|子公司|办事处|办事机构|办公场所|办公地点|服务网点|服务机构|经营场所)"
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        _HERE + r"(?:的)?(?:工商)?(?:注册|登记|备案)",
        r"(?:注册|登记|备案|纳税|税务登记|工商登记|总部)(?:地|地址|所在地|住所)?(?:须|应|需|必须|应当|需要|要求)?(?:为|是|在|位于|于)"
        + _HERE,
        r"在" + _HERE + r"(?:依法)?(?:缴纳|纳税|缴税|缴纳税|缴纳社保|缴社保)",
        r"(?:在)?"
        + _HERE
        + r"(?:已)?(?:设立|设有|设置|具有|拥有|有|成立)(?:了)?(?:独立|固定|常驻|专门)?(?:的)?"
        + _OFFICE,
        r"(?:仅限|只限|限于|限|优先)(?:于)?" + _HERE + r"(?:的)?(?:注册)?(?:企业|机构|单位|公司|中介)",
        _HERE + r"(?:的)?(?:企业|机构|单位|公司|中介机构)(?:优先|方可|才可|才能)",
        r"(?:外地|外省|外市|市外|省外|异地)(?:的)?(?:企业|机构|单位|公司|中介机构)?(?:不得|不能|谢绝|不予|禁止|需备案|须备案)",
        r"(?:本地|当地|本市|本县|本区|本省)(?:企业|机构|单位|公司|中介机构|业绩)",
    )
)


def local_words(text: str) -> tuple[str, ...]:
    """List the passages of *text* that demand a local registration, office, tax record or preference."""
    dense = "".join(unicodedata.normalize("NFKC", text).split())
    found = (match.group(0) for pattern in _PATTERNS for match in pattern.finditer(dense))
    return tuple(dict.fromkeys(found))
