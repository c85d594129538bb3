"""What the pictures of 3.1 to 3.4 say is true: titles, marks and axes, measured."""

from collections.abc import Callable
from functools import partial
from math import log, sqrt

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
from matplotlib.colors import to_hex
from torch.distributions import Normal, kl_divergence

from course_lib import plotting
from course_lib.vae.elbo import active_units, kl_of_units
from course_lib.vae.gaussian import reparameterize
from course_lib.vae.rate_distortion import CodePrices, RatePoint
from lessons.video_vae.figures.elbo_gap import bound_gap
from lessons.video_vae.figures.gradient_estimators import FUNCTIONS, two_estimators
from lessons.video_vae.figures.latent_space import codes_and_prior
from lessons.video_vae.figures.rate_distortion import kl_by_unit, rate_distortion
from teaching.static_frames import MOST_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(seed: int) -> torch.Tensor:
    return torch.rand(8, 1, 16, 16, generator=rng(seed)) * 2 - 1


def water_filled(sigma: float) -> RatePoint:
    """Ten independent Gaussian axes at one price: the optimum in closed form."""
    variance = 40 * 0.6 ** torch.arange(10.0).double()
    kept = variance.clamp(max=sigma**2)
    nats = (variance / kept).log() / 2
    active = int((nats > 0).sum())
    return RatePoint(
        sigma, float(nats.sum()), float(kept.sum()), active, images(1) / 2, images(2)
    )


def units(n: int, *, constant: int = 0, seed: int = 0) -> CodePrices:
    """Codes of ten axes: n tell of the image, some are far off but the same for all."""
    mu = torch.randn(300, 10, generator=rng(seed)) * 0.9 ** torch.arange(10)
    mu[:, n:] = 0
    mu[:, n : n + constant] = 0.7
    logvar = torch.where(torch.arange(10) < n, -3.0, 0.0).expand(300, 10)
    return CodePrices(kl_of_units(mu, logvar).mean(dim=0), mu, bound=-1.0)


CLASSES = torch.randint(4, (200,), generator=rng(1))
AWAY = 4 * torch.randn(4, 16, generator=rng(2))
CODES = torch.randn(200, 16, generator=rng(3)) + AWAY[CLASSES]
NAMES = tuple(
    f"{a}, {b}" for b in ("left to right", "falling") for a in ("box", "disc")
)
DRAWN = torch.randn(50, 16, generator=rng(4))
SIGMAS = (0.05, 0.1, 0.2, 0.4, 0.8, 7.0)
POINTS = [water_filled(sigma) for sigma in SIGMAS]
ORIGINALS = images(0)
RECIPES = {"plain": units(2), "annealed": units(6), "free bits": units(7, constant=3)}

by_sigma = partial(rate_distortion, POINTS, ORIGINALS)
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (bound_gap, {"mean": [-2.0, 1.0, 3.0], "width": [0.2, 0.6, 1.8]}, 60),
    (
        two_estimators,
        {
            "mu": [-2.0, 0.0, 2.0],
            "width": [0.25, 0.5, 1.5],
            "function": ["z squared", "z cubed minus z", "fast ripple"],
        },
        60,
    ),
    (by_sigma, {"sigma": [0.05, 0.4, 7.0]}, 60),
]  # the last number: as many states as a widget may have


def squashed() -> plotting.Figure:
    """The narrowest cloud that can be drawn: two clips, two axes, one class."""
    few = torch.tensor([[0.0, 0.0], [1.0, 2.0]])
    one = torch.zeros(2, dtype=torch.long)
    return codes_and_prior(few, one, ["a shape"], drawn=few[:1] + 1)


STILL: dict[str, Callable[[], plotting.Figure]] = {
    "codes": lambda: codes_and_prior(CODES, CLASSES, NAMES, drawn=DRAWN),
    "two_codes": squashed,
    "kl_by_unit": lambda: kl_by_unit(RECIPES),
    "one_recipe": lambda: kl_by_unit({"collapsed": units(0)}),
}


