"""Painters: as large as the paper says, and blind to all frames but their own."""

from itertools import pairwise

import pytest
import torch

from course_lib.mocogan.generator import (
    BLOT,
    REACH,
    UNIT,
    Painter,
    PlacedPainter,
    StyledLayer,
    count_weights,
    crisp,
    whole,
)


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
    lambda seed=0: PlacedPainter(4, 6, 8, rng(seed)),
)
each = pytest.mark.parametrize("painter", PAINTERS, ids=["paper", "placed"])


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


def placed(seed=0):
    return PAINTERS[1](seed)


def bright(frames):
    return frames.amax(dim=1) > -1


def middle(frame):
    """x and y of the middle of what is not black, in pixels."""
    rows, columns = bright(frame[None])[0].nonzero().double().T
    return torch.stack((columns.mean(), rows.mean())) + 0.5


def test_a_placed_frame_is_painted_alone():
    network, z = placed(), latents(5, 6)
    torch.testing.assert_close(network(z)[2:3], network(z[2:3]), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_a_frame_has_one_colour_that_only_what_stays_decides():
    network, z = placed(), latents(6, 6)
    moved = torch.cat((z[:, :4], -z[:, 4:]), dim=1)
    for one, other in zip(network(z), network(moved), strict=True):
        assert len(one.flatten(1).T.unique(dim=0)) == 2  # a colour, and black
        assert torch.equal(
            one.flatten(1).T.unique(dim=0), other.flatten(1).T.unique(dim=0)
        )


@torch.no_grad()
def test_a_thing_is_a_blot_at_the_place_that_its_latent_gives():
    network, z = placed(), latents(8, 6)
    for weight in (network.last.weight, network.last.bias):
        weight.zero_()
    frames, places = network(z), 32 + REACH * network.place(z).tanh()
    for frame, place in zip(frames, places.double(), strict=True):
        if (place - 32).abs().max() < 25:  # not cut off by an edge
            assert torch.equal(middle(frame), place.round())
            radius = (bright(frame[None]).sum() / torch.pi).sqrt()
            assert radius.item() == pytest.approx(UNIT * BLOT / 2, rel=0.05)


@torch.no_grad()
@pytest.mark.parametrize("far", [-9.0, 9.0])
def test_at_the_edges_a_thing_is_cut_off_and_never_comes_in_again(far):
    network, z = placed(), latents(1, 6)
    network.place[2].weight.zero_()
    network.place[2].bias.copy_(torch.tensor([far, far]))
    seen = bright(network(z))[0].nonzero()
    assert len(seen) and (seen < 20).all() == (far < 0)
    assert (seen > 43).all() == (far > 0)


def test_the_thing_s_edge_passes_slopes_to_its_place_and_its_form():
    network, z = placed(), latents(4, 6).requires_grad_()
    pixels = torch.randn(4, 3, 64, 64, generator=rng())
    (network(z) * pixels).sum().backward()
    assert (z.grad[:, :4].abs().sum(1) > 0).all()
    assert (z.grad[:, 4:].abs().sum(1) > 0).all()


def test_places_are_rounded_and_keep_their_slopes():
    places = torch.tensor([[0.4, 2.6], [-0.6, 7.0]], requires_grad=True)
    found = whole(places)
    assert found.tolist() == [[0, 3], [-1, 7]]
    (slope,) = torch.autograd.grad((found * torch.arange(2.0)).sum(), places)
    assert slope.tolist() == [[0, 1], [0, 1]]


def test_a_crisp_share_is_0_or_1_and_has_the_slope_of_its_argument():
    shares = torch.tensor([[0.1, 0.5, 0.50001, 0.9]], requires_grad=True)
    found = crisp(shares)
    assert found.tolist() == [[0, 0, 1, 1]]
    (slope,) = torch.autograd.grad((found * torch.arange(4.0)).sum(), shares)
    assert slope.tolist() == [[0, 1, 2, 3]]


def test_a_style_weighs_inputs_and_never_shouts():
    layer, x = StyledLayer(5, 7), torch.randn(3, 5, 11, generator=rng())
    manner = torch.randn(3, 64, generator=rng(1))
    found = layer(x, manner)
    for picture in range(3):
        weight = layer.mix.weight * (1 + layer.style(manner)[picture])
        weight = 1.4 * weight / weight.norm(dim=1, keepdim=True)
        raw = weight @ x[picture] + layer.shift(manner)[picture][:, None]
        expected = torch.where(raw > 0, raw, 0.2 * raw)
        torch.testing.assert_close(found[picture], expected)
