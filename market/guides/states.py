"""
The life of a service guide (服务指南), version by version.

Publishing a new version supersedes the old one; nothing published is edited.
The version cited at registration binds the agency for that selection.

Basis: 2022 plan, item 9 (明确服务条件、流程、时限、收费标准); DESIGN §4.
"""

from enum import StrEnum

from market.kernel.lifecycle import Lifecycle, Move
from market.kernel.roles import Role


class GuideState(StrEnum):
    DRAFT = "draft"  # 草稿
    PUBLISHED = "published"  # 已公布
    SUPERSEDED = "superseded"  # 已被新版替代
    WITHDRAWN = "withdrawn"  # 已撤下


class GuideAction(StrEnum):
    PUBLISH = "publish"
    SUPERSEDE = "supersede"
    WITHDRAW = "withdraw"


GUIDE: Lifecycle[GuideState, GuideAction] = Lifecycle(
    "guide",
    [
        Move(GuideState.DRAFT, GuideAction.PUBLISH, GuideState.PUBLISHED, Role.AGENCY),
        Move(GuideState.PUBLISHED, GuideAction.SUPERSEDE, GuideState.SUPERSEDED, Role.SYSTEM),
        Move(GuideState.PUBLISHED, GuideAction.WITHDRAW, GuideState.WITHDRAWN, Role.AGENCY),
    ],
)
