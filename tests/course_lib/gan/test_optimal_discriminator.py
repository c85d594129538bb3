"""D* = p / (p + q) from log densities of any size."""

import torch

from course_lib.gan.optimal_discriminator import optimal_discriminator


def test_it_is_p_over_p_plus_q():
    p, q = torch.rand(2, 50, dtype=torch.float64, generator=torch.Generator())
    d_star = optimal_discriminator(p.log(), q.log())
    assert torch.allclose(d_star, p / (p + q))


def test_a_density_ratio_of_3_gives_three_quarters():
    d_star = optimal_discriminator(torch.tensor(3.0).log(), torch.tensor(1.0).log())
    assert torch.allclose(d_star, torch.tensor(0.75))


def test_equal_densities_give_one_half():
    log_p = torch.tensor([-700.0, 0.0, 700.0])
    assert torch.equal(optimal_discriminator(log_p, log_p), torch.full((3,), 0.5))


def test_it_depends_only_on_the_ratio_of_the_densities():
    log_p, log_q = torch.randn(2, 20, dtype=torch.float64)
    shifted = optimal_discriminator(log_p - 650, log_q - 650)
    assert torch.allclose(shifted, optimal_discriminator(log_p, log_q))


def test_exchanging_p_and_q_gives_one_minus_d():
    log_p, log_q = torch.randn(2, 20, dtype=torch.float64)
    forward, exchanged = (
        optimal_discriminator(*pair) for pair in ((log_p, log_q), (log_q, log_p))
    )
    assert torch.allclose(forward + exchanged, torch.ones(20).double())


def test_densities_that_overflow_or_underflow_give_exact_results():
    log_p = torch.tensor([-700.0, 700.0, 1000.0, -1000.0])
    log_q = torch.tensor([-690.0, 690.0, -1000.0, 1000.0])
    expected = torch.tensor([4.5397868e-05, 1 - 4.5397868e-05, 1.0, 0.0])
    assert torch.allclose(optimal_discriminator(log_p, log_q), expected, rtol=1e-4)


def test_a_density_of_zero_gives_0_or_1():
    zero_density = torch.tensor(-torch.inf)
    assert optimal_discriminator(torch.tensor(0.0), zero_density) == 1
    assert optimal_discriminator(zero_density, torch.tensor(0.0)) == 0