def lines(axes: plotting.Axes) -> dict[str, np.ndarray]:
    """The heights of the lines of a panel by their names."""
    return {
        str(line.get_label()): np.asarray(line.get_ydata(), dtype=float)
        for line in axes.lines
    }


def marks(axes: plotting.Axes, marker: str) -> np.ndarray:
    """Where a panel's lines of this marker stand, (n, 2)."""
    return np.concatenate(
        [line.get_xydata() for line in axes.lines if line.get_marker() == marker]
    )


# All pictures


@pytest.mark.parametrize("draw", corner_cases(STILL, (row[:2] for row in CONTROLS)))
def test_a_picture_fits_its_paper_and_no_word_covers_another(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "alternative text without a number"


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_picture_and_a_widget_stays_small(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MOST_BYTES


# 3.1: codes


def test_both_clouds_lie_on_the_principal_axes_of_the_codes() -> None:
    (axes,) = codes_and_prior(CODES, CLASSES, NAMES, drawn=DRAWN).axes
    *shown, drawn = (np.asarray(c.get_offsets()) for c in axes.collections)
    centred = (CODES - CODES.mean(dim=0)).double()
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    plane = vectors[:, [-1, -2]]
    for i, cloud in enumerate(shown):
        by_hand = (centred[CLASSES == i] @ plane).numpy()
        assert np.allclose(np.abs(cloud), np.abs(by_hand), atol=1e-4)
    away = ((DRAWN - CODES.mean(dim=0)).double() @ plane).numpy()
    assert np.allclose(np.abs(drawn), np.abs(away), atol=1e-4)
    shares = 100 * values / values.sum()
    assert numbers(axes.get_xlabel()) == [round(float(shares[-1]))]
    assert numbers(axes.get_ylabel()) == [round(float(shares[-2]))]


def test_the_title_measures_what_two_axes_hide_along_all_of_them() -> None:
    drawing = codes_and_prior(CODES, CLASSES, NAMES, drawn=DRAWN)
    near = [min(float((a - b).norm()) for b in CODES) for a in DRAWN]
    own = [
        min(float((a - b).norm()) for j, b in enumerate(CODES) if j != i)
        for i, a in enumerate(CODES)
    ]
    expected = [float(torch.tensor(found).median()) for found in (own, near)]
    assert numbers(titles(drawing)[0]) == pytest.approx(expected, abs=0.051)


def test_each_class_has_its_name_its_colour_and_its_mark() -> None:
    (axes,) = codes_and_prior(CODES, CLASSES, NAMES, drawn=DRAWN).axes
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == [*NAMES, "drawn from N(0, I)"]
    looks = axes.collections
    assert len({to_hex(c.get_facecolor()[0]) for c in looks}) == len(said)
    assert len({c.get_paths()[0].vertices.tobytes() for c in looks}) == len(said)


@pytest.mark.parametrize(
    ("codes", "classes", "names", "said"),
    [
        (
            CODES[:1],
            CLASSES[:1],
            NAMES,
            r"two clips and two latent axes, got \(1, 16\)",
        ),
        (CODES[:, :1], CLASSES, NAMES, r"got \(200, 1\)"),
        (CODES, CLASSES, NAMES[:3], "classes 0 to 3 and 3 names"),
        (CODES, CLASSES - 1, NAMES, "classes -1 to 2"),
        (CODES, CLASSES, (*NAMES, *"abc"), "6 at most; got .* 7 names"),
    ],
)
def test_codes_that_no_plane_or_mark_can_show_are_refused(codes, classes, names, said):
    with pytest.raises(ValueError, match=said):
        codes_and_prior(codes, classes, names, drawn=DRAWN[:, : codes.shape[1]])


# 3.2: the bound

GRID = torch.linspace(-12, 12, 48_001, dtype=torch.float64)


def by_quadrature(mean: float, width: float) -> list[float]:
    """log p(x), ELBO and KL(q || posterior) of the model that the docstring names."""
    q = Normal(torch.tensor(mean).double(), torch.tensor(width).double())
    together = Normal(0.0, 1.0).log_prob(GRID) + Normal(1.6 * GRID, 1.2).log_prob(
        torch.tensor(2.5)
    )
    step = float(GRID[1] - GRID[0])
    evidence = float((together.exp().sum() * step).log())
    weight = q.log_prob(GRID).exp() * step
    elbo = float((weight * (together - q.log_prob(GRID))).sum())
    gap = float((weight * (q.log_prob(GRID) - together + evidence)).sum())
    return [evidence, elbo, gap]


@pytest.mark.parametrize(("mean", "width"), [(-2.0, 0.2), (0.5, 1.8), (1.0, 0.6)])
def test_elbo_and_gap_add_up_to_the_evidence(mean: float, width: float) -> None:
    drawing = bound_gap(mean, width)
    evidence, elbo, gap = by_quadrature(mean, width)
    assert evidence == pytest.approx(elbo + gap, abs=1e-9)
    said = numbers(titles(drawing)[1])
    assert said == pytest.approx([evidence, elbo, gap], abs=0.006)
    below, above = drawing.axes[1].patches
    floor = drawing.axes[1].get_ylim()[0]
    assert below.get_y() == floor and above.get_y() == pytest.approx(elbo)
    assert below.get_y() + below.get_height() == pytest.approx(elbo)
    assert above.get_y() + above.get_height() == pytest.approx(evidence)
    assert above.get_hatch(), "the gap is told by colour alone"
    levels = [heights[0] for heights in lines(drawing.axes[1]).values()]
    assert levels == pytest.approx([elbo, elbo + gap / 2, evidence])


def test_at_the_posterior_no_gap_is_left() -> None:
    drawing = bound_gap(1.0, 0.6)
    evidence, elbo, gap = numbers(titles(drawing)[1])
    assert gap == 0 and elbo == evidence
    densities = lines(drawing.axes[0])
    assert np.allclose(densities["$q$"], densities["posterior"])


@pytest.mark.parametrize(("mean", "width"), [(-1.0, 0.3), (2.0, 1.2)])
def test_what_is_explained_less_what_the_code_costs_is_the_elbo(mean, width) -> None:
    drawing = bound_gap(mean, width)
    explained, cost = numbers(drawing.axes[1].get_xlabel())
    q = Normal(torch.tensor(mean), torch.tensor(width))
    assert cost == pytest.approx(float(kl_divergence(q, Normal(0.0, 1.0))), abs=0.006)
    assert explained - cost == pytest.approx(by_quadrature(mean, width)[1], abs=0.011)


def test_the_drawn_posterior_is_prior_times_likelihood() -> None:
    shown = bound_gap(0.0, 1.0).axes[0].lines
    z = torch.as_tensor(shown[0].get_xdata()).double()
    weight = (-(z**2) / 2 - (2.5 - 1.6 * z) ** 2 / (2 * 1.2**2)).exp()
    expected = weight / (weight.sum() * (z[1] - z[0]))
    assert np.allclose(lines(bound_gap(0.0, 1.0).axes[0])["posterior"], expected)


def test_a_guess_without_width_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="above 0; width=0"):
        bound_gap(0.0, 0.0)


# 3.3: two estimators


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("mu", "width"), [(-1.5, 0.25), (0.75, 1.0)])
def test_the_slope_told_is_that_of_the_mean_by_quadrature(function, mu, width) -> None:
    curve, q = FUNCTIONS[function], Normal(mu, width)
    step = float(GRID[1] - GRID[0])
    score = (GRID - mu) / width**2
    slope = float((curve.value(GRID) * score * q.log_prob(GRID).exp()).sum()) * step
    assert float(curve.slope(mu, width)) == pytest.approx(slope, abs=1e-6)
    above, *below = two_estimators(mu, width, function).axes
    assert numbers(above.get_title(loc="left"))[-1] == pytest.approx(slope, abs=0.006)
    for axes in below:
        assert axes.lines[0].get_xdata() == pytest.approx([slope] * 2, abs=1e-5)
        assert sum(axes.get_xlim()) / 2 == pytest.approx(slope, abs=1e-5)


