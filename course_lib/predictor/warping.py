"""Backward warping: the pixels of a new frame are sampled from an old one."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Images

Flow = Float[Tensor, "batch 2 height width"]


def backward_warp(frames: Images, flow: Flow) -> Images:
    """Sample each pixel of the new frames from the old ones, ``flow`` pixels away.

    new(y, x) = old(y + flow[1], x + flow[0]): channel 0 of the flow points right,
    channel 1 down, both in pixels. Positions between pixels are interpolated
    bilinearly; positions outside read the nearest pixel of the border. A flow of whole
    pixels is an exact shift, without blur. Differentiable in both arguments.

    Source: Jaderberg et al. 2015, equation 5.
    """
    height, width = frames.shape[2:]
    rows = torch.arange(height, device=flow.device).view(-1, 1)
    columns = torch.arange(width, device=flow.device)
    x = (columns + flow[:, 0]).clamp(0, width - 1)
    y = (rows + flow[:, 1]).clamp(0, height - 1)
    left, top = x.floor(), y.floor()
    right, bottom = (left + 1).clamp(max=width - 1), (top + 1).clamp(max=height - 1)

    def pixels_at(row: Tensor, column: Tensor) -> Images:
        index = (row * width + column).long().flatten(1).unsqueeze(1)
        pixels = frames.flatten(2).gather(2, index.expand(-1, frames.shape[1], -1))
        return pixels.view_as(frames)

    weight_right = (x - left).unsqueeze(1)
    weight_below = (y - top).unsqueeze(1)
    above = torch.lerp(pixels_at(top, left), pixels_at(top, right), weight_right)
    below = torch.lerp(pixels_at(bottom, left), pixels_at(bottom, right), weight_right)
    return torch.lerp(above, below, weight_below)
