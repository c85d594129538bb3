"""Training curves of MoCoGAN: discriminator outputs, category losses, clip metrics."""

from collections.abc import Mapping
from math import log

from course_lib.mocogan.training import StepMetrics
from course_lib.plotting import (
    Band,
    Figure,
    Layout,
    Number,
    course_style,
    curves,
    describe,
    draw_mosaic,
    figure,
    mosaic,
    title,
)
from course_lib.shapes import Videos
from lessons.mocogan.figures.sample_grids import quantize_colours

STRIP_WIDTH = 6.9  # inches


@course_style
def training_monitor(
    metrics: Mapping[int, StepMetrics],
    clip_metrics: Mapping[str, Mapping[int, Number]],
    samples: Videos,
    categories: int = 2,
) -> Figure:
    """Three panels of training curves; below them frames of samples, a clip a row.

    Left, mean D(x) of both discriminators over generated samples. Middle, the category
    losses, with that of a uniform prediction dashed. Right, metrics of generated clips.

    Args:
        metrics: by training step.
        clip_metrics: by name and training step, up to 1.4.
        samples: clips below the panels.
        categories: number of categories.

    Raises:
        ValueError: if there are no metrics.
    """
    if not metrics or not clip_metrics:
        raise ValueError("Training curves need the metrics of at least one step.")
    strip = mosaic(quantize_colours(samples.flatten(0, 1)), samples.shape[1])
    strip_height = min(STRIP_WIDTH * strip.shape[0] / strip.shape[1], 2.0)
    height = 2.35 + strip_height
    layout = Layout(0.45, 0.95, 0.55 + strip_height, 0.35, 1.1, width_ratios=(1, 1, 1))
    drawing, panels = figure(7, height, layout)
    box = (0.05 / 7, 0.05 / height, STRIP_WIDTH / 7, strip_height / height)
    draw_mosaic(drawing.add_axes(box), strip)
    outputs, losses, clips = panels

    def series(fields: Mapping[str, str]) -> Mapping[str, list[float]]:
        return {
            label: [getattr(step, field) for step in metrics.values()]
            for label, field in fields.items()
        }

    outputs.set_ylim(0, 1)
    fields = {"frames": "image_d_fake", "clips": "video_d_fake"}
    curves(outputs, [*metrics], series(fields), bar=0.5)
    losses.set_ylim(0, 2 * log(categories))
    fields = {"real": "real_category", "fake": "fake_category"}
    curves(losses, [*metrics], series(fields), bar=log(categories))
    clips.set_ylim(0, 1.4)
    (steps,) = {tuple(readings) for readings in clip_metrics.values()}
    curves(clips, steps, {name: [*x.values()] for name, x in clip_metrics.items()})
    for axes, text in zip(panels, ("D(fake)", "Category loss", "Clips"), strict=True):
        axes.set_xlabel("step")
        title(axes, text)
    return describe(drawing, _description(metrics, clip_metrics))


@course_style
def category_loss_curves(
    runs: Mapping[str, Mapping[int, Number]], band: Band | None = None
) -> Figure:
    """Category loss of generated clips, in nats, a line for each training.

    The dashed line is the loss of a uniform prediction, log 2; ``band`` is the range of
    reference trainings, in grey.

    Raises:
        ValueError: if there is no training, or one without a reading.
    """
    if not runs or not all(runs.values()):
        raise ValueError("Training curves need the losses of at least one step.")
    drawing, (axes,) = figure(7, 2.6, Layout(left=0.55, right=1.4, top=0.35))
    (steps,) = {tuple(losses) for losses in runs.values()}
    series = {name: [*losses.values()] for name, losses in runs.items()}
    axes.set_ylim(0, 1.25)
    curves(axes, steps, series, band=band, bar=log(2))
    axes.set(xlabel="step", ylabel="nats")
    label = "uniform prediction: log 2"
    axes.text(steps[len(steps) // 2], log(2) + 0.03, label, fontsize=8)
    title(axes, "Category loss of generated clips")
    ends = "; ".join(f"{name} ends at {x[-1]:.2f}" for name, x in series.items())
    return describe(drawing, f"Category loss of generated clips in nats: {ends}.")


def _description(
    metrics: Mapping[int, StepMetrics],
    clip_metrics: Mapping[str, Mapping[int, Number]],
) -> str:
    step, last = [*metrics.items()][-1]
    ends = (
        f"{name} {[*readings.values()][-1]:.2f}"
        for name, readings in clip_metrics.items()
    )
    return (
        f"After {step} steps the mean D over generated frames is "
        f"{last.image_d_fake:.2f}, over generated clips {last.video_d_fake:.2f}; the "
        f"category loss is {last.real_category:.2f} nats of real and "
        f"{last.fake_category:.2f} of generated clips. Metrics of generated clips: "
        f"{', '.join(ends)}."
    )
