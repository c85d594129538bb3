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
        ("one frame", draw(1, 2, 3, 4), 1.5 * draw(1, 2, 3, 4)),
        ("a flow of whole pixels", draw(2, 2, 4, 5), whole_pixels),
        ("float32 stays float32", draw(2, 2, 3, 6).float(), draw(2, 2, 3, 6).float()),
    )
    # at whole pixels the interpolation has a kink, and right answers differ in their
    # gradient with respect to the flow
    return [
        Case(label, {"frames": a, "flow": b}, both if i < 4 else ("frames",) * (i < 5))
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


def _grid(frames, flow):
    height, width = frames.shape[2:]
    x, y = _source(frames, flow, clamp=False)
    return torch.stack((2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1), dim=3)


def _by_grid_sample(frames, flow, **options):
    return grid_sample(frames, _grid(frames, flow), **options)


def _only(flow, channel):
    """1 for one channel of the flow, 0 for the other."""
    mask = torch.zeros(1, 2, 1, 1, dtype=flow.dtype)
    mask[:, channel] = 1
    return mask


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


def _by_size(frames, flow):
    height, width = frames.shape[2:]
    x, y = _source(frames, flow, clamp=False)
    grid = torch.stack((2 * x / width - 1, 2 * y / height - 1), dim=3)
    return grid_sample(frames, grid, padding_mode="border", align_corners=True)


def _corners(frames, x, y, left, top, right, below):
    """Bilinear interpolation of four given corners, held inside the frame."""
    height, width = frames.shape[2:]
    clip = torch.arange(len(frames)).view(-1, 1, 1)

    def at(row, column):
        row, column = row.clamp(0, height - 1).long(), column.clamp(0, width - 1).long()
        return frames[clip, :, row, column].movedim(3, 1)

    u, v = (x - left).unsqueeze(1), (y - top).unsqueeze(1)
    upper = (1 - u) * at(top, left) + u * at(top, right)
    lower = (1 - u) * at(below, left) + u * at(below, right)
    return (1 - v) * upper + v * lower


def _truncated(frames, flow):
    x, y = _source(frames, flow, clamp=False)
    left, top = x.trunc(), y.trunc()
    return _corners(frames, x, y, left, top, left + 1, top + 1)


def _weights_beyond_the_border(frames, flow):
    height, width = frames.shape[2:]
    x, y = _source(frames, flow, clamp=False)
    left, top = x.floor().clamp(0, width - 2), y.floor().clamp(0, height - 2)
    return _corners(frames, x, y, left, top, left + 1, top + 1)


def _ceiling(frames, flow):
    x, y = _source(frames, flow)
    left, top, right, below = x.floor(), y.floor(), x.ceil(), y.ceil()
    clip = torch.arange(len(frames)).view(-1, 1, 1)
    total = 0
    for row, v in ((top, below - y), (below, y - top)):
        for column, u in ((left, right - x), (right, x - left)):
            pixels = frames[clip, :, row.long(), column.long()].movedim(3, 1)
            total = total + (u * v).unsqueeze(1) * pixels
    return total


def _forward_splatting(frames, flow):
    width = frames.shape[3]
    x, y = _source(frames, flow)
    index = (y.round() * width + x.round()).long().flatten(1).unsqueeze(1)
    index = index.expand(-1, frames.shape[1], -1)
    start = torch.zeros_like(frames).flatten(2)
    return start.scatter_add(2, index, frames.flatten(2)).view_as(frames)


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
            "reflected border",
            partial(_by_grid_sample, padding_mode="reflection", align_corners=True),
            "Beyond the border the frame is mirrored. Positions outside read the "
            "nearest pixel of the border.",
        ),
        Mistake(
            "coordinates divided by the size",
            _by_size,
            "With `align_corners=True`, -1 and 1 are the centres of the first and the "
            "last pixel, which are width - 1 apart. Divide by width - 1 and height - "
            "1, not by the sizes.",
        ),
        Mistake(
            "bicubic interpolation",
            partial(
                _by_grid_sample,
                mode="bicubic",
                padding_mode="border",
                align_corners=True,
            ),
            "Bicubic interpolation uses 16 pixels and can leave the range of the "
            "frame. The docstring asks for bilinear interpolation.",
        ),
        Mistake(
            "x and y exchanged in the grid",
            lambda frames, flow: grid_sample(
                frames,
                _grid(frames, flow).flip(3),
                padding_mode="border",
                align_corners=True,
            ),
            "`grid_sample` expects x first, then y: the last axis of the grid is "
            "(column, row).",
        ),
        Mistake(
            "no vertical motion",
            lambda frames, flow: backward_warp(frames, flow * _only(flow, 0)),
            "Channel 1 of the flow is ignored, so nothing moves vertically. Add it to "
            "the rows.",
        ),
        Mistake(
            "positions rounded towards zero",
            _truncated,
            "`trunc`, `int` and `.long()` round towards zero, so the pixel left of "
            "-0.3 becomes 0, not -1. Clamp the positions first, or use `floor`.",
        ),
        Mistake(
            "weights beyond the border",
            _weights_beyond_the_border,
            "The corners are held inside the frame, but the weights are computed from "
            "positions outside: a weight above 1 or below 0 extrapolates. Clamp the "
            "positions first.",
        ),
        Mistake(
            "weights that vanish at whole pixels",
            _ceiling,
            "At a whole position `floor` and `ceil` agree, so all weights are 0 and "
            "the pixel is black. The right neighbour is `floor` + 1, held inside the "
            "frame.",
        ),
        Mistake(
            "pixels pushed forward",
            _forward_splatting,
            "Every old pixel is moved to where its flow points, which leaves holes and "
            "piles. Backward warping *reads*: every new pixel looks up its source.",
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
