"""X2.7: backward warping of a frame by a flow."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import grid_sample, relu

from course_lib.predictor.warping import backward_warp
from teaching.exercise import Case, Exercise, Mistake


def _flow_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    whole_pixels = torch.randint(-3, 4, (2, 2, 4, 5), generator=rng).double()
    both = ("frames", "flow")
    labelled = (
        ("a flow for every pixel", draw(2, 3, 4, 5), 1.5 * draw(2, 2, 4, 5)),
        ("flows across the border", draw(3, 1, 5, 3), 6 * draw(3, 2, 5, 3)),
        ("as many channels as clips", draw(3, 3, 4, 4), 1.5 * draw(3, 2, 4, 4)),
        ("a flow of whole pixels", draw(2, 2, 4, 5), whole_pixels),
        ("float32 stays float32", draw(2, 2, 3, 6).float(), draw(2, 2, 3, 6).float()),
    )
    # at whole pixels the interpolation has a kink, and right answers differ in their
    # gradient with respect to the flow
    return [
        Case(label, {"frames": a, "flow": b}, both if i < 3 else ("frames",) * (i < 4))
        for i, (label, a, b) in enumerate(labelled)
    ]


def _source(frames, flow, clamp=True):
    """Positions x and y from which the new pixels are read."""
    height, width = frames.shape[2:]
    x = torch.arange(width) + flow[:, 0]
    y = torch.arange(height)[:, None] + flow[:, 1]
    return (x.clamp(0, width - 1), y.clamp(0, height - 1)) if clamp else (x, y)


def _interpolated(frames, x, y):
    """Bilinear interpolation as a sum over all pixels, with zeros outside."""
    row_weights, column_weights = (
        relu(1 - (position.unsqueeze(3) - torch.arange(size)).abs())
        for position, size in zip((y, x), frames.shape[2:], strict=True)
    )
    return torch.einsum("byxi,byxj,bcij->bcyx", row_weights, column_weights, frames)


def _by_grid_sample(frames, flow, **options):
    height, width = frames.shape[2:]
    x, y = _source(frames, flow, clamp=False)
    grid = torch.stack((2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1), dim=3)
    return grid_sample(frames, grid, **options)


_right_grid_sample = partial(_by_grid_sample, padding_mode="border", align_corners=True)


def _four_corners(frames, flow):
    height, width = frames.shape[2:]
    x, y = _source(frames, flow, clamp=False)
    clip, total = torch.arange(len(frames)).view(-1, 1, 1), 0
    for row in (y.floor(), y.floor() + 1):
        for column in (x.floor(), x.floor() + 1):
            weight = (1 - (x - column).abs()) * (1 - (y - row).abs())
            i, j = row.clamp(0, height - 1).long(), column.clamp(0, width - 1).long()
            total = total + weight.unsqueeze(3) * frames[clip, :, i, j]
    return total.movedim(3, 1)


def _flow_in_half_frames(frames, flow):
    height, width = frames.shape[2:]
    half = flow.new_tensor([(width - 1) / 2, (height - 1) / 2])
    return backward_warp(frames, flow * half.view(2, 1, 1))


def _cyclic(frames, flow):
    height, width = frames.shape[2:]
    x, y = _source(frames, flow, clamp=False)
    return _interpolated(
        frames.repeat(1, 1, 3, 3), x % width + width, y % height + height
    )


def _weights_exchanged(frames, flow):
    x, y = (2 * p.floor() + 1 - p for p in _source(frames, flow))
    height, width = frames.shape[2:]
    return _interpolated(frames, x.clamp(max=width - 1), y.clamp(max=height - 1))


BACKWARD_WARP = Exercise(
    id="X2.7",
    title="Backward warping",
    reference=backward_warp,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_flow_cases,
    mistakes=(
        Mistake(
            "flow subtracted",
            lambda frames, flow: backward_warp(frames, -flow),
            "With a flow of (1, 0) your new pixels come from the left. The flow points "
            "from the new pixel to its source in the old frame: add it.",
        ),
        Mistake(
            "channels of the flow exchanged",
            lambda frames, flow: backward_warp(frames, flow.flip(1)),
            "Channel 0 of the flow points right, along the width, which is the *last* "
            "axis of a frame; channel 1 points down, along the height.",
        ),
        Mistake(
            "nearest-neighbour interpolation",
            lambda frames, flow: backward_warp(frames, flow.round()),
            "A flow of whole pixels is right, but the gradient with respect to the "
            "flow is 0 everywhere, so no network could learn it. Interpolate the four "
            "pixels around the source position.",
        ),
        Mistake(
            "positions rounded down",
            lambda frames, flow: backward_warp(frames, flow.floor()),
            "The fractional part of the position is dropped, and with it the gradient "
            "with respect to the flow. It is the weight of the next pixel.",
        ),
        Mistake(
            "zeros beyond the border",
            lambda frames, flow: _interpolated(
                frames, *_source(frames, flow, clamp=False)
            ),
            "Positions outside read 0, which is mid-grey for frames in [-1, 1]. They "
            "should read the nearest pixel of the border.",
        ),
        Mistake(
            "cyclic border",
            _cyclic,
            "What leaves the frame on the left enters on the right, as with "
            "`torch.roll`, `%` and negative indices. Clamp the positions to the frame.",
        ),
        Mistake(
            "interpolation weights exchanged",
            _weights_exchanged,
            "A position just right of a pixel reads mostly the *next* one. The nearer "
            "pixel has the larger weight.",
        ),
        Mistake(
            "flow in units of half frames",
            _flow_in_half_frames,
            "The coordinates of `grid_sample` run from -1 to 1 across the frame, so "
            "the flow was read in half frames. It is in pixels: rescale each axis by "
            "its own size.",
        ),
        Mistake(
            "corners not aligned",
            partial(_by_grid_sample, padding_mode="border", align_corners=False),
            "In `grid_sample`, -1 and 1 are by default the outer *edges* of the border "
            "pixels; your coordinates are those of their centres. Even a flow of 0 "
            "changes the frame. Set `align_corners`.",
        ),
        Mistake(
            "defaults of grid_sample",
            partial(_by_grid_sample, align_corners=False),
            "By default `grid_sample` reads 0 beyond the border, and its -1 and 1 are "
            "the outer edges of the border pixels. Set `padding_mode` and "
            "`align_corners`.",
        ),
        Mistake(
            "one flow for all clips",
            lambda frames, flow: backward_warp(frames, flow[:1].expand_as(flow)),
            "Every frame is warped by the flow of the first one. Each has its own: "
            "keep the batch axis when you index the frames.",
        ),
        Mistake(
            "no gradient with respect to the flow",
            lambda frames, flow: backward_warp(frames, flow.detach()),
            "The frames are right, but the flow has no gradient. Rounding has gradient "
            "0; the interpolation weights have one, if they are computed from the "
            "positions.",
        ),
    ),
    alternatives=(
        _right_grid_sample,
        _four_corners,
        lambda frames, flow: _interpolated(frames, *_source(frames, flow)),
    ),
    hints=(
        "The source of each *new* pixel is its column plus the first channel of the "
        "flow, and its row plus the second. Clamp both to the frame.",
        "Round down to get the pixel above and left; its neighbours are one further, "
        "unless that is outside. The fractional parts are the weights of these "
        "neighbours.",
        "In a frame flattened row by row a pixel has one index, which `gather` takes. "
        "Do this for the four corners, then interpolate with `torch.lerp`: twice along "
        "a row, once between the rows.",
    ),
)
