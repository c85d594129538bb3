"""Folding frames: patches lose nothing, a code of any frame has its size."""

import pytest
import torch

from course_lib.predictor.frame_codec import (
    CodecSizes,
    FrameDecoder,
    FrameEncoder,
    depth_to_space,
    apply_per_frame,
    space_to_depth,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed))


def test_a_place_holds_the_pixels_of_its_square_row_by_row():
    frames, block = noise(1, 2, 3, 4, 6), 2
    places = space_to_depth(frames, block)
    assert places.shape == (2, 12, 2, 3)
    for channel in range(3):
        for down in range(block):
            for right in range(block):
                found = places[:, channel * block**2 + down * block + right]
                assert torch.equal(found, frames[:, channel, down::2, right::2])


def test_unfolding_undoes_folding():
    for shape, block in (((2, 1, 8, 8), 4), ((1, 3, 6, 9), 3), ((2, 2, 5, 7), 1)):
        frames = noise(2, *shape)
        assert torch.equal(depth_to_space(space_to_depth(frames, block), block), frames)


def test_frames_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match=r"30 x 32 pixels .* side 4"):
        space_to_depth(torch.zeros(1, 1, 30, 32), 4)


def test_all_frames_at_once_are_all_frames_one_by_one():
    first, second = noise(3, 2, 5, 3, 4, 4), noise(4, 2, 5, 3, 4, 4)

    def mixed(a, b):
        return a[:, :1] * b.mean(dim=(2, 3), keepdim=True)[:, 1:2]

    together = apply_per_frame(mixed, first, second)
    one_by_one = [mixed(first[:, t], second[:, t]) for t in range(5)]
    assert torch.allclose(together, torch.stack(one_by_one, dim=1))


def test_codes_of_frames_are_vectors_too():
    codes = noise(5, 2, 5, 7)
    assert torch.equal(apply_per_frame(lambda code: 2 * code, codes), 2 * codes)


def test_a_code_has_its_length_and_unfolds_into_a_frame():
    sizes = CodecSizes(channels=3, side=32, width=8, code=20)
    frames = noise(6, 4, 3, 32, 32).tanh()
    codes = FrameEncoder(sizes, rng())(frames)
    again = FrameDecoder(sizes, rng())(1000 * codes)
    assert codes.shape == (4, 20)
    assert again.shape == frames.shape
    assert again.abs().max() <= 1


def test_a_codec_learns_to_give_a_frame_back():
    sizes = CodecSizes(side=16, width=8, code=16)
    encode, decode = FrameEncoder(sizes, rng()), FrameDecoder(sizes, rng(1))
    frames = noise(7, 4, 1, 16, 16).sign() * 0.8
    weights = [*encode.parameters(), *decode.parameters()]
    adam = torch.optim.Adam(weights, lr=1e-2)
    errors = []
    for _ in range(60):
        error = (decode(encode(frames)) - frames).square().mean()
        adam.zero_grad()
        error.backward()
        adam.step()
        errors.append(error.item())
    assert errors[-1] < 0.2 * errors[0]
