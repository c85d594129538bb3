"""Image generators: sizes, gradients, and the object generator's prior."""

from itertools import pairwise

import pytest
import torch

from course_lib.mocogan.generator import (
    INITIAL_DIAMETER,
    LENGTH_UNIT,
    MAX_OFFSET,
    ImageGenerator,
    ModulatedLayer,
    ObjectGenerator,
    count_parameters,
    straight_through_round,
    straight_through_threshold,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def latents(n, size):
    return torch.randn(n, size, generator=rng(5))


@pytest.mark.parametrize(("categories", "count"), [(2, 3_265_408), (6, 3_298_176)])
def test_the_paper_s_image_generator_has_as_many_parameters_as_released(
    categories, count
):
    assert count_parameters(ImageGenerator(50 + categories + 10, 64, rng())) == count


def test_parameters_are_those_of_kernels_and_batch_norms():
    channels = (7, 32, 16, 8, 4, 3)
    kernels = sum(16 * a * b for a, b in pairwise(channels))
    norms = 2 * (32 + 16 + 8 + 4)
    assert count_parameters(ImageGenerator(7, 4, rng())) == kernels + norms


GENERATORS = {
    "paper": lambda seed=0: ImageGenerator(6, 4, rng(seed)),
    "object": lambda seed=0: ObjectGenerator(4, 6, 8, rng(seed)),
}
each = pytest.mark.parametrize("build", GENERATORS.values(), ids=GENERATORS)


@each
def test_a_latent_becomes_a_frame_of_64_pixels_in_range(build):
    frames = build()(50 * latents(3, 6))
    assert frames.shape == (3, 3, 64, 64) and frames.dtype == torch.float32
    assert frames.abs().max() <= 1 and frames.min() < 0 < frames.max()


@each
def test_every_parameter_gets_a_gradient(build):
    network = build()
    network(latents(4, 6)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


@each
def test_initial_weights_depend_on_the_given_random_generator_only(build):
    first, again, other = (build(seed).state_dict() for seed in (7, 7, 8))
    for name, weight in first.items():
        assert torch.equal(weight, again[name])
        if weight.is_floating_point() and weight.ndim > 1:
            assert not torch.equal(weight, other[name]), name


@each
def test_frames_under_autocast_are_close_to_those_in_float32(build):
    network, z = build(), latents(8, 6)
    with torch.no_grad():
        expected = network(z)
        with torch.autocast("cpu", torch.bfloat16):
            frames = network(z)
    assert frames.dtype == torch.float32
    assert (frames - expected).abs().max() < 0.05 * expected.abs().max() + 0.01


def object_generator():
    return GENERATORS["object"]()


def object_mask(frames):
    return frames.amax(dim=1) > -1


def object_centre(frame):
    """x and y of the centre of the pixels that are not black, in pixels."""
    rows, columns = object_mask(frame[None])[0].nonzero().double().T
    return torch.stack((columns.mean(), rows.mean())) + 0.5


def test_the_object_generator_treats_each_frame_independently():
    network, z = object_generator(), latents(5, 6)
    torch.testing.assert_close(network(z)[2:3], network(z[2:3]), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_a_frame_has_one_colour_which_depends_on_static_dimensions_only():
    network, z = object_generator(), latents(6, 6)
    other_motion = torch.cat((z[:, :4], -z[:, 4:]), dim=1)
    for one, other in zip(network(z), network(other_motion), strict=True):
        assert len(one.flatten(1).T.unique(dim=0)) == 2  # a colour, and black
        assert torch.equal(
            one.flatten(1).T.unique(dim=0), other.flatten(1).T.unique(dim=0)
        )


@torch.no_grad()
def test_without_an_output_layer_the_object_is_a_disc_at_its_position():
    network, z = object_generator(), latents(8, 6)
    for parameter in (network.output.weight, network.output.bias):
        parameter.zero_()
    frames, positions = network(z), 32 + MAX_OFFSET * network.position(z).tanh()
    for frame, position in zip(frames, positions.double(), strict=True):
        if (position - 32).abs().max() < 25:  # not cut off by an edge
            assert torch.equal(object_centre(frame), position.round())
            radius = (object_mask(frame[None]).sum() / torch.pi).sqrt()
            expected = LENGTH_UNIT * INITIAL_DIAMETER / 2
            assert radius.item() == pytest.approx(expected, rel=0.05)


@torch.no_grad()
@pytest.mark.parametrize("offset", [-9.0, 9.0])
def test_an_object_at_an_edge_is_cut_off_and_does_not_wrap_around(offset):
    network, z = object_generator(), latents(1, 6)
    network.position[2].weight.zero_()
    network.position[2].bias.copy_(torch.tensor([offset, offset]))
    pixels = object_mask(network(z))[0].nonzero()
    assert len(pixels) and (pixels < 20).all() == (offset < 0)
    assert (pixels > 43).all() == (offset > 0)


def test_gradients_of_pixels_reach_the_static_and_the_moving_dimensions():
    network, z = object_generator(), latents(4, 6).requires_grad_()
    pixels = torch.randn(4, 3, 64, 64, generator=rng())
    (network(z) * pixels).sum().backward()
    assert (z.grad[:, :4].abs().sum(1) > 0).all()
    assert (z.grad[:, 4:].abs().sum(1) > 0).all()


def test_straight_through_rounding_has_the_gradient_of_the_identity():
    x = torch.tensor([[0.4, 2.6], [-0.6, 7.0]], requires_grad=True)
    rounded = straight_through_round(x)
    assert rounded.tolist() == [[0, 3], [-1, 7]]
    (gradient,) = torch.autograd.grad((rounded * torch.arange(2.0)).sum(), x)
    assert gradient.tolist() == [[0, 1], [0, 1]]


def test_a_straight_through_threshold_has_the_gradient_of_the_identity():
    probabilities = torch.tensor([[0.1, 0.5, 0.50001, 0.9]], requires_grad=True)
    mask = straight_through_threshold(probabilities)
    assert mask.tolist() == [[0, 0, 1, 1]]
    weighted = (mask * torch.arange(4.0)).sum()
    (gradient,) = torch.autograd.grad(weighted, probabilities)
    assert gradient.tolist() == [[0, 1, 2, 3]]


def test_a_modulated_layer_scales_its_inputs_and_normalizes_its_weights():
    layer, x = ModulatedLayer(5, 7), torch.randn(3, 5, 11, generator=rng())
    style = torch.randn(3, 64, generator=rng(1))
    features = layer(x, style)
    for i in range(3):
        weight = layer.linear.weight * (1 + layer.modulation(style)[i])
        weight = 1.4 * weight / weight.norm(dim=1, keepdim=True)
        linear = weight @ x[i] + layer.shift(style)[i][:, None]
        expected = torch.where(linear > 0, linear, 0.2 * linear)
        torch.testing.assert_close(features[i], expected)
