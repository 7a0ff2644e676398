import itertools

import pytest

from diffmem.agents.providers.dialect import Dialect, Form

LEARNT = Dialect(Form.OBJECT, "max_completion_tokens", temperature=False, tools=False)
HALVES = [
    Dialect(form=Form.OBJECT),
    Dialect(cap="max_completion_tokens"),
    Dialect(temperature=False),
    Dialect(tools=False),
]


@pytest.mark.parametrize("order", list(itertools.permutations(HALVES)))
def test_what_is_learnt_in_any_order_is_all_kept(order: tuple[Dialect, ...]) -> None:
    known = Dialect()
    for one in order:
        known = known.joined(one)

    assert known == LEARNT
    assert known.joined(Dialect()) == LEARNT
