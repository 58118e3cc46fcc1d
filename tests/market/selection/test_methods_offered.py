"""The methods a notice offers and the methods that can choose a winner are the same, with the same lists."""

from market.notices.rules.methods import IMPLEMENTED
from market.selection import methods


def test_every_method_offered_can_choose_and_every_one_that_can_is_offered() -> None:
    assert {str(method) for method in IMPLEMENTED} == set(methods.BY_CODE)


def test_a_notice_announces_the_lists_its_method_draws() -> None:
    for method, terms in IMPLEMENTED.items():
        announced = [{"label": each.label, "take": each.take} for each in terms.lists]
        assert announced == list(methods.BY_CODE[str(method)].LISTS({}))
