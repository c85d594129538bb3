"""Squared error, summed over a frame, of pixels in [0, 1]."""

import pytest
import torch

from course_lib.predictor.squared_error import frame_errors, squared_error


def clips(seed, n=3):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.rand(n, 4, 2, 6, 5, generator=generator, dtype=torch.float64) - 1


def test_white_predicted_as_black_costs_1_a_pixel():
    black, white = -torch.ones(2, 3, 1, 64, 64), torch.ones(2, 3, 1, 64, 64)
    assert torch.equal(frame_errors(black, white), torch.full((2, 3), 4096.0))
    assert squared_error(white, black) == 4096


def test_it_is_the_mean_squared_error_in_0_to_1_times_the_number_of_pixels():
    predicted, target = clips(1), clips(2)
    unit = ((predicted + 1) / 2, (target + 1) / 2)
    per_pixel = torch.nn.functional.mse_loss(*unit)
    assert torch.allclose(squared_error(predicted, target), per_pixel * 2 * 6 * 5)


def test_errors_are_separate_for_each_frame():
    predicted, target = clips(3), clips(3)
    target[1, 2, 0, 4, 3] += 1
    errors = frame_errors(predicted, target)
    assert errors[1, 2] == 0.25
    assert errors.sum() == 0.25


def test_it_is_0_for_equal_clips_and_symmetric():
    a, b = clips(4), clips(5)
    assert squared_error(a, a) == 0
    assert squared_error(a, b) == squared_error(b, a)


def test_the_mean_of_two_futures_has_the_least_error():
    left, right = clips(6, n=1), clips(7, n=1)
    futures = torch.cat((left, right))

    def error(prediction):
        return squared_error(prediction.expand_as(futures), futures)

    mean = ((left + right) / 2).requires_grad_()
    assert error(mean) < min(error(left), error(right))
    assert torch.allclose(error(left), 2 * error(mean))
    (gradient,) = torch.autograd.grad(error(mean), mean)
    assert gradient.abs().max() < 1e-12


@pytest.mark.parametrize("error", [frame_errors, squared_error])
def test_bytes_and_clips_of_different_shapes_are_refused(error):
    """3 - 5 is 254 in bytes; and a single frame broadcasts over any other shape."""
    dark, light = (torch.full((1, 2, 1, 4, 4), n, dtype=torch.uint8) for n in (3, 5))
    for one, other in ((dark, light), (dark.long(), light), (clips(1), clips(2).int())):
        with pytest.raises(ValueError, match=r"127\.5"):
            error(one.expand_as(other), other)
    for other in (clips(2)[:1], clips(2)[:, :1], clips(2)[..., :1]):
        with pytest.raises(ValueError, match="one shape"):
            error(clips(1), other)
