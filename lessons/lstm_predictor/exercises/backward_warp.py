"""Ask for a frame whose every pixel is fetched along a flow."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import grid_sample, relu

from course_lib.predictor.warping import backward_warp
from teaching.exercise import Case, Exercise, Mistake


def _flow_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)
    whole = torch.randint(-3, 4, (2, 2, 4, 5), generator=rng).double()
    both = ("frames", "flow")
    questions = (
        ("every pixel along its own flow", draw(2, 3, 4, 5), 1.5 * draw(2, 2, 4, 5)),
        ("far beyond every border", draw(3, 1, 5, 3), 6 * draw(3, 2, 5, 3)),
        ("as many channels as clips", draw(3, 3, 4, 4), 1.5 * draw(3, 2, 4, 4)),
        ("whole pixels are fetched exactly", draw(2, 2, 4, 5), whole),
        ("float32 stays float32", draw(2, 2, 3, 6).float(), draw(2, 2, 3, 6).float()),
    )  # at whole pixels, right answers differ in the flow's slope
    return [
        Case(label, {"frames": a, "flow": b}, both if i < 3 else ("frames",) * (i < 4))
        for i, (label, a, b) in enumerate(questions)
    ]


def _places(frames, flow, inside=True):
    """Where every new pixel was: x and y, drawn back into the picture on request."""
    height, width = frames.shape[2:]
    x = torch.arange(width) + flow[:, 0]
    y = torch.arange(height)[:, None] + flow[:, 1]
    return (x.clamp(0, width - 1), y.clamp(0, height - 1)) if inside else (x, y)


def _seen(frames, x, y):
    """Every old pixel shows where it is less than 1 pixel away, under a tent."""
    down, along = (
        relu(1 - (place.unsqueeze(3) - torch.arange(size)).abs())
        for place, size in zip((y, x), frames.shape[2:], strict=True)
    )
    return torch.einsum("byxi,byxj,bcij->bcyx", down, along, frames)


def _sampler(frames, flow, **settings):
    height, width = frames.shape[2:]
    x, y = _places(frames, flow, inside=False)
    grid = torch.stack((2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1), dim=3)
    return grid_sample(frames, grid, **settings)


_well_set = partial(_sampler, padding_mode="border", align_corners=True)


def _four_corners(frames, flow):
    height, width = frames.shape[2:]
    x, y = _places(frames, flow, inside=False)
    clip, found = torch.arange(len(frames)).view(-1, 1, 1), 0
    for row in (y.floor(), y.floor() + 1):
        for column in (x.floor(), x.floor() + 1):
            near = (1 - (x - column).abs()) * (1 - (y - row).abs())
            i, j = row.clamp(0, height - 1).long(), column.clamp(0, width - 1).long()
            found = found + near.unsqueeze(3) * frames[clip, :, i, j]
    return found.movedim(3, 1)


def _in_units_of_the_frame(frames, flow):
    height, width = frames.shape[2:]
    half = flow.new_tensor([(width - 1) / 2, (height - 1) / 2])
    return backward_warp(frames, flow * half.view(2, 1, 1))


def _around(frames, flow):
    height, width = frames.shape[2:]
    x, y = _places(frames, flow, inside=False)
    return _seen(frames.repeat(1, 1, 3, 3), x % width + width, y % height + height)


def _shares_exchanged(frames, flow):
    x, y = (2 * p.floor() + 1 - p for p in _places(frames, flow))
    height, width = frames.shape[2:]
    return _seen(frames, x.clamp(max=width - 1), y.clamp(max=height - 1))


BACKWARD_WARP = Exercise(
    id="X2.7",
    title="Fetch, don't paint",
    reference=backward_warp,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_flow_cases,
    mistakes=(
        Mistake(
            "the flow followed the wrong way",
            lambda frames, flow: backward_warp(frames, -flow),
            "A flow of (1, 0) brings what was on the left here. The flow points from "
            "the new pixel to the old place it is fetched from: add it, do not take it "
            "away.",
        ),
        Mistake(
            "right and down exchanged",
            lambda frames, flow: backward_warp(frames, flow.flip(1)),
            "Channel 0 of the flow points right, along the width, which is the *last* "
            "axis of a frame; channel 1 points down, along the height.",
        ),
        Mistake(
            "nearest pixel",
            lambda frames, flow: backward_warp(frames, flow.round()),
            "Whole pixels are right, but the flow's slope is 0 everywhere, so no "
            "network could learn it. Between pixels, blend the four around the place.",
        ),
        Mistake(
            "places rounded down",
            lambda frames, flow: backward_warp(frames, flow.floor()),
            "The part of a pixel behind the point is dropped, and with it the way back "
            "to the flow. It says how much of the next pixel to blend in.",
        ),
        Mistake(
            "zeros beyond the border",
            lambda frames, flow: _seen(frames, *_places(frames, flow, inside=False)),
            "FeatureMaps outside read 0 here, which is mid-grey for frames in [-1, 1]. They "
            "shall read the nearest pixel of the border.",
        ),
        Mistake(
            "in again at the other side",
            _around,
            "What leaves at the left comes in at the right here, as `torch.roll`, `%` "
            "and negative indices do it. A picture has borders: hold places there.",
        ),
        Mistake(
            "shares exchanged",
            _shares_exchanged,
            "A place just right of a pixel reads mostly the *next* one here. The "
            "nearer pixel has the larger share.",
        ),
        Mistake(
            "flow in units of the frame",
            _in_units_of_the_frame,
            "`grid_sample` counts from -1 to 1 across the frame, so the flow was read "
            "in half frames. It comes in pixels: rescale each axis by its own size.",
        ),
        Mistake(
            "corners not aligned",
            partial(_sampler, padding_mode="border", align_corners=False),
            "`grid_sample` by default sets -1 and 1 at the outer *edges* of the border "
            "pixels; you counted from centre to centre. Even a flow of 0 changes the "
            "frame here: the setting is `align_corners`.",
        ),
        Mistake(
            "the sampler's own settings",
            partial(_sampler, align_corners=False),
            "Left alone, `grid_sample` shows 0 beyond the border and counts from the "
            "outer edges of the border pixels. Two settings change that: "
            "`padding_mode` and `align_corners`.",
        ),
        Mistake(
            "one flow for all clips",
            lambda frames, flow: backward_warp(frames, flow[:1].expand_as(flow)),
            "Every frame is moved by the flow of the first one. Each has its own: keep "
            "the batch axis when places are looked up.",
        ),
        Mistake(
            "no way back to the flow",
            lambda frames, flow: backward_warp(frames, flow.detach()),
            "The frame is right, but the flow would learn nothing from it. Rounding "
            "has no slope; the shares have one, if they come from the places.",
        ),
    ),
    alternatives=(
        _well_set,
        _four_corners,
        lambda frames, flow: _seen(frames, *_places(frames, flow)),
    ),
    hints=(
        "Ask for each *new* pixel where it was: its column plus the first channel of "
        "the flow, its row plus the second. Hold both inside the frame.",
        "Round down to find the pixel above and left; its neighbours are one further, "
        "unless that is outside. What rounding cut off is the share of the neighbours.",
        "Flattened row by row, a pixel's place is one number, and `gather` fetches by "
        "it. Do so for the four corners; then blend with `torch.lerp`: twice along a "
        "row, once between the rows.",
    ),
)
