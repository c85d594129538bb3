"""Figures of lesson 01: titles, curves and marks against the library."""

from collections.abc import Callable
from math import log

import numpy as np
import pytest
import torch
from figure_checks import (
    assert_controls_change_figure,
    assert_fits,
    corner_cases,
    numbers,
    titles,
)
from torch.distributions import Normal

from course_lib import plotting
from course_lib.gan import densities, objectives
from course_lib.gan.ring import (
    mode_coverage,
    sample_ring,
    sample_single_mode,
    sample_square,
)
from course_lib.gan.ring_training import RingCurves
from lessons.gan_math import figures
from lessons.gan_math.figures.dirac import OBJECTIVES

CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list]]] = [
    (
        figures.optimal_discriminator,
        {"mean": [-4.0, 1.0, 4.0], "sigma": [0.4, 1.0, 3.0]},
    ),
    (figures.pointwise_value, {"real": [0.2, 1.0, 5.0], "fake": [0.2, 5.0]}),
    (figures.generator_loss_gradients, {"logit": [-10.0, -8.0, 0.0, 10.0]}),
    (
        figures.point_mass_distances,
        {"distance": [0.0, 0.25, 4.0], "noise_std": [0.0, 0.1, 1.0]},
    ),
    (
        figures.phase_portrait,
        {
            "loss": [*OBJECTIVES],
            "gamma": [0.0, 2.0],
            "updates": ["alternating", "simultaneous"],
        },
    ),
]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def digits(n: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(n, 1, 8, 8, generator=rng(seed)) * 2 - 1


def run(seed: int, n: int = 20) -> RingCurves:
    steps = torch.arange(1, n + 1) * 75.0
    return RingCurves(steps, *torch.rand(6, n, generator=rng(seed)))


RUNS = {
    "saturating": {s: sample_single_mode(500, rng(s)) for s in range(100, 1100, 100)},
    "non-saturating + R1": {s: sample_ring(500, rng(s)) for s in range(100, 1100, 100)},
}
STEPS = torch.arange(100.0, 1100, 100)
BAND = {
    "modes": plotting.Band(STEPS, STEPS * 0, STEPS * 0 + 1, STEPS * 0 + 2),
    "high_quality_fraction": plotting.Band(
        STEPS, STEPS * 0, STEPS / 2000, STEPS / 1000
    ),
}
GENERATED = {step: digits(16, step) for step in (0, 200, 12000)}
STILL: dict[str, Callable[[], plotting.Figure]] = {
    "loss_curves": figures.loss_curves,
    "real_or_generated": lambda: figures.real_or_generated(digits(10), digits(10, 1)),
    "samples_by_step": lambda: figures.samples_by_step(GENERATED, digits(16)),
    "samples_of_fixed_latents": lambda: figures.samples_of_fixed_latents(GENERATED),
    "opening": figures.opening,
    "digit_rows": lambda: figures.digit_rows({"a": digits(12), "b": digits(12, 1)}),
    "nearest_training_images": lambda: figures.nearest_training_images(
        figures.shipped_samples(1).images
    ),
    "ring_grid": figures.ring_grid,
    "modes_over_steps": figures.modes_over_steps,
    "ring_samples": lambda: figures.ring_samples(RUNS),
    "ring_samples_of_one_run": lambda: figures.ring_samples(
        {"yours": {0: sample_ring(99, rng())}}
    ),
    "coverage_curves": lambda: figures.coverage_curves(RUNS, {"saturating": BAND}),
    "fault_curves": lambda: figures.fault_curves(
        {letter: run(i) for i, letter in enumerate("ABCDE")}, run(9)
    ),
}


def curves_of(axes: plotting.Axes) -> list[np.ndarray]:
    """The y values of the lines of a panel, in the order in which they were drawn."""
    return [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines]


# All figures


@pytest.mark.parametrize("draw", corner_cases(STILL, CONTROLS))
def test_a_figure_fits_its_page_and_no_text_overlaps(draw) -> None:
    assert len(plotting.alt_text(assert_fits(draw))) > 40


@pytest.mark.parametrize(("draw", "controls"), CONTROLS)
def test_every_value_of_every_control_changes_the_figure(draw, controls) -> None:
    assert_controls_change_figure(draw, controls)


# 1.1 to 1.3: the optimal discriminator


@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 1.0), (-3.0, 0.5), (2.0, 2.0)])
def test_the_optimal_discriminator_is_p_over_p_plus_q(
    mean: float, sigma: float
) -> None:
    above, output, _ = figures.optimal_discriminator(mean, sigma).axes
    x = torch.tensor(above.lines[0].get_xdata())
    p = (Normal(-2, 0.7).log_prob(x).exp() + Normal(2, 0.7).log_prob(x).exp()) / 2
    q = Normal(mean, sigma).log_prob(x).exp()
    assert np.allclose(curves_of(above)[0], p, atol=1e-6)
    assert np.allclose(curves_of(above)[1], q, atol=1e-6)
    assert np.allclose(curves_of(output)[0], p / (p + q), atol=1e-5)


