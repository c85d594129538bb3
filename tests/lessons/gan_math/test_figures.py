"""What lesson 01's pictures say is true: titles, marks and axes against the library."""

from collections.abc import Callable
from math import log

import numpy as np
import pytest
import torch
from drawings import assert_fits, assert_moves, corners, numbers, titles
from torch.distributions import Normal

from course_lib import plotting
from course_lib.gan import densities, objectives
from course_lib.gan.ring import coverage, sample_ring, single_mode, uniform_square
from course_lib.gan.ring_curves import RingCurves
from lessons.gan_math import figures
from lessons.gan_math.figures.dirac import GAMES

CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list]]] = [
    (figures.two_players, {"mean": [-4.0, 1.0, 4.0], "width": [0.4, 1.0, 3.0]}),
    (figures.best_verdict, {"real": [0.2, 1.0, 5.0], "fake": [0.2, 5.0]}),
    (figures.two_slopes, {"logit": [-10.0, -8.0, 0.0, 10.0]}),
    (figures.two_points, {"distance": [0.0, 0.25, 4.0], "blur": [0.0, 0.1, 1.0]}),
    (
        figures.phase_portrait,
        {"loss": [*GAMES], "gamma": [0.0, 2.0], "moves": ["in turn", "at once"]},
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
    "saturating": {s: single_mode(500, rng(s)) for s in range(100, 1100, 100)},
    "non-saturating + R1": {s: sample_ring(500, rng(s)) for s in range(100, 1100, 100)},
}
STEPS = torch.arange(100.0, 1100, 100)
BAND = {
    "modes": plotting.Band(STEPS, STEPS * 0, STEPS * 0 + 1, STEPS * 0 + 2),
    "good_share": plotting.Band(STEPS, STEPS * 0, STEPS / 2000, STEPS / 1000),
}
FORGED = {step: digits(16, step) for step in (0, 200, 12000)}
STILL: dict[str, Callable[[], plotting.Figure]] = {
    "referee_losses": figures.referee_losses,
    "which_is_forged": lambda: figures.which_is_forged(digits(10), digits(10, 1)),
    "forgers_progress": lambda: figures.forgers_progress(FORGED, digits(16)),
    "samples_over_time": lambda: figures.samples_over_time(FORGED),
    "ring_progress": lambda: figures.ring_progress(RUNS),
    "one_ring": lambda: figures.ring_progress({"yours": {0: sample_ring(99, rng())}}),
    "coverage_curves": lambda: figures.coverage_curves(RUNS, {"saturating": BAND}),
    "fault_curves": lambda: figures.fault_curves(
        {letter: run(i) for i, letter in enumerate("ABCDE")}, run(9)
    ),
}


def drawn(axes: plotting.Axes) -> list[np.ndarray]:
    """The heights of the lines of a panel, in the order in which they were drawn."""
    return [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines]


# All pictures


@pytest.mark.parametrize("draw", corners(STILL, CONTROLS))
def test_a_picture_fits_its_paper_and_no_word_covers_another(draw) -> None:
    assert len(plotting.alt_text(assert_fits(draw))) > 40


@pytest.mark.parametrize(("draw", "controls"), CONTROLS)
def test_every_step_of_every_control_changes_the_picture(draw, controls) -> None:
    assert_moves(draw, controls)


# 1.1 to 1.3: the two players


@pytest.mark.parametrize(("mean", "width"), [(0.0, 1.0), (-3.0, 0.5), (2.0, 2.0)])
def test_the_best_judge_is_drawn_as_p_over_p_plus_q(mean: float, width: float) -> None:
    above, verdict, _ = figures.two_players(mean, width).axes
    x = torch.tensor(above.lines[0].get_xdata())
    p = (Normal(-2, 0.7).log_prob(x).exp() + Normal(2, 0.7).log_prob(x).exp()) / 2
    q = Normal(mean, width).log_prob(x).exp()
    assert np.allclose(drawn(above)[0], p, atol=1e-6)
    assert np.allclose(drawn(above)[1], q, atol=1e-6)
    assert np.allclose(drawn(verdict)[0], p / (p + q), atol=1e-5)


@pytest.mark.parametrize(("mean", "width"), [(0.0, 1.0), (-3.0, 0.5), (2.0, 2.0)])
def test_the_bar_reads_jsd_below_and_v_above_by_one_length(mean, width) -> None:
    drawing = figures.two_players(mean, width)
    forger = densities.Mixture((mean,), (width,))
    jsd = float(densities.jensen_shannon_between(densities.TWO_HUMPS, forger))
    said = [numbers(text.get_text()) for text in drawing.axes[2].texts]
    assert [f"{jsd:.2f}"] == [f"{n:.2f}" for n in said[-1]]
    assert said[2][-1] == pytest.approx(2 * jsd - log(4), abs=0.006)
    assert numbers(titles(drawing)[0])[0] == pytest.approx(jsd, abs=0.006)
    bounds, bar = drawing.axes[2].patches
    assert bar.get_width() / bounds.get_width() == pytest.approx(jsd / log(2))


@pytest.mark.parametrize(("real", "fake"), [(3.0, 1.0), (1.0, 4.0), (2, 2)])
def test_the_best_verdict_stands_at_the_top_of_its_curve(real, fake) -> None:
    drawing = figures.best_verdict(real, fake)
    (axes,) = drawing.axes
    curve, dot = axes.lines[2], axes.lines[3]
    x, y = np.asarray(curve.get_xdata()), np.asarray(curve.get_ydata())
    assert float(dot.get_ydata()[0]) == pytest.approx(y.max(), abs=1e-4)
    assert float(dot.get_xdata()[0]) == pytest.approx(x[y.argmax()], abs=0.002)
    assert numbers(titles(drawing)[0])[-1] == round(real / (real + fake), 2)
    assert np.allclose(y, real * np.log(x) + fake * np.log(1 - x))


# 1.4 and 1.5: losses and referees


def test_at_logit_minus_8_one_slope_is_gone_and_the_other_is_1() -> None:
    drawing = figures.two_slopes(-8.0)
    assert numbers(titles(drawing)[1]) == [-8, -0.0003, -0.9997]
    marks = [line for line in drawing.axes[1].lines if line.get_marker() == "o"]
    assert [float(mark.get_ydata()[0]) for mark in marks] == pytest.approx(
        [-1 / (1 + np.exp(8)), -1 / (1 + np.exp(-8))]
    )


def test_the_drawn_slopes_are_those_of_the_drawn_losses() -> None:
    costs, slopes = figures.two_slopes(0.0).axes
    x = np.asarray(costs.lines[0].get_xdata())
    for cost, slope in zip(drawn(costs)[:4:2], drawn(slopes)[:4:2], strict=True):
        assert np.allclose(np.gradient(cost, x)[1:-1], slope[1:-1], atol=1e-3)
    saturating, other = drawn(slopes)[:4:2]
    assert np.allclose(saturating + other, -1)  # -D and -(1 - D)


def test_four_referees_charge_an_undecided_score_as_their_formulas_say() -> None:
    panels = figures.referee_losses().axes
    middle = [[float(y[len(y) // 2]) for y in drawn(axes)] for axes in panels]
    assert middle[0] == pytest.approx([log(2)] * 3)
    known = np.array([[0.5, 0, 0.5], [1, 1, 0], [0, 0, 0]])
    assert np.allclose(middle[1:], known, atol=1e-6)
    score = torch.tensor([float(panels[2].lines[0].get_xdata()[30])])
    hinge = objectives.hinge_discriminator_loss(score, score)
    assert drawn(panels[2])[0][30] == pytest.approx(hinge.real.item())
    assert drawn(panels[2])[1][30] == pytest.approx(hinge.fake.item())


def test_between_two_points_only_the_earth_movers_distance_grows() -> None:
    near, far = figures.two_points(0.5), figures.two_points(4.0)
    for drawing, distance in ((near, 0.5), (far, 4.0)):
        jsd, kl, w1, _ = titles(drawing)
        assert numbers(jsd) == [0.69] and kl == "KL = ∞"
        assert numbers(w1)[-1] == distance
    together = titles(figures.two_points(0.0))
    assert [numbers(words)[-1] for words in together[:3]] == [0, 0, 0]
    assert "only W1" in titles(near)[3] and "all three say 0" in together[3]


@pytest.mark.parametrize(("distance", "blur"), [(0.5, 0.5), (2.0, 1.0), (4.0, 0.3)])
def test_noise_gives_all_three_measures_their_library_value(distance, blur) -> None:
    p, q = (densities.Mixture((at,), (blur,)) for at in (0.0, distance))
    drawing = figures.two_points(distance, blur)
    jsd = float(densities.jensen_shannon_between(p, q))
    kl = float(densities.kl_between(p, q))
    assert numbers(titles(drawing)[0])[0] == pytest.approx(jsd, abs=0.0051)
    assert numbers(titles(drawing)[1])[0] == pytest.approx(kl, abs=0.0051)
    curve = drawing.axes[0].lines[0]
    here = np.interp(distance, *curve.get_data())
    assert here == pytest.approx(jsd, abs=1e-6)
    assert ("flat" in titles(drawing)[3]) == (jsd > 0.99 * log(2))


# 1.6: the phase portrait


@pytest.mark.parametrize(
    ("state", "fate"),
    [
        (("minimax", 0.0, "in turn"), "circles"),
        (("Wasserstein", 0.0, "in turn"), "circles"),
        (("Wasserstein", 0.0, "at once"), "leaves"),
        (("minimax", 0.5, "in turn"), "spirals in"),
        (("minimax", 2.0, "in turn"), "comes straight in"),
        (("non-saturating", 0.0, "in turn"), "creeps in"),
    ],
)
def test_the_title_tells_the_fate_of_the_game(state, fate: str) -> None:
    assert titles(figures.phase_portrait(*state))[0].endswith(fate)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.5, 2.0])
@pytest.mark.parametrize(("loss", "pull"), [("minimax", 0.5), ("Wasserstein", 1.0)])
def test_eigenvalues_lie_where_their_closed_form_says(loss, pull, gamma) -> None:
    drawing = figures.phase_portrait(loss, gamma)
    marks = next(x for x in drawing.axes[1].lines if x.get_marker() == "X")
    root = np.sqrt(complex(gamma**2 - 4 * pull**2))
    found = sorted(zip(*marks.get_data(), strict=True))
    for (real, imaginary), sign in zip(found, (-1, 1), strict=True):
        wanted = (-gamma + sign * root) / 2
        assert real == pytest.approx(wanted.real, abs=1e-6)
        assert imaginary == pytest.approx(wanted.imag, abs=1e-6)


def test_an_unknown_game_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="minimax, non-saturating, hinge, Wasserstein"):
        figures.phase_portrait("minmax")
    with pytest.raises(ValueError, match="in turn, at once"):
        figures.phase_portrait("hinge", moves="never")


# 1.7: the ring


def test_a_collapsed_forger_is_shown_on_one_mode_and_the_data_on_eight() -> None:
    drawing = figures.ring_progress(RUNS)
    assert titles(drawing)[4].startswith("step 1000\n1 mode, ")
    assert titles(drawing)[9].startswith("step 1000\n8 modes, ")
    cloud = RUNS["saturating"][1000]
    assert np.allclose(drawing.axes[4].collections[0].get_offsets(), cloud)


def test_progress_runs_from_the_first_step_to_the_last() -> None:
    steps = [numbers(words)[0] for words in titles(figures.ring_progress(RUNS))]
    assert steps[0] == 100 and steps[4] == 1000 and steps[:5] == sorted(steps[:5])
    few = figures.ring_progress({"yours": {7: uniform_square(50, rng())}}, panels=5)
    assert [words.split("\n")[0] for words in titles(few)] == ["step 7"]


def test_a_run_without_samples_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="train it first"):
        figures.ring_progress({"yours": {}})


def test_coverage_is_counted_from_the_samples_that_came() -> None:
    drawing = figures.coverage_curves(RUNS, {"saturating": BAND})
    for column, clouds in enumerate(RUNS.values()):
        above, below = drawing.axes[column::2]
        found = [coverage(points) for points in clouds.values()]
        assert drawn(above)[-1].tolist() == [f.modes for f in found]
        assert drawn(below)[-1] == pytest.approx([100 * f.good_share for f in found])
        assert f"{found[-1].modes} mode" in titles(drawing)[column]


def test_the_band_of_a_run_lies_behind_it_in_percent() -> None:
    drawing = figures.coverage_curves(RUNS, {"saturating": BAND})
    _, alone, banded, _ = (len(axes.collections) for axes in drawing.axes)
    assert banded == 1 and alone == 0
    median = drawn(drawing.axes[2])[0]
    assert median[-1] == pytest.approx(50) and median[0] == pytest.approx(5)
    with pytest.raises(ValueError, match="its run's name"):
        figures.coverage_curves(RUNS, {"saturing": BAND})


# 1.8 and the lab


def test_row_a_is_the_forged_one() -> None:
    real, forged = digits(10), digits(10, 1)
    above, below = figures.which_is_forged(real, forged).axes
    assert np.allclose(above.images[0].get_array(), plotting.mosaic(forged, 10))
    assert np.allclose(below.images[0].get_array(), plotting.mosaic(real, 10))
    assert (above.get_ylabel(), below.get_ylabel()) == ("A", "B")


def test_real_images_hang_last_beside_a_forgers_progress() -> None:
    drawing = figures.forgers_progress(FORGED, digits(16))
    assert titles(drawing) == ["untrained", "200 steps", "12000 steps", "real"]
    shown = drawing.axes[-1].images[0].get_array()
    assert np.allclose(shown, plotting.mosaic(digits(16), 4))


def test_a_row_follows_one_noise_through_the_steps() -> None:
    (axes,) = figures.samples_over_time(FORGED).axes
    sheet = axes.images[0].get_array()
    third_noise, second_step = 2, 1
    shown = sheet[9 * third_noise :, 9 * second_step :][:8, :8, 0]
    assert np.allclose(shown, (FORGED[200][third_noise, 0] + 1) / 2, atol=1e-6)
    assert [t.get_text() for t in axes.get_xticklabels()] == ["0", "200", "12000"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: figures.which_is_forged(digits(10), digits(9)),
        lambda: figures.forgers_progress(FORGED, digits(12)),
        lambda: figures.samples_over_time({0: digits(4), 9: digits(5)}),
    ],
)
def test_sheets_of_unequal_length_are_refused_in_words(draw) -> None:
    with pytest.raises(ValueError, match="equally many images of one size"):
        draw()


def test_each_faulty_run_stands_before_the_same_healthy_one() -> None:
    faulty, healthy = {letter: run(i) for i, letter in enumerate("ABCDE")}, run(9)
    drawing = figures.fault_curves(faulty, healthy)
    assert titles(drawing)[:5] == [*"ABCDE"]
    for i, curves in enumerate(faulty.values()):
        loss, forger, verdict, good = (drawn(axes) for axes in drawing.axes[i::5])
        assert np.allclose(loss, [healthy.judge_loss, curves.judge_loss])
        assert np.allclose(forger, [healthy.generator_loss, curves.generator_loss])
        assert np.allclose(verdict[1::2], [curves.verdict_real, curves.verdict_fake])
        assert np.allclose(good, [healthy.good_share, curves.good_share])


def test_the_lab_names_its_colours_once_at_the_right_edge() -> None:
    faulty = {letter: run(i) for i, letter in enumerate("ABCDE")}
    drawing = figures.fault_curves(faulty, run(9))
    said = [[text.get_text() for text in axes.texts] for axes in drawing.axes]
    assert {i: words for i, words in enumerate(said) if words} == {
        4: ["healthy"],
        14: ["real", "fake"],
    }
