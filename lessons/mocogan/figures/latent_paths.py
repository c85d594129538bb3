"""See which numbers of a latent stand still and which of them walk."""

import torch

from course_lib.mocogan.latents import Path
from course_lib.plotting import (
    DATA,
    MODEL,
    Figure,
    Page,
    describe,
    figure,
    styled,
    title,
    written,
)

MOST = 10  # lines of a panel


@styled
def latent_lines(path: Path, still: int) -> Figure:
    """The first clip's numbers over time: ``still`` ones left, what moves right.

    Up to ten lines a panel. The titles measure all clips: how far a number is from its
    own clip's mean (over time), and how far the clips' means are apart (over clips),
    both as standard deviations, root mean square over the numbers.

    Raises:
        ValueError: unless some numbers stay, some move, and there are two clips of two
            frames.
    """
    n_clips, n_frames, size = path.shape
    if not 0 < still < size or min(n_clips, n_frames) < 2:
        raise ValueError(
            f"A path needs 2 clips of 2 frames, and numbers of both kinds; got {still} "
            f"that stay of {size}, {n_clips} clips of {n_frames} frames."
        )
    page = Page(left=0.55, right=0.15, bottom=0.5, beside=0.55, widths=(1, 1))
    drawing, panels = figure(7, 2.7, page)
    kinds = {
        "what stays": (path[..., :still], DATA),
        "what moves": (path[..., still:], MODEL),
    }
    said = []
    for axes, (name, (numbers, colour)) in zip(panels, kinds.items(), strict=True):
        lines = numbers[0, :, :MOST].detach().cpu()
        axes.plot(lines, color=colour, linestyle="-", linewidth=1.2, alpha=0.8)
        over_time, over_clips = _spreads(numbers)
        axes.set(xlabel="frame", xlim=(0, n_frames - 1), ylim=(-3, 3))
        words = f"{written(over_time)} over time, {written(over_clips)} over clips"
        title(axes, f"{name.split()[-1].capitalize()}: {words}")
        said.append(f"{name} varies by {words}")
    panels[0].set_ylabel("a number of the latent")
    return describe(
        drawing,
        f"The numbers of one clip's latents over {n_frames} frames, flat lines left "
        f"and wandering ones right. Standard deviations: {'; '.join(said)}.",
    )


def _spreads(numbers: Path) -> tuple[float, float]:
    means = numbers.detach().mean(dim=1)
    squares = torch.stack(
        (numbers.var(dim=1, correction=0).mean(), means.var(dim=0).mean())
    )
    over_time, over_clips = squares.detach().sqrt().tolist()
    return over_time, over_clips
