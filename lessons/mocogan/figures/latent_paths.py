"""Static and moving dimensions of a latent path over time."""

import torch

from course_lib.mocogan.latents import LatentPath
from course_lib.plotting import (
    DATA,
    MODEL,
    Figure,
    Layout,
    course_style,
    describe,
    figure,
    format_number,
    title,
)

MAX_LINES = 10  # in a panel


@course_style
def latent_lines(path: LatentPath, n_static: int) -> Figure:
    """The first clip's latents over time: static dimensions left, moving ones right.

    Up to ten lines a panel. The titles give standard deviations over all clips, as the
    root mean square over dimensions: within a clip in time, and of the clips' means in
    the batch.

    Raises:
        ValueError: unless there are static and moving dimensions, two clips and two
            frames.
    """
    n_clips, n_frames, n_latent = path.shape
    if not 0 < n_static < n_latent or min(n_clips, n_frames) < 2:
        raise ValueError(
            "A path needs at least 2 clips of 2 frames, and both static and moving "
            f"dimensions; got {n_static} static dimensions of {n_latent}, in "
            f"{n_clips} clips of {n_frames} frames."
        )
    layout = Layout(left=0.55, right=0.15, bottom=0.5, wspace=0.55, width_ratios=(1, 1))
    drawing, panels = figure(7, 2.7, layout)
    parts = {
        "Static": (path[..., :n_static], DATA),
        "Moving": (path[..., n_static:], MODEL),
    }
    descriptions = []
    for axes, (name, (values, colour)) in zip(panels, parts.items(), strict=True):
        lines = values[0, :, :MAX_LINES].detach().cpu()
        axes.plot(lines, color=colour, linestyle="-", linewidth=1.2, alpha=0.8)
        over_time, over_clips = map(format_number, _standard_deviations(values))
        axes.set(xlabel="frame", xlim=(0, n_frames - 1), ylim=(-3, 3))
        text = f"std {over_time} in time, {over_clips} in batch"
        title(axes, f"{name}: {text}")
        descriptions.append(f"{name.lower()} {text}")
    panels[0].set_ylabel("latent dimension")
    return describe(
        drawing,
        f"Latent dimensions of one clip over {n_frames} frames, constant lines left "
        f"and changing ones right. Standard deviations: {'; '.join(descriptions)}.",
    )


def _standard_deviations(values: LatentPath) -> tuple[float, float]:
    """Within clips over time, and of the clips' means."""
    means = values.detach().mean(dim=1)
    variances = torch.stack(
        (values.var(dim=1, correction=0).mean(), means.var(dim=0).mean())
    )
    over_time, over_clips = variances.detach().sqrt().tolist()
    return over_time, over_clips