@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 1.0), (-3.0, 0.5), (2.0, 2.0)])
def test_one_bar_shows_jsd_below_and_the_value_above(mean, sigma) -> None:
    drawing = figures.optimal_discriminator(mean, sigma)
    generator = densities.GaussianMixture((mean,), (sigma,))
    jsd = float(densities.mixture_jensen_shannon(densities.BIMODAL_DATA, generator))
    labels = [numbers(text.get_text()) for text in drawing.axes[2].texts]
    assert [f"{jsd:.2f}"] == [f"{n:.2f}" for n in labels[-1]]
    assert labels[2][-1] == pytest.approx(2 * jsd - log(4), abs=0.006)
    assert numbers(titles(drawing)[0])[0] == pytest.approx(jsd, abs=0.006)
    bounds, bar = drawing.axes[2].patches
    assert bar.get_width() / bounds.get_width() == pytest.approx(jsd / log(2))


@pytest.mark.parametrize(("real", "fake"), [(3.0, 1.0), (1.0, 4.0), (2, 2)])
def test_the_optimal_output_is_the_maximum_of_the_pointwise_value(real, fake) -> None:
    drawing = figures.pointwise_value(real, fake)
    (axes,) = drawing.axes
    curve, dot = axes.lines[2], axes.lines[3]
    x, y = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    assert float(dot.get_ydata()[0]) == pytest.approx(y.max(), abs=1e-4)
    assert float(dot.get_xdata()[0]) == pytest.approx(x[y.argmax()], abs=0.002)
    assert numbers(titles(drawing)[0])[-1] == round(real / (real + fake), 2)
    assert np.allclose(y, real * np.log(x) + fake * np.log(1 - x))


# 1.4 and 1.5: losses


def test_at_logit_minus_8_one_gradient_vanishes_and_the_other_is_minus_1() -> None:
    drawing = figures.generator_loss_gradients(-8.0)
    assert numbers(titles(drawing)[1]) == [-8, -0.0003, -0.9997]
    marks = [line for line in drawing.axes[1].lines if line.get_marker() == "o"]
    assert [float(mark.get_ydata()[0]) for mark in marks] == pytest.approx(
        [-1 / (1 + np.exp(8)), -1 / (1 + np.exp(-8))]
    )


def test_the_gradients_are_the_derivatives_of_the_losses() -> None:
    losses, gradients = figures.generator_loss_gradients(0.0).axes
    x = np.asarray(losses.lines[0].get_xdata())
    for loss, gradient in zip(
        curves_of(losses)[:4:2], curves_of(gradients)[:4:2], strict=True
    ):
        assert np.allclose(np.gradient(loss, x)[1:-1], gradient[1:-1], atol=1e-3)
    saturating, other = curves_of(gradients)[:4:2]
    assert np.allclose(saturating + other, -1)  # -D and -(1 - D)


