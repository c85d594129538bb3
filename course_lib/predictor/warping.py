"""Move, don't paint: fetch every pixel from where a flow says it was."""

import torch
from jaxtyping import Float
from torch import Tensor

from course_lib.shapes import Images

Flow = Float[Tensor, "batch 2 height width"]


def backward_warp(frames: Images, flow: Flow) -> Images:
    """Fetch each pixel of the new frame from the old one, ``flow`` pixels away.

    new(y, x) = old(y + flow[1], x + flow[0]): channel 0 of the flow points right,
    channel 1 down, both in pixels. Places between pixels are interpolated bilinearly,
    places outside read the nearest pixel of the border. A flow of whole pixels is an
    exact shift: nothing is blurred. Differentiable in both arguments.

    Source: Jaderberg et al. 2015, equation 5.
    """
    height, width = frames.shape[2:]
    rows = torch.arange(height, device=flow.device).view(-1, 1)
    columns = torch.arange(width, device=flow.device)
    x = (columns + flow[:, 0]).clamp(0, width - 1)
    y = (rows + flow[:, 1]).clamp(0, height - 1)
    left, top = x.floor(), y.floor()
    right, bottom = (left + 1).clamp(max=width - 1), (top + 1).clamp(max=height - 1)

    def old(row: Tensor, column: Tensor) -> Images:
        places = (row * width + column).long().flatten(1).unsqueeze(1)
        pixels = frames.flatten(2).gather(2, places.expand(-1, frames.shape[1], -1))
        return pixels.view_as(frames)

    share = (x - left).unsqueeze(1)
    above = torch.lerp(old(top, left), old(top, right), share)
    below = torch.lerp(old(bottom, left), old(bottom, right), share)
    return torch.lerp(above, below, (y - top).unsqueeze(1))
