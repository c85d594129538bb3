"""Ask where each pixel goes: least squares on the slopes of a small window.

A flow points from where a thing is in ``before`` to where it is in ``after``: channel
0 right, channel 1 down, in pixels. (A backward warp reads against it: it fetches.)
"""

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, grid_sample, interpolate, pad

from course_lib.metrics.given import IMAGES, plain, shaped, takes, whole
from course_lib.shapes import Images, Points

Flow = Float[Tensor, "batch 2 height width"]
Later = Float[Tensor, "batch channel rows columns"]
Other = Float[Tensor, "_ 2 _ _"]  # a flow; another size is refused in words

Rule = tuple[int, float]  # the side of a window, the damping

COARSEST = 8  # pixels that a side keeps at least
ROUNDS = 3  # at each size


class Slopes(NamedTuple):
    """How brightness changes a pixel to the right, a pixel down, and a frame on."""

    x: Tensor
    y: Tensor
    t: Tensor


def a_flow(x: Any, name: str) -> Flow:
    """A flow, finite, as floats: a rule of ``course_lib.metrics.given``.

    Raises:
        ValueError: if it is none.
    """
    flow = shaped("batch", "right and down", "height", "width")(x, name)
    if flow.shape[1] != 2 or not flow.isfinite().all():
        raise ValueError(
            f"{name} has to be a flow, (batch, 2, height, width), all finite; got "
            f"shape {tuple(flow.shape)}."
        )
    return flow


_frames = takes(before=shaped(*IMAGES), after=shaped(*IMAGES), one_scale=True)
_windows = takes(window=whole, damping=plain)


@_frames
def slopes(before: Images, after: Later) -> Slopes:
    """Central differences in space, the mean of both frames'; the difference in time.

    The border pixels, which have a neighbour on one side only, are left out: each part
    is (batch, channel, height - 2, width - 2). Exact for a picture that is a
    polynomial of degree 2 and moves as a whole, however far.

    Raises:
        ValueError: if the frames differ in size, have no pixel inside their border or
            hold a number that is not finite.
    """
    if not (before.isfinite().all() and after.isfinite().all()):
        raise ValueError("A frame holds inf or nan; nothing can be seen to move in it.")
    if before.shape != after.shape or min(before.shape[2:]) < 3:
        raise ValueError(
            f"Two frames of one size, 3 x 3 pixels or more, are compared; got "
            f"{tuple(before.shape)} and {tuple(after.shape)}."
        )
    middle = (before + after) / 2
    return Slopes(
        x=(middle[..., 1:-1, 2:] - middle[..., 1:-1, :-2]) / 2,
        y=(middle[..., 2:, 1:-1] - middle[..., :-2, 1:-1]) / 2,
        t=(after - before)[..., 1:-1, 1:-1],
    )


@_frames
def lucas_kanade(before: Images, after: Images) -> Points:
    """The one flow, (batch, 2), right and down, that explains a whole window best.

    Least squares over all inner pixels and channels of I_x u + I_y v + I_t = 0.

    Raises:
        ValueError: if all slopes of a window point the same way: what moves along an
            edge cannot be seen there (the aperture problem).

    Source: Lucas and Kanade 1981, section 4.
    """
    x, y, t = (slope.flatten(1) for slope in slopes(before, after))
    xx, xy, yy = (x * x).sum(1), (x * y).sum(1), (y * y).sum(1)
    xt, yt = (x * t).sum(1), (y * t).sum(1)
    area = xx * yy - xy * xy
    if (area <= 1e-6 * (xx + yy).square()).any():
        raise ValueError(
            "A window without two directions in it has no flow: only the part across "
            "an edge can be seen. Choose a larger window, or one with a corner."
        )
    u, v = xy * yt - yy * xt, xy * xt - xx * yt
    return torch.stack((u, v), dim=1) / area.unsqueeze(1)


@_windows
@_frames
def optical_flow(before: Images, after: Images, *, window: int, damping: float) -> Flow:
    """The flow of every pixel, each from the square of side ``window`` around it.

    ``damping`` is added to both squared slopes, means over the window and sums over
    the channels: where they are small beside it, the flow goes to 0, so a flat window
    stands still. Differentiable in both frames; borders are continued outwards.

    Raises:
        ValueError: if the window has no middle or the damping is not positive.
    """
    _refuse_window(window, damping)
    return _explained(before, after, (0.0, 0.0), (window, damping))