def test_four_objectives_at_score_0_agree_with_their_formulas() -> None:
    panels = figures.loss_curves().axes
    middle = [[float(y[len(y) // 2]) for y in curves_of(axes)] for axes in panels]
    assert middle[0] == pytest.approx([log(2)] * 3)
    known = np.array([[0.5, 0, 0.5], [1, 1, 0], [0, 0, 0]])
    assert np.allclose(middle[1:], known, atol=1e-6)
    score = torch.tensor([float(panels[2].lines[0].get_xdata()[30])])
    hinge = objectives.hinge_discriminator_loss(score, score)
    assert curves_of(panels[2])[0][30] == pytest.approx(hinge.real.item())
    assert curves_of(panels[2])[1][30] == pytest.approx(hinge.fake.item())


def test_between_point_masses_only_w1_depends_on_the_distance() -> None:
    near, far = figures.point_mass_distances(0.5), figures.point_mass_distances(4.0)
    for drawing, distance in ((near, 0.5), (far, 4.0)):
        jsd, kl, w1, _ = titles(drawing)
        assert numbers(jsd) == [0.69] and kl == "KL = ∞"
        assert numbers(w1)[-1] == distance
    equal = titles(figures.point_mass_distances(0.0))
    assert [numbers(words)[-1] for words in equal[:3]] == [0, 0, 0]
    assert "only W1" in titles(near)[3] and "all three are 0" in equal[3]


@pytest.mark.parametrize(
    ("distance", "noise_std"), [(0.5, 0.5), (2.0, 1.0), (4.0, 0.3)]
)
def test_with_noise_the_measures_agree_with_the_library(distance, noise_std) -> None:
    p, q = (
        densities.GaussianMixture((mean,), (noise_std,)) for mean in (0.0, distance)
    )
    drawing = figures.point_mass_distances(distance, noise_std)
    jsd = float(densities.mixture_jensen_shannon(p, q))
    kl = float(densities.mixture_kl(p, q))
    assert numbers(titles(drawing)[0])[0] == pytest.approx(jsd, abs=0.0051)
    assert numbers(titles(drawing)[1])[0] == pytest.approx(kl, abs=0.0051)
    curve = drawing.axes[0].lines[0]
    here = np.interp(distance, *curve.get_data())
    assert here == pytest.approx(jsd, abs=1e-6)
    assert ("flat" in titles(drawing)[3]) == (jsd > 0.99 * log(2))


# 1.6: the phase portrait


@pytest.mark.parametrize(
    ("settings", "behaviour"),
    [
        (("minimax", 0.0, "alternating"), "rotates"),
        (("Wasserstein", 0.0, "alternating"), "rotates"),
        (("Wasserstein", 0.0, "simultaneous"), "diverges"),
        (("minimax", 0.5, "alternating"), "spirals in"),
        (("minimax", 2.0, "alternating"), "converges"),
        (("non-saturating", 0.0, "alternating"), "slowly in"),
    ],
)
def test_the_title_says_what_the_trajectory_does(settings, behaviour: str) -> None:
    assert titles(figures.phase_portrait(*settings))[0].endswith(behaviour)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.5, 2.0])
@pytest.mark.parametrize(("loss", "slope"), [("minimax", 0.5), ("Wasserstein", 1.0)])
def test_eigenvalues_agree_with_their_closed_form(loss, slope, gamma) -> None:
    drawing = figures.phase_portrait(loss, gamma)
    marks = next(x for x in drawing.axes[1].lines if x.get_marker() == "X")
    root = np.sqrt(complex(gamma**2 - 4 * slope**2))
    roots = sorted(zip(*marks.get_data(), strict=True))
    for (real, imaginary), sign in zip(roots, (-1, 1), strict=True):
        wanted = (-gamma + sign * root) / 2
        assert real == pytest.approx(wanted.real, abs=1e-6)
        assert imaginary == pytest.approx(wanted.imag, abs=1e-6)


def test_an_unknown_loss_or_update_rule_raises_an_error_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="minimax, non-saturating, hinge, Wasserstein"):
        figures.phase_portrait("minmax")
    with pytest.raises(ValueError, match="alternating, simultaneous"):
        figures.phase_portrait("hinge", updates="never")


# 1.7: the ring


def test_titles_count_one_mode_for_a_collapsed_run_and_eight_for_the_data() -> None:
    drawing = figures.ring_samples(RUNS)
    assert titles(drawing)[4].startswith("step 1000\n1 mode, ")
    assert titles(drawing)[9].startswith("step 1000\n8 modes, ")
    points = RUNS["saturating"][1000]
    assert np.allclose(drawing.axes[4].collections[0].get_offsets(), points)


def test_the_columns_run_from_the_first_step_to_the_last() -> None:
    steps = [numbers(words)[0] for words in titles(figures.ring_samples(RUNS))]
    assert steps[0] == 100 and steps[4] == 1000 and steps[:5] == sorted(steps[:5])
    few = figures.ring_samples({"yours": {7: sample_square(50, rng())}}, panels=5)
    assert [words.split("\n")[0] for words in titles(few)] == ["step 7"]


def test_a_run_without_samples_raises_an_error() -> None:
    with pytest.raises(ValueError, match="Train it first"):
        figures.ring_samples({"yours": {}})


def test_coverage_curves_are_computed_from_the_samples() -> None:
    drawing = figures.coverage_curves(RUNS, {"saturating": BAND})
    for column, samples in enumerate(RUNS.values()):
        above, below = drawing.axes[column::2]
        results = [mode_coverage(points) for points in samples.values()]
        assert curves_of(above)[-1].tolist() == [f.modes for f in results]
        assert curves_of(below)[-1] == pytest.approx(
            [100 * f.high_quality_fraction for f in results]
        )
        assert f"{results[-1].modes} mode" in titles(drawing)[column]


def test_the_band_of_a_run_is_drawn_behind_it_in_percent() -> None:
    drawing = figures.coverage_curves(RUNS, {"saturating": BAND})
    _, alone, banded, _ = (len(axes.collections) for axes in drawing.axes)
    assert banded == 1 and alone == 0
    median = curves_of(drawing.axes[2])[0]
    assert median[-1] == pytest.approx(50) and median[0] == pytest.approx(5)
    with pytest.raises(ValueError, match="its run's name"):
        figures.coverage_curves(RUNS, {"saturing": BAND})


# 1.8 and the lab


def test_row_a_holds_the_generated_images() -> None:
    real, generated = digits(10), digits(10, 1)
    above, below = figures.real_or_generated(real, generated).axes
    assert np.allclose(above.images[0].get_array(), plotting.mosaic(generated, 10))
    assert np.allclose(below.images[0].get_array(), plotting.mosaic(real, 10))
    assert (above.get_ylabel(), below.get_ylabel()) == ("A", "B")


def test_real_images_are_the_last_sheet() -> None:
    drawing = figures.samples_by_step(GENERATED, digits(16))
    assert titles(drawing) == ["untrained", "200 steps", "12000 steps", "real"]
    last = drawing.axes[-1].images[0].get_array()
    assert np.allclose(last, plotting.mosaic(digits(16), 4))


def test_a_row_shows_one_latent_at_all_steps() -> None:
    (axes,) = figures.samples_of_fixed_latents(GENERATED).axes
    sheet = axes.images[0].get_array()
    third_latent, second_step = 2, 1
    tile = sheet[9 * third_latent :, 9 * second_step :][:8, :8, 0]
    assert np.allclose(tile, (GENERATED[200][third_latent, 0] + 1) / 2, atol=1e-6)
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "200", "12000"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.real_or_generated(digits(10), digits(9)),
        lambda: figures.samples_by_step(GENERATED, digits(12)),
        lambda: figures.samples_of_fixed_latents({0: digits(4), 9: digits(5)}),
    ],
)
def test_sheets_of_unequal_length_raise_an_error(draw) -> None:
    with pytest.raises(ValueError, match="equally many images of one size"):
        draw()


