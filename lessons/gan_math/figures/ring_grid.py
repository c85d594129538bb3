"""The recorded grid of trainings on the ring, as a table of dots."""

from statistics import median

from course_lib.plotting import (
    DATA,
    FAINT,
    INK,
    MODEL,
    Figure,
    Layout,
    course_style,
    describe,
    figure,
    label_lines,
    title,
)
from lessons.gan_math.ring_grid import OPTIMIZERS, R1_GAMMA, RingRun, read_grid


@course_style
def ring_grid() -> Figure:
    """Modes and high-quality samples at the end of the recorded trainings.

    One column for each optimizer and rate. Circles: without R1, squares: with R1;
    filled: the averaged generator, open: the raw one. A mark is one of three seeds.
    """
    runs = read_grid()
    layout = Layout(0.75, 0.1, 0.55, 0.35, hspace=0.25, height_ratios=(1, 1))
    drawing, (modes, quality) = figure(7, 4.2, layout)
    words = []
    for column, (name, rate) in enumerate(OPTIMIZERS):
        for gamma, marker, colour, side in (
            (0.0, "o", MODEL, -0.22),
            (R1_GAMMA, "s", DATA, 0.12),
        ):
            chosen = [
                run
                for run in runs
                if run.setting[:2] == (name, rate) and run.setting.r1_gamma == gamma
            ]
            for number, run in enumerate(chosen):
                at = column + side + 0.05 * number
                for coverage, shift, face in (
                    (run.raw, 0.0, "none"),
                    (run.averaged, 0.18, colour),
                ):
                    style = {"marker": marker, "edgecolors": colour, "s": 26}
                    style["facecolors"] = face
                    modes.scatter(at + shift, coverage.modes[-1], **style)
                    quality.scatter(
                        at + shift, 100 * coverage.high_quality[-1], **style
                    )
            words.append(_in_words(f"{name} {rate:g}, gamma {gamma:g}", chosen))
    names = [f"{name}, rate {rate:g}" for name, rate in OPTIMIZERS]
    for axes, label, limit in (
        (modes, "modes of 8", 8.6),
        (quality, "high quality, %", 105),
    ):
        axes.set(xlim=(-0.5, 3.6), ylim=(-0.05 * limit, limit), ylabel=label)
        axes.set_xticks(range(len(names)), names if axes is quality else [])
        for border in (0.5, 1.5, 2.5):
            axes.axvline(border, color=FAINT, linewidth=0.8)
    modes.set_yticks([0, 2, 4, 6, 8])
    quality.text(
        0.5,
        -0.3,
        "circles: without R1, squares: with R1; open: raw generator, filled: averaged",
        transform=quality.transAxes,
        ha="center",
        color=INK,
        fontsize=8,
    )
    title(modes, "After 3,000 steps, three seeds each")
    return describe(
        drawing,
        "Covered modes and high-quality samples after 3,000 steps on the ring, median "
        f"of three seeds, averaged generator. {'; '.join(words)}.",
    )


def _in_words(name: str, runs: list[RingRun]) -> str:
    modes = median(run.averaged.modes[-1] for run in runs)
    quality = median(run.averaged.high_quality[-1] for run in runs)
    return f"{name}: {modes} modes, {quality:.0%}"


@course_style
def modes_over_steps(name: str = "SGD", rate: float = 0.12) -> Figure:
    """Covered modes over the steps for one optimizer, without and with R1."""
    runs = [run for run in read_grid() if run.setting[:2] == (name, rate)]
    layout = Layout(0.6, 0.95, 0.5, 0.4, wspace=0.2, width_ratios=(1, 1))
    drawing, panels = figure(7, 2.6, layout)
    for axes, gamma in zip(panels, (0.0, R1_GAMMA), strict=True):
        for run in (x for x in runs if x.setting.r1_gamma == gamma):
            first = run.seed == 0
            for coverage, colour, style, label in (
                (run.raw, MODEL, ":", "raw"),
                (run.averaged, DATA, "-", "averaged"),
            ):
                axes.plot(
                    run.steps,
                    coverage.modes,
                    color=colour,
                    linestyle=style,
                    label=label if first else "_",
                )
        axes.set(ylim=(-0.3, 8.5), yticks=[0, 2, 4, 6, 8], xlabel="step")
        title(axes, f"{name} {rate:g}, " + ("R1" if gamma else "no R1"))
    panels[1].set_yticklabels([])
    panels[0].set_ylabel("covered modes")
    label_lines(panels[1])
    return describe(
        drawing,
        f"Covered modes over 3,000 steps with {name} at rate {rate:g}, three seeds, "
        "without R1 on the left and with R1 on the right.",
    )
