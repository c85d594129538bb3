"""Post-processing of generated clips: temporal denoising and constant colours.

Metrics of post-processed clips measure the post-processing, not the model.
"""

import torch

from course_lib.metrics.content import SHAPE_THRESHOLD
from course_lib.shapes import Videos


def denoise(videos: Videos) -> Videos:
    """Median of each pixel over three consecutive frames.

    The first and the last frame are unchanged. Whatever appears in only one frame is
    removed; whatever lasts for two frames is kept.
    """
    neighbours = torch.stack((videos[:, :-2], videos[:, 1:-1], videos[:, 2:]))
    median = neighbours.median(dim=0).values
    return torch.cat((videos[:, :1], median, videos[:, -1:]), dim=1)


def steady_colours(videos: Videos) -> Videos:
    """Clips whose shape has the clip's mean colour in every frame.

    A constant is added to each channel of the shape's pixels and the sum is clipped to
    [-1, 1]. A pixel belongs to the shape if max(red, green, blue) > 25 on the scale 0
    to 255, as in the content distance. Frames without a shape are unchanged.

    Raises:
        ValueError: unless the clips have 3 channels.
    """
    if videos.shape[2] != 3:
        raise ValueError(
            f"Clips need 3 channels for their colours, but got {videos.shape[2]}."
        )
    mask = (videos.amax(dim=2, keepdim=True) + 1) * 127.5 > SHAPE_THRESHOLD
    area = mask.sum(dim=(3, 4), keepdim=True)
    colour = (videos * mask).sum(dim=(3, 4), keepdim=True) / area.clamp(min=1)
    has_shape = area > 0
    mean = (colour * has_shape).sum(dim=1, keepdim=True)
    mean = mean / has_shape.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.where(mask, videos + mean - colour, videos).clamp(-1, 1)
