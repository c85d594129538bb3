"""Which category? Nats for being wrong, and for being unsure."""

from math import log

import pytest
import torch
from torch.nn.functional import cross_entropy

from course_lib.mocogan.objectives import category_loss


def logits(*shape):
    return 3 * torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("n", [2, 4, 7])
def test_who_has_no_idea_pays_the_log_of_the_number_of_categories(n):
    paid = category_loss(torch.zeros(5, n), torch.arange(5) % n)
    assert paid.item() == pytest.approx(log(n))


def test_it_is_torch_s_cross_entropy():
    scores, asked = logits(6, 4), torch.tensor([0, 3, 1, 2, 2, 0])
    torch.testing.assert_close(
        category_loss(scores, asked), cross_entropy(scores, asked)
    )


def test_raising_all_scores_changes_nothing_and_sure_is_cheap():
    scores, asked = logits(6, 4), torch.tensor([0, 3, 1, 2, 2, 0])
    torch.testing.assert_close(
        category_loss(scores + 100, asked),
        category_loss(scores, asked),
        rtol=1e-4,
        atol=1e-5,
    )
    sure = 800 * torch.nn.functional.one_hot(asked, 4)
    assert category_loss(sure.float(), asked) == 0
    assert category_loss(-sure.float(), asked) == pytest.approx(800 + log(3))
