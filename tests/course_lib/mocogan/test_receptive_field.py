"""Receptive fields: closed form against the nonzero entries of gradients."""

import pytest
import torch
from torch import nn

from course_lib.mocogan.discriminators import (
    build_patch_discriminator,
    build_stacked_frames_discriminator,
    build_video_discriminator,
    build_whole_image_discriminator,
)
from course_lib.mocogan.receptive_field import (
    ReceptiveField,
    conv_specs,
    receptive_field,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_video_discriminator_covers_16_frames_and_all_of_64_pixels():
    network = build_video_discriminator(2, 2, rng())
    time, space = (conv_specs(network, axis) for axis in (0, 1))
    assert receptive_field(16, time) == ReceptiveField(1, size=16, jump=1)
    assert receptive_field(64, space) == ReceptiveField(1, size=94, jump=16)


@pytest.mark.parametrize("n_layers", range(6))
def test_each_layer_of_the_video_discriminator_shortens_time_by_3_frames(n_layers):
    layers = conv_specs(build_video_discriminator(2, 2, rng()), 0)[:n_layers]
    expected = (16, 13, 10, 7, 4, 1)[n_layers]
    assert receptive_field(16, layers).output_length == expected


def test_a_patch_logit_covers_46_pixels_and_a_whole_image_logit_all_of_them():
    patch = conv_specs(build_patch_discriminator(2, rng()), 0)
    assert receptive_field(64, patch) == ReceptiveField(4, 46, 16)
    whole = conv_specs(build_whole_image_discriminator(2, rng()), 1)
    assert receptive_field(64, whole) == ReceptiveField(1, 94, 16)
    stacked = conv_specs(build_stacked_frames_discriminator(2, 2, rng()), 1)
    assert receptive_field(32, stacked).output_length == 1


@pytest.mark.parametrize("seed", range(8))
def test_size_and_jump_are_those_of_nonzero_gradients(seed):
    generator = rng(seed)

    def randint(low, high):
        return int(torch.randint(low, high, (), generator=generator))

    layers = [(randint(1, 5), randint(1, 4), randint(0, 2)) for _ in range(4)]
    convolutions = [nn.Conv1d(1, 1, *layer, bias=False) for layer in layers]
    for convolution in convolutions:
        nn.init.ones_(convolution.weight)
    x = torch.ones(1, 1, 300, requires_grad=True)
    y = nn.Sequential(*convolutions)(x)
    field = receptive_field(300, layers)
    assert y.shape[2] == field.output_length
    starts = []
    for output in (field.output_length // 2, field.output_length // 2 + 1):
        (gradient,) = torch.autograd.grad(y[0, 0, output], x, retain_graph=True)
        inputs = gradient[0, 0].nonzero().flatten()
        starts.append(int(inputs[0]))
        assert int(inputs[-1]) - starts[-1] + 1 <= field.size
    assert starts[1] - starts[0] == field.jump
    if all(kernel >= stride for kernel, stride, _ in layers):  # no input is skipped
        assert len(inputs) == field.size


def test_without_layers_an_output_depends_on_one_input():
    assert receptive_field(9, []) == ReceptiveField(9, 1, 1)


def test_an_input_shorter_than_a_kernel_is_rejected():
    assert receptive_field(13, [(4, 1, 0)] * 4).output_length == 1
    with pytest.raises(ValueError, match="A kernel of 4 needs an input of at least 4"):
        receptive_field(15, [(4, 1, 0)] * 5)
    assert receptive_field(2, [(4, 1, 1)]).output_length == 1  # long enough padded
