"""A decoded frame becomes the picture that a player shows, in the size asked for.

What a file stores and what is seen differ in three ways. A display matrix turns or
mirrors the stored picture; a sample aspect ratio makes its pixels wider than high; an
alpha channel makes them transparent. Here transparent pixels lie over black.
"""

from fractions import Fraction
from typing import NamedTuple

import av
import numpy as np
import torch
from av.sidedata.sidedata import Type
from jaxtyping import UInt8
from torch import Tensor

Picture = UInt8[Tensor, "height width 3"]
SLANT = 0.02  # tangent of the angle, about 1 degree, up to which a turn counts as right


class Orientation(NamedTuple):
    """How the stored picture is laid on the screen: first transposed, then mirrored.

    ``mirrored`` exchanges left and right, ``upside_down`` top and bottom. ``slanted``
    says that the display matrix asks for an angle between the quarter turns: then this
    is the nearest one.
    """

    transposed: bool = False
    mirrored: bool = False
    upside_down: bool = False
    slanted: bool = False


QUARTER_TURNS = (  # anticlockwise
    Orientation(),
    Orientation(transposed=True, upside_down=True),
    Orientation(mirrored=True, upside_down=True),
    Orientation(transposed=True, mirrored=True),
)


def orientation(frame: av.VideoFrame) -> Orientation:
    """Read the display matrix of a frame, as MP4, MOV, Matroska and H.264 state it.

    A frame without one, or with one of zeros, is shown as it is stored. Beside data
    that PyAV does not know, such as EXIF, it tells only the angle. Ask for few frames
    of a film: PyAV's list of side data keeps its frame until the next collection of
    garbage.
    """
    try:
        numbers = np.frombuffer(frame.side_data[Type.DISPLAYMATRIX], np.int32)
    except KeyError:
        return Orientation()
    except ValueError:  # "31 is not a valid Type"
        return QUARTER_TURNS[round(frame.rotation / 90) % 4]
    (a, b, _), (c, d, _) = numbers.reshape(3, 3)[:2].astype(float)
    across, along = (
        abs(b) + abs(c),
        abs(a) + abs(d),
    )  # x goes to a x + c y, y to b x + d y
    transposed = across > along
    return Orientation(
        transposed=bool(transposed),
        mirrored=bool((c if transposed else a) < 0),
        upside_down=bool((b if transposed else d) < 0),
        slanted=bool(min(across, along) > SLANT * max(across, along)),
    )


def displayed_picture(
    frame: av.VideoFrame,
    turn: Orientation,
    aspect: Fraction | None,
    height: int,
    width: int,
    *,
    alpha_may_be_unused: bool = False,
) -> Picture:
    """The middle of the frame as a player shows it, (height, width, 3) in bytes.

    Args:
        frame: Any pixel format that FFmpeg converts to RGB.
        turn: The orientation of this frame, or of another of the same film.
        aspect: Width of a stored pixel over its height; ``None`` and 0 stand for 1.
        height: Of the picture, in pixels, upright.
        width: Of the picture, in pixels, upright.
        alpha_may_be_unused: Whether an alpha of 0 everywhere means that there is none.

    The frame is resized until it just covers the size, then its middle is cut out.
    Area averaging: a pixel of the small picture is the mean of those it stands for.
    Pixels that are transparent are black, half transparent ones half as bright.
    """
    if turn.transposed:
        height, width = width, height
    across = frame.width * float(aspect or 1)  # in units of a stored pixel's height
    scale = max(height / frame.height, width / across)
    tall, wide = round(scale * frame.height), round(scale * across)
    if _has_alpha(frame.format):
        frame = _over_black(frame, alpha_may_be_unused)
    small = frame.reformat(wide, tall, "rgb24", interpolation="AREA").to_ndarray()
    top, left = (tall - height) // 2, (wide - width) // 2
    picture = torch.from_numpy(small)[top : top + height, left : left + width]
    if turn.transposed:
        picture = picture.transpose(0, 1)
    mirrored_axes = [i for i in (0, 1) if (turn.upside_down, turn.mirrored)[i]]
    return picture.flip(mirrored_axes).contiguous()


def _has_alpha(pixels: av.VideoFormat) -> bool:
    """A palette too may hold transparent colours."""
    return pixels.has_palette or any(part.is_alpha for part in pixels.components)


def _over_black(frame: av.VideoFrame, may_be_unused: bool) -> av.VideoFrame:
    """Before the frame shrinks: a mean of pixels must not see a hidden colour."""
    pixels = frame.reformat(format="rgba").to_ndarray()
    colour, alpha = pixels[..., :3].astype(np.uint16), pixels[..., 3:]
    if may_be_unused and not alpha.any():
        return frame
    composite = (colour * alpha + 127) // 255
    return av.VideoFrame.from_ndarray(composite.astype(np.uint8), "rgb24")