def estimates(mu: float, width: float, function: str) -> list[torch.Tensor]:
    """Both estimates by hand, from the draws that the picture makes."""
    value = FUNCTIONS[function].value
    given = torch.full((1000, 1), mu), torch.full((1000, 1), 2 * log(width))
    z = reparameterize(*given, rng())[:, 0].double()
    slope = torch.func.vmap(torch.func.grad(value))(z)
    return [slope, value(z) * (z - mu) / width**2]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_titles_tell_mean_error_and_deviation_of_both_and_who_is_outside(function):
    state = (1.5, 1.0, function)
    _, *below = two_estimators(*state).axes
    for axes, found in zip(below, estimates(*state), strict=True):
        left, right = axes.get_xlim()
        outside = int(((found < left) | (found > right)).sum())
        deviation = float(found.std())
        expected = [float(found.mean()), deviation / sqrt(1000), deviation, outside]
        assert numbers(axes.get_title(loc="left")) == pytest.approx(expected, abs=0.011)
        (bars,) = axes.patches
        assert bars.get_data().values.sum() == 1000 - outside
        bar, dot = (np.asarray(line.get_xdata()) for line in axes.lines[1:])
        assert np.diff(bar) == pytest.approx(2 * deviation, rel=1e-3)
        assert float(dot[0]) == pytest.approx(float(found.mean()), rel=1e-3)


