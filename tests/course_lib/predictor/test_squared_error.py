"""The unit of predictions: squared error, summed over a frame, of pixels in [0, 1]."""

import torch

from course_lib.predictor.squared_error import frame_errors, squared_error


def clips(seed, n=3):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(n, 4, 2, 6, 5, generator=generator, dtype=torch.float64) - 1


def test_a_wholly_wrong_frame_costs_its_number_of_pixels():
    black, white = -torch.ones(2, 3, 1, 64, 64), torch.ones(2, 3, 1, 64, 64)
    assert torch.equal(frame_errors(black, white), torch.full((2, 3), 4096.0))
    assert squared_error(white, black) == 4096


def test_it_is_the_mean_error_of_a_pixel_times_their_number_in_the_published_range():
    predicted, target = clips(1), clips(2)
    unit = ((predicted + 1) / 2, (target + 1) / 2)
    per_pixel = torch.nn.functional.mse_loss(*unit)
    assert torch.allclose(squared_error(predicted, target), per_pixel * 2 * 6 * 5)


def test_each_frame_has_its_own_error():
    predicted, target = clips(3), clips(3)
    target[1, 2, 0, 4, 3] += 1
    errors = frame_errors(predicted, target)
    assert errors[1, 2] == 0.25
    assert errors.sum() == 0.25


def test_a_frame_that_is_right_costs_nothing_and_sides_do_not_matter():
    a, b = clips(4), clips(5)
    assert squared_error(a, a) == 0
    assert squared_error(a, b) == squared_error(b, a)


def test_the_mean_of_two_futures_beats_both():
    left, right = clips(6, n=1), clips(7, n=1)
    futures = torch.cat((left, right))

    def price(guess):
        return squared_error(guess.expand_as(futures), futures)

    blur = (left + right) / 2
    assert price(blur) < min(price(left), price(right))
    assert torch.allclose(price(left), 2 * price(blur))
    guess = blur.clone().requires_grad_()
    (slope,) = torch.autograd.grad(price(guess), guess)
    assert slope.abs().max() < 1e-12
