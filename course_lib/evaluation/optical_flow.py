"""Ask where each pixel goes: least squares on the slopes of a small window.

Home: 4.7 Motion, explicitly, 5.5 Does it stay, does it move.

A flow points from where a thing is in ``before`` to where it is in ``after``: channel
0 right, channel 1 down, in pixels. (A backward warp reads against it: it fetches.)
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

from course_lib.shapes import Images, Points

Flow = Float[Tensor, "batch 2 height width"]
Later = Float[Tensor, "batch channel rows columns"]


class Slopes(NamedTuple):
    """How brightness changes a pixel to the right, a pixel down, and a frame on."""

    x: Tensor
    y: Tensor
    t: Tensor


def slopes(before: Images, after: Later) -> Slopes:
    """Central differences in space, the mean of both frames'; the difference in time.

    The border pixels, which have a neighbour on one side only, are left out: each part
    is (batch, channel, height - 2, width - 2). Exact for a picture that is a
    polynomial of degree 2 and moves as a whole, however far.

    Raises:
        ValueError: if the frames differ in size or have no pixel inside their border.
    """
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


def optical_flow(before: Images, after: Images, *, window: int, damping: float) -> Flow:
    """The flow of every pixel, each from the square of side ``window`` around it.

    ``damping`` is added to both squared slopes, means over the window and sums over
    the channels: where they are small beside it, the flow goes to 0, so a flat window
    stands still. Differentiable in both frames; borders are continued outwards.

    Raises:
        ValueError: if the window has no middle or the damping is not positive.
    """
    if window < 1 or window % 2 == 0 or not damping > 0:
        raise ValueError(
            f"A window has an odd side, its damping is above 0; got {window} and "
            f"{damping}."
        )
    wide = (pad(frames, (1, 1, 1, 1), mode="replicate") for frames in (before, after))
    x, y, t = slopes(*wide)

    def around(product: Tensor) -> Tensor:
        total = product.sum(dim=1, keepdim=True)
        inside = {"padding": window // 2, "count_include_pad": False}
        return avg_pool2d(total, window, stride=1, **inside)

    xx, xy, yy = around(x * x) + damping, around(x * y), around(y * y) + damping
    xt, yt = around(x * t), around(y * t)
    flow = torch.cat((xy * yt - yy * xt, xy * xt - xx * yt), dim=1)
    return flow / (xx * yy - xy * xy)