def test_both_histograms_share_an_axis_wide_enough_for_98_percent() -> None:
    for function in FUNCTIONS:
        _, one, other = two_estimators(1.0, 0.5, function).axes
        assert one.get_xlim() == other.get_xlim()
        said = [numbers(axes.get_title(loc="left"))[-1] for axes in (one, other)]
        assert sum(said) <= 0.02 * 2000 + 1


def test_parabolas_spread_more_when_weighed_and_ripples_when_moved() -> None:
    def spreads(function: str) -> list[float]:
        _, *below = two_estimators(0.75, 0.5, function).axes
        return [numbers(axes.get_title(loc="left"))[2] for axes in below]

    moved, weighed = spreads("z squared")
    assert weighed > sqrt(1.5) * moved
    moved, weighed = spreads("fast ripple")
    assert moved > 2 * weighed


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_tangent_touches_its_draw_with_the_slope_and_length_of_all(function) -> None:
    above, *_ = two_estimators(0.75, 0.5, function).axes
    slopes, _ = estimates(0.75, 0.5, function)
    tangents = [line for line in above.lines if len(line.get_xdata()) == 2][-7:]
    dots = marks(above, "o")
    for line, slope, dot in zip(tangents, slopes, dots, strict=False):
        (x0, y0), (x1, y1) = line.get_xydata()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(float(slope), rel=1e-3, abs=1e-4)
        assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx(tuple(dot), abs=1e-4)
        ends = above.transData.transform(line.get_xydata()) / plotting.style.SCREEN_DPI
        assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(0.6, rel=1e-3)
    value = FUNCTIONS[function].value(torch.as_tensor(dots[:, 0]))
    assert np.allclose(dots[:, 1], value, atol=1e-4)


def test_slopes_of_no_known_function_or_width_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r'No slopes of "z".*choose from z squared,'):
        two_estimators(0.0, 1.0, "z")
    with pytest.raises(ValueError, match="a width above 0"):
        two_estimators(0.0, 0.0)


# 3.4: rates