def _explained(
    before: Images, after: Images, so_far: Sequence[Tensor | float], rule: Rule
) -> Flow:
    """The flow that explains each window best, where ``after`` was fetched along one.

    What was fetched has moved by ``so_far`` already, each pixel by its own.
    """
    window, damping = rule
    wide = (pad(frames, (1, 1, 1, 1), mode="replicate") for frames in (before, after))
    x, y, t = slopes(*wide)
    u, v = so_far
    t = t - x * u - y * v

    down, across = (_means(side, window).to(x) for side in x.shape[2:])

    def around(product: Tensor) -> Tensor:
        return down @ product.sum(dim=1, keepdim=True) @ across.T

    xx, xy, yy = around(x * x) + damping, around(x * y), around(y * y) + damping
    xt, yt = around(x * t), around(y * t)
    flow = torch.cat((xy * yt - yy * xt, xy * xt - xx * yt), dim=1)
    return flow / (xx * yy - xy * xy)


@cache
def _means(side: int, window: int) -> Float[Tensor, "place neighbour"]:
    """Weights that average each place of a row with those around it, inside the row.

    Two such products are several times faster than a sliding window.
    """
    place = torch.arange(side)
    near = ((place[:, None] - place).abs() <= window // 2).float()
    return near / near.sum(dim=1, keepdim=True)


@_windows
@_frames
def pyramidal_flow(
    before: Images, after: Later, *, window: int, damping: float
) -> Flow:
    """``optical_flow`` from coarse to fine: for ways of 8 pixels and more.

    The frames are halved while a side of ``COARSEST`` pixels is left. The smallest come
    first; at every size, ``ROUNDS`` times, ``after`` is fetched along the flow so far
    and each window explained anew. Damping pulls at the whole flow, so a flat window
    comes to rest, whatever a smaller picture thought of it.

    Raises:
        ValueError: as ``optical_flow``.

    Source: Bouguet 2000, section 2; Lucas and Kanade 1981, section 4.
    """
    _refuse_window(window, damping)
    slopes(before, after)  # refuses what cannot be compared
    levels = [(before, after)]
    while min(levels[-1][0].shape[2:]) >= 2 * COARSEST:
        levels.append(tuple(avg_pool2d(frames, 2) for frames in levels[-1]))
    flow = torch.zeros_like(levels[-1][0][:, :1]).repeat(1, 2, 1, 1)
    for small_before, small_after in reversed(levels):
        if flow.shape[2:] != small_before.shape[2:]:
            size = small_before.shape[2:]
            flow = 2 * interpolate(flow, size, mode="bilinear", align_corners=False)
        for _ in range(ROUNDS):
            here, so_far = fetch(small_after, flow), flow.split(1, dim=1)
            flow = _explained(small_before, here, so_far, (window, damping))
    return flow


def _refuse_window(window: int, damping: float) -> None:
    if window < 1 or window % 2 == 0 or not 0 < damping < inf:
        raise ValueError(
            f"A window has an odd side, its damping is above 0; got {window} and "
            f"{damping}."
        )


@takes(frames=shaped(*IMAGES), flow=a_flow)
def fetch(frames: Images, flow: Other) -> Images:
    """What lies in ``frames`` where the flow points to from each pixel.

    Between pixels bilinear; beyond the border, the border goes on.

    Raises:
        ValueError: unless the flow is finite and as many, as high and as wide as the
            frames.
    """
    if frames[:, :1].shape != flow[:, :1].shape:
        raise ValueError(
            f"A flow says of every pixel where to look; got frames of "
            f"{tuple(frames.shape)} and a flow of {tuple(flow.shape)}."
        )
    size = torch.tensor(frames.shape[:1:-1], device=flow.device)  # width, height
    across, down = (torch.arange(n, device=flow.device) for n in size)
    here = torch.stack(torch.meshgrid(across, down, indexing="xy"), dim=2)
    # Without aligned corners nothing is rounded where sides are powers of 2.
    there = (2 * (here + flow.permute(0, 2, 3, 1)) + 1) / size - 1
    return grid_sample(frames, there, padding_mode="border", align_corners=False)
