"""Optical flow by the method of Lucas and Kanade: least squares on image gradients.

A flow field points from each pixel of ``before`` to its position in ``after``. Channel
0 is the displacement to the right, channel 1 the displacement down, in pixels.
"""

from collections.abc import Sequence
from functools import cache
from math import inf
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import avg_pool2d, grid_sample, interpolate, pad

from course_lib.metrics.inputs import (
    IMAGES,
    as_integer,
    as_number,
    convert_arguments,
    with_axes,
)
from course_lib.shapes import Images, Points

Flow = Float[Tensor, "batch 2 height width"]
OtherImages = Float[Tensor, "batch channel rows columns"]  # size checked with a message
OtherFlow = Float[Tensor, "_ 2 _ _"]  # size checked with a message

MIN_SIDE = 8  # pixels of the shorter side of the coarsest level
N_ITERATIONS = 3  # at each level


class ImageGradients(NamedTuple):
    """Partial derivatives of brightness: to the right, down, and in time (a frame)."""

    x: Tensor
    y: Tensor
    t: Tensor


def as_flow(x: Any, name: str) -> Flow:
    """A finite flow field as floats; a converter of ``course_lib.metrics.inputs``.

    Raises:
        ValueError: if ``x`` is not such a flow field.
    """
    flow = with_axes("batch", "right and down", "height", "width")(x, name)
    if flow.shape[1] != 2 or not flow.isfinite().all():
        raise ValueError(
            f"{name} has to be a flow field, (batch, 2, height, width), all finite; "
            f"got shape {tuple(flow.shape)}."
        )
    return flow


_convert_frames = convert_arguments(
    before=with_axes(*IMAGES), after=with_axes(*IMAGES), same_scale=True
)
_convert_window = convert_arguments(window=as_integer, damping=as_number)


@_convert_frames
def image_gradients(before: Images, after: OtherImages) -> ImageGradients:
    """Central differences in space, averaged over both frames; difference in time.

    Border pixels, which have a neighbour on one side only, are left out: each part is
    (batch, channel, height - 2, width - 2). Exact for an image that is a polynomial of
    degree 2 and is translated by any distance.

    Raises:
        ValueError: if the frames differ in size, have no inner pixels, or contain a
            value that is not finite.
    """
    if not (before.isfinite().all() and after.isfinite().all()):
        raise ValueError("A frame contains inf or nan, so its flow is not defined.")
    if before.shape != after.shape or min(before.shape[2:]) < 3:
        raise ValueError(
            f"Optical flow needs two frames of one size, 3 x 3 pixels or more; got "
            f"{tuple(before.shape)} and {tuple(after.shape)}."
        )
    mean = (before + after) / 2
    return ImageGradients(
        x=(mean[..., 1:-1, 2:] - mean[..., 1:-1, :-2]) / 2,
        y=(mean[..., 2:, 1:-1] - mean[..., :-2, 1:-1]) / 2,
        t=(after - before)[..., 1:-1, 1:-1],
    )


@_convert_frames
def lucas_kanade(before: Images, after: Images) -> Points:
    """One displacement (right, down) for each pair of frames, shape (batch, 2).

    The least-squares solution of I_x u + I_y v + I_t = 0 over all inner pixels and
    channels.

    Raises:
        ValueError: if all gradients of a frame have the same direction: motion along an
            edge cannot be measured (the aperture problem).

    Source: Lucas and Kanade 1981, section 4.
    """
    x, y, t = (gradient.flatten(1) for gradient in image_gradients(before, after))
    xx, xy, yy = (x * x).sum(1), (x * y).sum(1), (y * y).sum(1)
    xt, yt = (x * t).sum(1), (y * t).sum(1)
    determinant = xx * yy - xy * xy
    if (determinant <= 1e-6 * (xx + yy).square()).any():
        raise ValueError(
            "The flow is not determined, because all gradients of a window have one "
            "direction: only motion across an edge can be measured. Choose a window "
            "with gradients in two directions, for example at a corner."
        )
    u, v = xy * yt - yy * xt, xy * xt - xx * yt
    return torch.stack((u, v), dim=1) / determinant.unsqueeze(1)


@_convert_window
@_convert_frames
def optical_flow(before: Images, after: Images, *, window: int, damping: float) -> Flow:
    """The flow at each pixel, from a square window of side ``window`` around it.

    ``damping`` is added to both squared gradients, which are means over the window and
    sums over the channels. Where these are small in comparison, the flow goes to 0, so
    that it is 0 in windows without texture. Differentiable in both frames; borders are
    continued outwards.

    Raises:
        ValueError: if the window has no middle pixel or the damping is not positive.
    """
    _check_window(window, damping)
    return _windowed_flow(before, after, (0.0, 0.0), window, damping)