def test_every_point_is_on_the_curve_and_the_chosen_one_is_marked() -> None:
    for sigma, point in zip(SIGMAS, POINTS, strict=True):
        curve, _ = by_sigma(sigma=sigma).axes
        ordered = sorted(POINTS, key=lambda p: p.rate)
        expected = [(p.rate, p.distortion) for p in ordered]
        assert np.allclose(marks(curve, "o"), expected)
        assert marks(curve, "D").tolist() == [[point.rate, point.distortion]]
        said = numbers(titles(curve.figure)[0].replace("$\\sigma$", "s"))
        expected = [sigma, point.rate, point.active]
        assert said == pytest.approx(expected, abs=0.051)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_tangent_falls_by_two_sigma_squared_a_nat(sigma: float) -> None:
    (here,) = [point for point in POINTS if point.sigma == sigma]
    curve, _ = by_sigma(sigma=sigma).axes
    tangent = curve.lines[1].get_xydata()
    fall, run = np.diff(tangent[:, ::-1], axis=0)[0]
    assert fall / run == pytest.approx(-2 * sigma**2)
    assert tangent.mean(axis=0) == pytest.approx((here.rate, here.distortion))
    ends = curve.transData.transform(tangent) / plotting.style.SCREEN_DPI
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(1.4)


def test_at_the_optimum_the_tangent_lies_below_the_whole_curve() -> None:
    for point in POINTS[:-1]:  # the last buys nothing: its optimum is a corner
        for other in POINTS:
            line = point.distortion - 2 * point.sigma**2 * (other.rate - point.rate)
            assert other.distortion > line - 1e-9


def test_each_reconstruction_hangs_below_its_original() -> None:
    _, pictures = by_sigma(sigma=0.4).axes
    sheet = np.asarray(pictures.images[0].get_array())
    rows = (ORIGINALS[:4], POINTS[3].rebuilt[:4], ORIGINALS[4:], POINTS[3].rebuilt[4:])
    rows = (*rows, POINTS[3].sampled[:4], POINTS[3].sampled[4:])
    assert sheet.shape == (6 * 17 - 1, 4 * 17 - 1)
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            shown = sheet[17 * i :, 17 * j :][:16, :16]
            assert np.allclose(shown, image[0] / 2 + 0.5, atol=1e-6)
    said = [label.get_text() for label in pictures.get_yticklabels()]
    assert said == ["original", "rebuilt"] * 2 + ["sampled"] * 2


def test_a_sigma_that_nobody_trained_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match=r"sigma 0.3, got 0; choose from 0.05, 0.1,"):
        by_sigma(sigma=0.3)
    with pytest.raises(ValueError, match="got 2"):
        rate_distortion(POINTS * 2, ORIGINALS, 0.4)


def test_units_stand_by_price_and_the_filled_ones_are_the_active() -> None:
    drawing = kl_by_unit(RECIPES)
    for axes, (name, code) in zip(drawing.axes, RECIPES.items(), strict=True):
        bars = axes.patches
        heights = [bar.get_height() for bar in bars]
        assert heights == pytest.approx(sorted(code.kl.tolist(), reverse=True))
        assert sum(not bar.get_hatch() for bar in bars) == active_units(code.mu)
        said = axes.get_title(loc="left")
        assert said.startswith(f"{name}: ")
        expected = [float(code.kl.sum()), active_units(code.mu), 10]
        assert numbers(said) == pytest.approx(expected, abs=0.051)
    assert len({axes.get_ylim() for axes in drawing.axes}) == 1


def test_a_unit_that_costs_and_tells_nothing_is_hatched() -> None:
    bars = kl_by_unit(RECIPES).axes[2].patches
    hatched = [bar.get_height() for bar in bars if bar.get_hatch()]
    assert hatched == pytest.approx([0.7**2 / 2] * 3)


def test_no_codes_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="got none"):
        kl_by_unit({})
