"""Damage one picture in three ways, and read what three scores say of it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d, pad

from course_lib.metrics.pixel import mse_per_frame, psnr
from course_lib.metrics.ssim import gaussian_window, ssim
from course_lib.plotting import (
    ACCENT,
    DATA,
    INK,
    MODEL,
    Figure,
    Layout,
    course_style,
    describe,
    draw_mosaic,
    figure,
    format_number,
    label_lines,
    mosaic,
    title,
)

Picture = Float[Tensor, "channel height width"]

STRONGEST = 6  # times the weakest damage
RANGE = 2  # of pixels in [-1, 1]


def noisy(picture: Picture, strength: int) -> Picture:
    """Noise of a sigma of .06 a step, the same draw at every strength."""
    dice = torch.Generator().manual_seed(0)
    noise = torch.randn(picture.shape, generator=dice).to(picture)
    return (picture + 0.06 * strength * noise).clamp(-1, 1)


def blurred(picture: Picture, strength: int) -> Picture:
    """A Gaussian of half a pixel a step; the border goes on."""
    side = 4 * strength + 3
    bell = gaussian_window(side, strength / 2).to(picture)
    wide = pad(picture[:, None], (side // 2,) * 4, mode="replicate")
    rows = conv2d(wide, bell.view(1, 1, side, 1))
    return conv2d(rows, bell.view(1, 1, 1, side))[:, 0]


def shifted(picture: Picture, strength: int) -> Picture:
    """To the right, a pixel a step; what leaves comes back at the left."""
    return picture.roll(strength, dims=2)


DAMAGES: Mapping[str, Callable[[Tensor, int], Tensor]] = {
    "noise": noisy,
    "blur": blurred,
    "shift": shifted,
}
COLOURS = dict(zip(DAMAGES, (DATA, MODEL, ACCENT), strict=True))
DASHES = dict(zip(DAMAGES, ("-", "--", ":"), strict=True))


class Scores(NamedTuple):
    """Of a picture beside the original: pixels in [-1, 1], decibels, -1 to 1."""

    mse: float
    psnr: float
    ssim: float


SHOWN = (("MSE", 3), ("PSNR, dB", 1), ("SSIM", 2))


@course_style
def three_scores(picture: Picture, damage: str = "noise", strength: int = 3) -> Figure:
    """One picture, damaged, with its error; below, three scores of all damages.

    ``picture`` is (channel, height, width) in [-1, 1], with 11 pixels a side or more.
    Along the curves ``strength`` runs from 1 to 6: .06 of noise, half a pixel of blur,
    or a pixel of shift for each step. The chosen damage is marked.

    Raises:
        ValueError: for a damage that is none of ``DAMAGES``, or one off the axis.
    """
    if damage not in DAMAGES or not 1 <= strength <= STRONGEST:
        raise ValueError(
            f'No damage "{damage}" of strength {strength}; choose from '
            f"{', '.join(DAMAGES)} and from 1 to {STRONGEST}."
        )
    spoilt = DAMAGES[damage](picture, strength)
    steps = range(1, STRONGEST + 1)
    found = {
        name: [_scores(spoil(picture, step), picture) for step in steps]
        for name, spoil in DAMAGES.items()
    }
    layout = Layout(
        0.5, 0.55, 0.45, 0.35, 0.55, 0.5, (1, 1, 1), height_ratios=(1.35, 1)
    )
    drawing, panels = figure(7, 4.6, layout)
    error = (spoilt - picture) / 2
    chosen = found[damage][strength - 1]
    heads = ("original", f"{damage}, strength {strength}", "error: grey is none")
    for axes, sheet, head in zip(panels, (picture, spoilt, error), heads, strict=False):
        draw_mosaic(axes, mosaic(sheet[None], 1))
        title(axes, head)
    for i, (axes, (name, digits)) in enumerate(zip(panels[3:], SHOWN, strict=True)):
        for kind, scores in found.items():
            look = {"color": COLOURS[kind], "linestyle": DASHES[kind]}
            axes.plot(steps, [score[i] for score in scores], label=kind, **look)
        mark = {"color": INK, "marker": "o", "markersize": 5, "linestyle": "none"}
        axes.plot([strength], [chosen[i]], label="_chosen", **mark)
        axes.set(xlim=(1, STRONGEST), xticks=steps)
        title(axes, f"{name}: {format_number(chosen[i], digits)}")
    panels[4].set_xlabel("strength")
    label_lines(panels[5])
    return describe(
        drawing,
        f"A picture, the same under {damage} of strength {strength}, and the error. "
        f"MSE {format_number(chosen.mse, 3)}, PSNR {format_number(chosen.psnr, 1)} dB, SSIM "
        f"{format_number(chosen.ssim)}; below, all three over the strength of each damage.",
    )


def _scores(spoilt: Picture, picture: Picture) -> Scores:
    one, other = spoilt[None, None], picture[None, None]
    return Scores(
        mse_per_frame(one, other).item(),
        psnr(one, other, data_range=RANGE).item(),
        ssim(one, other, data_range=RANGE).item(),
    )