def test_each_faulty_run_is_compared_with_the_same_healthy_run() -> None:
    faulty, healthy = {letter: run(i) for i, letter in enumerate("ABCDE")}, run(9)
    drawing = figures.fault_curves(faulty, healthy)
    assert titles(drawing)[:5] == [*"ABCDE"]
    for i, curves in enumerate(faulty.values()):
        d_loss, g_loss, d_output, quality = (
            curves_of(axes) for axes in drawing.axes[i::5]
        )
        assert np.allclose(
            d_loss, [healthy.discriminator_loss, curves.discriminator_loss]
        )
        assert np.allclose(g_loss, [healthy.generator_loss, curves.generator_loss])
        assert np.allclose(d_output[1::2], [curves.d_real, curves.d_fake])
        assert np.allclose(
            quality, [healthy.high_quality_fraction, curves.high_quality_fraction]
        )


def test_the_lab_labels_its_curves_in_the_last_column() -> None:
    faulty = {letter: run(i) for i, letter in enumerate("ABCDE")}
    drawing = figures.fault_curves(faulty, run(9))
    labels = [[text.get_text() for text in axes.texts] for axes in drawing.axes]
    assert {i: words for i, words in enumerate(labels) if words} == {
        4: ["healthy"],
        14: ["real", "fake"],
    }
