"""Clean a finished clip by what its frames should have in common.

Cosmetics: whoever cleans before measuring, measures the cleaning.
"""

import torch

from course_lib.metrics.content import SEEN
from course_lib.shapes import Videos


def denoise(videos: Videos) -> Videos:
    """The median of each pixel over three neighbouring frames; both ends stay.

    What shows in one frame alone goes; what stays for two frames is kept.
    """
    neighbours = torch.stack((videos[:, :-2], videos[:, 1:-1], videos[:, 2:]))
    middle = neighbours.median(dim=0).values
    return torch.cat((videos[:, :1], middle, videos[:, -1:]), dim=1)


def steady_colours(videos: Videos) -> Videos:
    """Shift the shape's pixels until every frame has the clip's mean colour.

    The shape is where max(red, green, blue) > 25 on the scale 0..255, as the content
    distance counts it; frames without one stay as they are.

    Raises:
        ValueError: unless the clips are in colour.
    """
    if videos.shape[2] != 3:
        raise ValueError(f"Colours need 3 channels, got {videos.shape[2]}.")
    mask = (videos.amax(dim=2, keepdim=True) + 1) * 127.5 > SEEN
    area = mask.sum(dim=(3, 4), keepdim=True)
    colour = (videos * mask).sum(dim=(3, 4), keepdim=True) / area.clamp(min=1)
    seen = area > 0
    mean = (colour * seen).sum(dim=1, keepdim=True)
    mean = mean / seen.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.where(mask, videos + mean - colour, videos).clamp(-1, 1)
