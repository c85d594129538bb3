"""D* is the share of the data at a point, from log densities of any size."""

import torch

from course_lib.gan.optimal_discriminator import optimal_discriminator


def test_the_best_verdict_is_the_data_s_share():
    p, q = torch.rand(2, 50, dtype=torch.float64, generator=torch.Generator())
    found = optimal_discriminator(p.log(), q.log())
    assert torch.allclose(found, p / (p + q))


def test_three_times_as_dense_data_get_three_quarters():
    found = optimal_discriminator(torch.tensor(3.0).log(), torch.tensor(1.0).log())
    assert torch.allclose(found, torch.tensor(0.75))


def test_equal_densities_leave_the_judge_undecided():
    log_p = torch.tensor([-700.0, 0.0, 700.0])
    assert torch.equal(optimal_discriminator(log_p, log_p), torch.full((3,), 0.5))


def test_only_the_ratio_of_densities_counts():
    log_p, log_q = torch.randn(2, 20, dtype=torch.float64)
    shifted = optimal_discriminator(log_p - 650, log_q - 650)
    assert torch.allclose(shifted, optimal_discriminator(log_p, log_q))


def test_swapping_data_and_fakes_swaps_the_verdict():
    log_p, log_q = torch.randn(2, 20, dtype=torch.float64)
    there, back = (
        optimal_discriminator(*pair) for pair in ((log_p, log_q), (log_q, log_p))
    )
    assert torch.allclose(there + back, torch.ones(20).double())


def test_densities_that_no_float_holds_still_compare():
    log_p = torch.tensor([-700.0, 700.0, 1000.0, -1000.0])
    log_q = torch.tensor([-690.0, 690.0, -1000.0, 1000.0])
    expected = torch.tensor([4.5397868e-05, 1 - 4.5397868e-05, 1.0, 0.0])
    assert torch.allclose(optimal_discriminator(log_p, log_q), expected, rtol=1e-4)


def test_a_place_where_only_data_live_gets_1_and_one_of_fakes_0():
    nowhere = torch.tensor(-torch.inf)
    assert optimal_discriminator(torch.tensor(0.0), nowhere) == 1
    assert optimal_discriminator(nowhere, torch.tensor(0.0)) == 0
