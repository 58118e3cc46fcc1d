"""
Names of bodies and people that do not exist.

Every organisation carries 示例 in its name, every person 示 in the middle; the
stems are water and cloud words. Codes lie under 91990000, a division that does
not exist, and telephone numbers under an area code that nobody has.
"""

from random import Random
from typing import Final

from market.kernel.uscc import with_check_digit

_FIRST: Final = "清澄澹漪涟溪浦泓泽润沐沁汀洲渚漫渊淇湛潋云霁岚霞晴露霭虹雨雾"
_SECOND: Final = "源川岸桥舟帆影光音风月山石林竹松梅兰荷萍蓝青碧白和安宁平远明"
_SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶"
_GIVEN: Final = "安宁平远明清和文博思雨晨岚溪川"

AGENCY_KINDS: Final = {
    "environment": ("生态环境技术", "环境咨询"),
    "water": ("水利水保技术", "水务咨询"),
    "energy": ("节能技术", "能源咨询"),
    "investment_consulting": ("工程咨询", "投资咨询"),
    "technical_review": ("技术评估", "评审咨询"),
    "land_survey": ("测绘", "勘测"),
    "geology": ("地质工程", "岩土勘察"),
    "engineering": ("工程设计", "建设监理"),
    "testing": ("检测技术", "质量检测"),
    "safety": ("安全技术", "安全评价"),
    "health": ("职业健康技术", "卫生检测"),
    "transport": ("交通咨询", "航道技术"),
    "forestry": ("林业规划", "园林设计"),
    "meteorology": ("防雷检测", "气象技术"),
    "audit_valuation": ("资产评估", "造价咨询"),
}
PUBLIC_OWNERS: Final = (
    "小学", "中学", "实验学校", "中心医院", "社区卫生服务中心", "街道办事处", "镇人民政府", "公园管理处",
    "市政养护中心", "水利工程管理所", "公路管理站", "文化馆", "体育中心", "保障房建设中心", "园区管理委员会",
)  # fmt: skip
STATE_OWNERS: Final = (
    "城市建设投资有限公司",
    "水务有限公司",
    "交通发展有限公司",
    "文旅发展有限公司",
    "产业园开发有限公司",
)
PRIVATE_OWNERS: Final = ("置业有限公司", "制造有限公司", "新材料有限公司", "仓储物流有限公司", "食品有限公司")
PROJECTS: Final = (
    "改扩建工程", "新建工程", "综合整治工程", "提升改造项目", "配套道路工程", "污水管网改造工程", "加固维修工程",
    "绿化景观工程", "设备更新项目", "标准厂房项目", "停车场建设项目", "雨污分流工程",
)  # fmt: skip


def uscc(number: int) -> str:
    """Return the code of the *number*-th body of the sample city."""
    return with_check_digit(f"91990000MA{number:07d}")


def stems(rng: Random) -> list[str]:
    """Return all stems of names in a drawn order, longer ones after the short ones."""
    short = [first + second for first in _FIRST for second in _SECOND]
    rng.shuffle(short)
    return short + [one + other[0] for one, other in zip(short, reversed(short), strict=True)]


def person(rng: Random) -> str:
    """Return the name of somebody who does not exist."""
    return f"{rng.choice(_SURNAMES)}示{rng.choice(_GIVEN)}"


def phone(rng: Random) -> str:
    """Return a telephone number that reaches nobody."""
    return f"0000-8{rng.randrange(1_000_000):06d}"
