"""The category loss: cross-entropy in nats."""

from math import log

import pytest
import torch
from torch.nn.functional import cross_entropy

from course_lib.mocogan.objectives import category_loss


def random_logits(*shape):
    return 3 * torch.randn(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("n", [2, 4, 7])
def test_uniform_logits_cost_the_log_of_the_number_of_categories(n):
    loss = category_loss(torch.zeros(5, n), torch.arange(5) % n)
    assert loss.item() == pytest.approx(log(n))


def test_the_category_loss_equals_torch_s_cross_entropy():
    logits, category = random_logits(6, 4), torch.tensor([0, 3, 1, 2, 2, 0])
    torch.testing.assert_close(
        category_loss(logits, category), cross_entropy(logits, category)
    )


def test_the_loss_is_invariant_to_a_shift_and_finite_for_extreme_logits():
    logits, category = random_logits(6, 4), torch.tensor([0, 3, 1, 2, 2, 0])
    torch.testing.assert_close(
        category_loss(logits + 100, category),
        category_loss(logits, category),
        rtol=1e-4,
        atol=1e-5,
    )
    confident = 800 * torch.nn.functional.one_hot(category, 4)
    assert category_loss(confident.float(), category) == 0
    wrong_loss = category_loss(-confident.float(), category)
    assert wrong_loss == pytest.approx(800 + log(3))
