"""Space-to-depth is invertible; the frame codec has the right shapes and learns."""

import pytest
import torch

from course_lib.predictor.frame_codec import (
    CodecSizes,
    FrameDecoder,
    FrameEncoder,
    apply_per_frame,
    depth_to_space,
    space_to_depth,
)


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def noise(seed, *shape):
    return torch.randn(*shape, generator=rng(seed))


def test_channels_hold_the_pixels_of_a_square_row_by_row():
    frames, block = noise(1, 2, 3, 4, 6), 2
    features = space_to_depth(frames, block)
    assert features.shape == (2, 12, 2, 3)
    for channel in range(3):
        for down in range(block):
            for right in range(block):
                actual = features[:, channel * block**2 + down * block + right]
                assert torch.equal(actual, frames[:, channel, down::2, right::2])


def test_depth_to_space_inverts_space_to_depth():
    for shape, block in (((2, 1, 8, 8), 4), ((1, 3, 6, 9), 3), ((2, 2, 5, 7), 1)):
        frames = noise(2, *shape)
        assert torch.equal(depth_to_space(space_to_depth(frames, block), block), frames)


def test_frames_whose_sides_are_no_multiple_of_block_raise():
    with pytest.raises(ValueError, match=r"30 x 32 pixels and block 4"):
        space_to_depth(torch.zeros(1, 1, 30, 32), 4)


def test_apply_per_frame_equals_a_loop_over_frames():
    first, second = noise(3, 2, 5, 3, 4, 4), noise(4, 2, 5, 3, 4, 4)

    def combine(a, b):
        return a[:, :1] * b.mean(dim=(2, 3), keepdim=True)[:, 1:2]

    actual = apply_per_frame(combine, first, second)
    expected = [combine(first[:, t], second[:, t]) for t in range(5)]
    assert torch.allclose(actual, torch.stack(expected, dim=1))


def test_apply_per_frame_works_on_vectors():
    codes = noise(5, 2, 5, 7)
    assert torch.equal(apply_per_frame(lambda code: 2 * code, codes), 2 * codes)


def test_codes_and_decoded_frames_have_the_configured_sizes():
    sizes = CodecSizes(channels=3, side=32, width=8, code=20)
    frames = noise(6, 4, 3, 32, 32).tanh()
    codes = FrameEncoder(sizes, rng())(frames)
    decoded = FrameDecoder(sizes, rng())(1000 * codes)
    assert codes.shape == (4, 20)
    assert decoded.shape == frames.shape
    assert decoded.abs().max() <= 1


def test_an_encoder_and_a_decoder_learn_to_reconstruct_frames():
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
