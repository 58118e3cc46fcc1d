"""What an owner may not demand of agencies' homes, and what it may say of the project's."""

import pytest

from market.notices.rules.local import local_words


@pytest.mark.parametrize(
    "text",
    [
        "机构须在本地注册",
        "须为本市注册的企业",
        "在本市设立分支机构",
        "在当地设有办事处",
        "本县注册",
        "注册地须为本市",
        "注册地址在本区范围内",
        "须在本市依法纳税",
        "仅限本市企业报名",
        "本地企业优先",
        "外地机构不得参加",
        "须在 本 市 注 册",
        "项目所在地注册的机构",
        "具有本省业绩",
    ],
)
def test_a_demand_for_a_local_home_is_found(text: str) -> None:
    assert local_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "项目位于本市映月区",
        "在本市范围内的河道治理",
        "服务本市群众",
        "注册造价工程师编制",
        "机构应当依法登记注册",
        "成果报本市审批部门",
        "需到项目所在地踏勘",
        "不限注册地，外地机构同样可以报名",
    ],
)
def test_where_the_work_lies_may_be_said(text: str) -> None:
    assert not local_words(text)