def _windowed_flow(
    before: Images,
    after: OtherImages,
    previous_flow: Sequence[Tensor | float],
    window: int,
    damping: float,
) -> Flow:
    """The least-squares flow of each window, given ``after`` warped by a previous flow.

    ``previous_flow`` (u, v) is the displacement by which ``after`` was warped at each
    pixel. The result is the total flow.
    """
    padded = (pad(frames, (1, 1, 1, 1), mode="replicate") for frames in (before, after))
    x, y, t = image_gradients(*padded)
    u, v = previous_flow
    t = t - x * u - y * v

    rows, columns = (_window_mean_matrix(side, window).to(x) for side in x.shape[2:])

    def window_mean(product: Tensor) -> Tensor:
        return rows @ product.sum(dim=1, keepdim=True) @ columns.T

    xx, xy = window_mean(x * x) + damping, window_mean(x * y)
    yy = window_mean(y * y) + damping
    xt, yt = window_mean(x * t), window_mean(y * t)
    flow = torch.cat((xy * yt - yy * xt, xy * xt - xx * yt), dim=1)
    return flow / (xx * yy - xy * xy)


@cache
def _window_mean_matrix(side: int, window: int) -> Float[Tensor, "pixel neighbour"]:
    """A matrix that averages each pixel of a row with its neighbours inside the row.

    Two such products are several times faster than a sliding window.
    """
    pixel = torch.arange(side)
    in_window = ((pixel[:, None] - pixel).abs() <= window // 2).float()
    return in_window / in_window.sum(dim=1, keepdim=True)


@_convert_window
@_convert_frames
def pyramidal_flow(
    before: Images, after: OtherImages, *, window: int, damping: float
) -> Flow:
    """``optical_flow`` from coarse to fine, for displacements of 8 pixels and more.

    Frames are downsampled by 2 while their shorter side keeps ``MIN_SIDE`` pixels. From
    the coarsest level on, ``N_ITERATIONS`` times at each level, ``after`` is warped by
    the current flow and the flow of each window is computed anew. Damping acts on the
    total flow, so that it goes to 0 in windows without texture, whatever the coarser
    levels found.

    Raises:
        ValueError: as ``optical_flow``.

    Source: Bouguet 2000, section 2; Lucas and Kanade 1981, section 4.
    """
    _check_window(window, damping)
    image_gradients(before, after)  # raises an error for frames of different sizes
    levels = [(before, after)]
    while min(levels[-1][0].shape[2:]) >= 2 * MIN_SIDE:
        levels.append(tuple(avg_pool2d(frames, 2) for frames in levels[-1]))
    flow = torch.zeros_like(levels[-1][0][:, :1]).repeat(1, 2, 1, 1)
    for level_before, level_after in reversed(levels):
        if flow.shape[2:] != level_before.shape[2:]:
            size = level_before.shape[2:]
            flow = 2 * interpolate(flow, size, mode="bilinear", align_corners=False)
        for _ in range(N_ITERATIONS):
            warped = warp_backward(level_after, flow)
            previous = flow.split(1, dim=1)
            flow = _windowed_flow(level_before, warped, previous, window, damping)
    return flow


def _check_window(window: int, damping: float) -> None:
    if window < 1 or window % 2 == 0 or not 0 < damping < inf:
        raise ValueError(
            f"A window needs an odd side, and the damping must be above 0 and finite; "
            f"got window {window} and damping {damping}."
        )


@convert_arguments(frames=with_axes(*IMAGES), flow=as_flow)
def warp_backward(frames: Images, flow: OtherFlow) -> Images:
    """``frames`` sampled at the positions that the flow points to (backward warping).

    Bilinear interpolation between pixels; positions outside the frame take the value of
    the nearest border pixel.

    Raises:
        ValueError: unless the flow is finite and has the batch size, height and width
            of the frames.
    """
    if frames[:, :1].shape != flow[:, :1].shape:
        raise ValueError(
            "Warping needs a displacement for every pixel; got frames of shape "
            f"{tuple(frames.shape)} and a flow of shape {tuple(flow.shape)}."
        )
    size = torch.tensor(frames.shape[:1:-1], device=flow.device)  # width, height
    columns, rows = (torch.arange(n, device=flow.device) for n in size)
    pixels = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=2)
    # Without aligned corners nothing is rounded if the sides are powers of 2.
    positions = (2 * (pixels + flow.permute(0, 2, 3, 1)) + 1) / size - 1
    return grid_sample(frames, positions, padding_mode="border", align_corners=False)
