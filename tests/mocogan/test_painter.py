"""Painters: as large as the paper says, and blind to all frames but their own."""

from itertools import pairwise

import pytest
import torch

from course_lib.mocogan.painter import Painter, StyledPainter, count_weights, restyled


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def latents(n, size):
    return torch.randn(n, size, generator=rng(5))


@pytest.mark.parametrize(("categories", "count"), [(2, 3_265_408), (6, 3_298_176)])
def test_the_paper_s_painter_has_as_many_weights_as_released(categories, count):
    assert count_weights(Painter(50 + categories + 10, 64, rng())) == count


def test_the_number_of_weights_is_that_of_kernels_and_norms():
    depths = (7, 32, 16, 8, 4, 3)
    kernels = sum(16 * a * b for a, b in pairwise(depths))
    assert count_weights(Painter(7, 4, rng())) == kernels + 2 * (32 + 16 + 8 + 4)


PAINTERS = (
    lambda seed=0: Painter(6, 4, rng(seed)),
    lambda seed=0: StyledPainter(4, 6, 8, rng(seed)),
)
each = pytest.mark.parametrize("painter", PAINTERS, ids=["paper", "styled"])


@each
def test_a_latent_becomes_a_frame_of_64_pixels_in_range(painter):
    frames = painter()(50 * latents(3, 6))
    assert frames.shape == (3, 3, 64, 64) and frames.dtype == torch.float32
    assert frames.abs().max() <= 1 and frames.min() < 0 < frames.max()


@each
def test_every_weight_gets_a_slope(painter):
    network = painter()
    network(latents(4, 6)).square().sum().backward()
    for name, weight in network.named_parameters():
        assert weight.grad is not None and weight.grad.abs().sum() > 0, name


@each
def test_weights_come_from_the_generator_alone(painter):
    first, again, other = (painter(seed).state_dict() for seed in (7, 7, 8))
    for name, weight in first.items():
        assert torch.equal(weight, again[name])
        if weight.is_floating_point() and weight.ndim > 1:
            assert not torch.equal(weight, other[name]), name


@each
def test_sixteen_bits_paint_nearly_the_same(painter):
    network, z = painter(), latents(8, 6)
    with torch.no_grad():
        exact = network(z)
        with torch.autocast("cpu", torch.bfloat16):
            short = network(z)
    assert short.dtype == torch.float32
    assert (short - exact).abs().max() < 0.05 * exact.abs().max() + 0.01


def test_a_styled_frame_is_painted_alone():
    network, z = PAINTERS[1](), latents(5, 6)
    torch.testing.assert_close(network(z)[2:3], network(z[2:3]), atol=1e-5, rtol=1e-4)


def test_what_stays_speaks_at_every_size():
    network, z = PAINTERS[1](), latents(2, 6)
    with torch.no_grad():
        network.first.weight[:, :4].zero_()  # not by the first layer any more
        before, after = (network(torch.cat((s, z[:, 4:]), 1)) for s in (z[:, :4],) * 2)
        assert torch.equal(before, after)
        assert not torch.allclose(before, network(torch.cat((-z[:, :4], z[:, 4:]), 1)))


def test_a_style_scales_and_shifts_channel_by_channel():
    x = torch.randn(2, 3, 4, 5, generator=rng())
    style = torch.randn(2, 6, generator=rng(1))
    found = restyled(x, style)
    for clip in range(2):
        for channel in range(3):
            expected = x[clip, channel] * (1 + style[clip, channel])
            expected += style[clip, 3 + channel]
            torch.testing.assert_close(found[clip, channel], expected)
