"""Figures of sections 3.1 to 3.4: titles, marks and axes against computed values."""

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
from course_lib.vae.elbo import active_units, kl_per_unit
from course_lib.vae.gaussian import reparameterize
from course_lib.vae.rate_distortion import CodeStatistics, RatePoint
from lessons.video_vae.figures.elbo_gap import bound_gap
from lessons.video_vae.figures.gradient_estimators import FUNCTIONS, two_estimators
from lessons.video_vae.figures.latent_space import codes_and_prior
from lessons.video_vae.figures.rate_distortion import kl_by_unit, rate_distortion
from teaching.static_frames import MAX_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def images(seed: int) -> torch.Tensor:
    return torch.rand(8, 1, 16, 16, generator=rng(seed)) * 2 - 1


def reverse_water_filling(sigma: float) -> RatePoint:
    """The optimum for ten independent Gaussian axes, in closed form."""
    variance = 40 * 0.6 ** torch.arange(10.0).double()
    distortion = variance.clamp(max=sigma**2)
    nats = (variance / distortion).log() / 2
    active = int((nats > 0).sum())
    return RatePoint(
        sigma,
        float(nats.sum()),
        float(distortion.sum()),
        active,
        images(1) / 2,
        images(2),
    )


def statistics(n: int, *, constant: int = 0, seed: int = 0) -> CodeStatistics:
    """Codes of ten axes: n are active; ``constant`` ones have a mean other than 0."""
    mu = torch.randn(300, 10, generator=rng(seed)) * 0.9 ** torch.arange(10)
    mu[:, n:] = 0
    mu[:, n : n + constant] = 0.7
    logvar = torch.where(torch.arange(10) < n, -3.0, 0.0).expand(300, 10)
    return CodeStatistics(kl_per_unit(mu, logvar).mean(dim=0), mu, elbo=-1.0)


CLASSES = torch.randint(4, (200,), generator=rng(1))
CENTRES = 4 * torch.randn(4, 16, generator=rng(2))
CODES = torch.randn(200, 16, generator=rng(3)) + CENTRES[CLASSES]
NAMES = tuple(
    f"{a}, {b}" for b in ("left to right", "falling") for a in ("box", "disc")
)
SAMPLES = torch.randn(50, 16, generator=rng(4))
SIGMAS = (0.05, 0.1, 0.2, 0.4, 0.8, 7.0)
POINTS = [reverse_water_filling(sigma) for sigma in SIGMAS]
ORIGINALS = images(0)
STATISTICS = {
    "plain": statistics(2),
    "annealed": statistics(6),
    "free bits": statistics(7, constant=3),
}

by_sigma = partial(rate_distortion, POINTS, ORIGINALS)
CONTROLS: list[tuple[Callable[..., plotting.Figure], dict[str, list], int]] = [
    (bound_gap, {"mean": [-2.0, 1.0, 3.0], "sigma": [0.2, 0.6, 1.8]}, 60),
    (
        two_estimators,
        {
            "mu": [-2.0, 0.0, 2.0],
            "sigma": [0.25, 0.5, 1.5],
            "function": ["z squared", "z cubed minus z", "fast sine"],
        },
        60,
    ),
    (by_sigma, {"sigma": [0.05, 0.4, 7.0]}, 60),
]  # the last number: the states of the widget


def smallest_codes() -> plotting.Figure:
    """The smallest valid input: two clips, two axes, one class."""
    few = torch.tensor([[0.0, 0.0], [1.0, 2.0]])
    one = torch.zeros(2, dtype=torch.long)
    return codes_and_prior(few, one, ["a shape"], samples=few[:1] + 1)


FIXED: dict[str, Callable[[], plotting.Figure]] = {
    "codes": lambda: codes_and_prior(CODES, CLASSES, NAMES, samples=SAMPLES),
    "two_codes": smallest_codes,
    "kl_by_unit": lambda: kl_by_unit(STATISTICS),
    "one_model": lambda: kl_by_unit({"collapsed": statistics(0)}),
}


def lines(axes: plotting.Axes) -> dict[str, np.ndarray]:
    """The y values of the lines of a panel by their labels."""
    return {
        str(line.get_label()): np.asarray(line.get_ydata(), dtype=float)
        for line in axes.lines
    }


def marks(axes: plotting.Axes, marker: str) -> np.ndarray:
    """The points of a panel's lines with this marker, (n, 2)."""
    return np.concatenate(
        [line.get_xydata() for line in axes.lines if line.get_marker() == marker]
    )


# All figures


@pytest.mark.parametrize("draw", corner_cases(FIXED, (row[:2] for row in CONTROLS)))
def test_a_figure_fits_its_page_and_no_texts_overlap(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "alternative text without a number"


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_figure_and_the_widget_is_small(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MAX_BYTES


# 3.1: codes


def test_codes_and_samples_are_projected_on_the_codes_principal_components() -> None:
    (axes,) = codes_and_prior(CODES, CLASSES, NAMES, samples=SAMPLES).axes
    *plotted, samples = (np.asarray(c.get_offsets()) for c in axes.collections)
    centred = (CODES - CODES.mean(dim=0)).double()
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    plane = vectors[:, [-1, -2]]
    for i, points in enumerate(plotted):
        expected = (centred[CLASSES == i] @ plane).numpy()
        assert np.allclose(np.abs(points), np.abs(expected), atol=1e-4)
    expected = ((SAMPLES - CODES.mean(dim=0)).double() @ plane).numpy()
    assert np.allclose(np.abs(samples), np.abs(expected), atol=1e-4)
    percent = 100 * values / values.sum()
    assert numbers(axes.get_xlabel()) == [round(float(percent[-1]))]
    assert numbers(axes.get_ylabel()) == [round(float(percent[-2]))]


def test_the_title_states_median_distances_along_all_axes() -> None:
    drawing = codes_and_prior(CODES, CLASSES, NAMES, samples=SAMPLES)
    from_sample = [min(float((a - b).norm()) for b in CODES) for a in SAMPLES]
    from_code = [
        min(float((a - b).norm()) for j, b in enumerate(CODES) if j != i)
        for i, a in enumerate(CODES)
    ]
    both = (from_code, from_sample)
    expected = [float(torch.tensor(distances).median()) for distances in both]
    assert numbers(titles(drawing)[0]) == pytest.approx(expected, abs=0.051)


def test_each_class_has_its_own_name_colour_and_marker() -> None:
    (axes,) = codes_and_prior(CODES, CLASSES, NAMES, samples=SAMPLES).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [*NAMES, "samples of N(0, I)"]
    points = axes.collections
    assert len({to_hex(c.get_facecolor()[0]) for c in points}) == len(labels)
    assert len({c.get_paths()[0].vertices.tobytes() for c in points}) == len(labels)


@pytest.mark.parametrize(
    ("codes", "classes", "names", "message"),
    [
        (
            CODES[:1],
            CLASSES[:1],
            NAMES,
            r"two clips and two latent axes; got codes of shape \(1, 16\)",
        ),
        (CODES[:, :1], CLASSES, NAMES, r"shape \(200, 1\)"),
        (CODES, CLASSES, NAMES[:3], "classes 0 to 3 and 3 names"),
        (CODES, CLASSES - 1, NAMES, "classes -1 to 2"),
        (CODES, CLASSES, (*NAMES, *"abc"), "6 at most; got .* 7 names"),
    ],
)
def test_invalid_codes_classes_or_names_raise_an_error(codes, classes, names, message):
    with pytest.raises(ValueError, match=message):
        codes_and_prior(codes, classes, names, samples=SAMPLES[:, : codes.shape[1]])


# 3.2: the ELBO

GRID = torch.linspace(-12, 12, 48_001, dtype=torch.float64)


def by_quadrature(mean: float, sigma: float) -> list[float]:
    """log p(x), ELBO and KL(q || posterior) of the model of ``bound_gap``."""
    q = Normal(torch.tensor(mean).double(), torch.tensor(sigma).double())
    joint = Normal(0.0, 1.0).log_prob(GRID) + Normal(1.6 * GRID, 1.2).log_prob(
        torch.tensor(2.5)
    )
    step = float(GRID[1] - GRID[0])
    evidence = float((joint.exp().sum() * step).log())
    weight = q.log_prob(GRID).exp() * step
    elbo = float((weight * (joint - q.log_prob(GRID))).sum())
    gap = float((weight * (q.log_prob(GRID) - joint + evidence)).sum())
    return [evidence, elbo, gap]


@pytest.mark.parametrize(("mean", "sigma"), [(-2.0, 0.2), (0.5, 1.8), (1.0, 0.6)])
def test_elbo_and_gap_add_up_to_the_evidence(mean: float, sigma: float) -> None:
    drawing = bound_gap(mean, sigma)
    evidence, elbo, gap = by_quadrature(mean, sigma)
    assert evidence == pytest.approx(elbo + gap, abs=1e-9)
    stated = numbers(titles(drawing)[1])
    assert stated == pytest.approx([evidence, elbo, gap], abs=0.006)
    below, above = drawing.axes[1].patches
    floor = drawing.axes[1].get_ylim()[0]
    assert below.get_y() == floor and above.get_y() == pytest.approx(elbo)
    assert below.get_y() + below.get_height() == pytest.approx(elbo)
    assert above.get_y() + above.get_height() == pytest.approx(evidence)
    assert above.get_hatch(), "the gap differs by colour alone"
    levels = [heights[0] for heights in lines(drawing.axes[1]).values()]
    assert levels == pytest.approx([elbo, elbo + gap / 2, evidence])


def test_the_gap_is_0_if_q_is_the_posterior() -> None:
    drawing = bound_gap(1.0, 0.6)
    evidence, elbo, gap = numbers(titles(drawing)[1])
    assert gap == 0 and elbo == evidence
    densities = lines(drawing.axes[0])
    assert np.allclose(densities["$q$"], densities["posterior"])


@pytest.mark.parametrize(("mean", "sigma"), [(-1.0, 0.3), (2.0, 1.2)])
def test_log_likelihood_minus_kl_is_the_elbo(mean, sigma) -> None:
    drawing = bound_gap(mean, sigma)
    log_likelihood, kl = numbers(drawing.axes[1].get_xlabel())
    q = Normal(torch.tensor(mean), torch.tensor(sigma))
    assert kl == pytest.approx(float(kl_divergence(q, Normal(0.0, 1.0))), abs=0.006)
    elbo = by_quadrature(mean, sigma)[1]
    assert log_likelihood - kl == pytest.approx(elbo, abs=0.011)


def test_the_plotted_posterior_is_prior_times_likelihood_normalized() -> None:
    curves = bound_gap(0.0, 1.0).axes[0].lines
    z = torch.as_tensor(curves[0].get_xdata()).double()
    weight = (-(z**2) / 2 - (2.5 - 1.6 * z) ** 2 / (2 * 1.2**2)).exp()
    expected = weight / (weight.sum() * (z[1] - z[0]))
    assert np.allclose(lines(bound_gap(0.0, 1.0).axes[0])["posterior"], expected)


def test_a_sigma_of_0_raises_an_error() -> None:
    with pytest.raises(ValueError, match="above 0; got sigma=0"):
        bound_gap(0.0, 0.0)


# 3.3: two estimators


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("mu", "sigma"), [(-1.5, 0.25), (0.75, 1.0)])
def test_the_stated_gradient_agrees_with_quadrature(function, mu, sigma) -> None:
    curve, q = FUNCTIONS[function], Normal(mu, sigma)
    step = float(GRID[1] - GRID[0])
    score = (GRID - mu) / sigma**2
    integrand = curve.value(GRID) * score * q.log_prob(GRID).exp()
    gradient = float(integrand.sum()) * step
    assert float(curve.gradient(mu, sigma)) == pytest.approx(gradient, abs=1e-6)
    above, *below = two_estimators(mu, sigma, function).axes
    stated = numbers(above.get_title(loc="left"))[-1]
    assert stated == pytest.approx(gradient, abs=0.006)
    for axes in below:
        assert axes.lines[0].get_xdata() == pytest.approx([gradient] * 2, abs=1e-5)
        assert sum(axes.get_xlim()) / 2 == pytest.approx(gradient, abs=1e-5)


def estimates(mu: float, sigma: float, function: str) -> list[torch.Tensor]:
    """Both estimates by their definitions, from the samples of the figure."""
    value = FUNCTIONS[function].value
    q = torch.full((1000, 1), mu), torch.full((1000, 1), 2 * log(sigma))
    z = reparameterize(*q, rng())[:, 0].double()
    gradients = torch.func.vmap(torch.func.grad(value))(z)
    return [gradients, value(z) * (z - mu) / sigma**2]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_titles_state_mean_error_deviation_and_number_outside(function):
    state = (1.5, 1.0, function)
    _, *below = two_estimators(*state).axes
    for axes, values in zip(below, estimates(*state), strict=True):
        left, right = axes.get_xlim()
        outside = int(((values < left) | (values > right)).sum())
        mean, std = float(values.mean()), float(values.std())
        expected = [mean, std / sqrt(1000), std, outside]
        assert numbers(axes.get_title(loc="left")) == pytest.approx(expected, abs=0.011)
        (bars,) = axes.patches
        assert bars.get_data().values.sum() == 1000 - outside
        bar, dot = (np.asarray(line.get_xdata()) for line in axes.lines[1:])
        assert np.diff(bar) == pytest.approx(2 * std, rel=1e-3)
        assert float(dot[0]) == pytest.approx(mean, rel=1e-3)


def test_both_histograms_have_one_axis_with_98_percent_of_the_estimates() -> None:
    for function in FUNCTIONS:
        _, one, other = two_estimators(1.0, 0.5, function).axes
        assert one.get_xlim() == other.get_xlim()
        outside = [numbers(axes.get_title(loc="left"))[-1] for axes in (one, other)]
        assert sum(outside) <= 0.02 * 2000 + 1


def test_the_better_estimator_depends_on_the_function() -> None:
    def deviations(function: str) -> list[float]:
        _, *below = two_estimators(0.75, 0.5, function).axes
        return [numbers(axes.get_title(loc="left"))[2] for axes in below]

    pathwise, score_function = deviations("z squared")
    assert score_function > sqrt(1.5) * pathwise
    pathwise, score_function = deviations("fast sine")
    assert pathwise > 2 * score_function


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_tangent_has_the_gradient_of_its_sample_and_a_fixed_length(
    function,
) -> None:
    above, *_ = two_estimators(0.75, 0.5, function).axes
    gradients, _ = estimates(0.75, 0.5, function)
    tangents = [line for line in above.lines if len(line.get_xdata()) == 2][-7:]
    dots = marks(above, "o")
    for line, expected, dot in zip(tangents, gradients, dots, strict=False):
        (x0, y0), (x1, y1) = line.get_xydata()
        gradient = (y1 - y0) / (x1 - x0)
        assert gradient == pytest.approx(float(expected), rel=1e-3, abs=1e-4)
        assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx(tuple(dot), abs=1e-4)
        ends = above.transData.transform(line.get_xydata()) / plotting.style.SCREEN_DPI
        assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(0.6, rel=1e-3)
    value = FUNCTIONS[function].value(torch.as_tensor(dots[:, 0]))
    assert np.allclose(dots[:, 1], value, atol=1e-4)


def test_an_unknown_function_or_a_sigma_of_0_raises_an_error() -> None:
    with pytest.raises(ValueError, match=r'functions z squared,.* and "z"'):
        two_estimators(0.0, 1.0, "z")
    with pytest.raises(ValueError, match="a sigma above 0"):
        two_estimators(0.0, 0.0)


# 3.4: rate and distortion


def test_every_point_is_on_the_curve_and_the_chosen_one_is_marked() -> None:
    for sigma, point in zip(SIGMAS, POINTS, strict=True):
        curve, _ = by_sigma(sigma=sigma).axes
        ordered = sorted(POINTS, key=lambda p: p.rate)
        expected = [(p.rate, p.distortion) for p in ordered]
        assert np.allclose(marks(curve, "o"), expected)
        assert marks(curve, "D").tolist() == [[point.rate, point.distortion]]
        stated = numbers(titles(curve.figure)[0].replace("$\\sigma$", "s"))
        expected = [sigma, point.rate, point.active]
        assert stated == pytest.approx(expected, abs=0.051)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_tangent_has_the_gradient_minus_two_sigma_squared(sigma: float) -> None:
    (point,) = [point for point in POINTS if point.sigma == sigma]
    curve, _ = by_sigma(sigma=sigma).axes
    tangent = curve.lines[1].get_xydata()
    fall, run = np.diff(tangent[:, ::-1], axis=0)[0]
    assert fall / run == pytest.approx(-2 * sigma**2)
    assert tangent.mean(axis=0) == pytest.approx((point.rate, point.distortion))
    ends = curve.transData.transform(tangent) / plotting.style.SCREEN_DPI
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(1.4)


def test_at_the_optimum_the_tangent_lies_below_the_whole_curve() -> None:
    for point in POINTS[:-1]:  # the last has rate 0, where the curve has a corner
        for other in POINTS:
            line = point.distortion - 2 * point.sigma**2 * (other.rate - point.rate)
            assert other.distortion > line - 1e-9


def test_each_reconstruction_is_below_its_original() -> None:
    _, panel = by_sigma(sigma=0.4).axes
    sheet = np.asarray(panel.images[0].get_array())
    decoded, samples = POINTS[3].reconstructions, POINTS[3].samples
    rows = (ORIGINALS[:4], decoded[:4], ORIGINALS[4:], decoded[4:])
    rows = (*rows, samples[:4], samples[4:])
    assert sheet.shape == (6 * 17 - 1, 4 * 17 - 1)
    for i, row in enumerate(rows):
        for j, image in enumerate(row):
            tile = sheet[17 * i :, 17 * j :][:16, :16]
            assert np.allclose(tile, image[0] / 2 + 0.5, atol=1e-6)
    labels = [label.get_text() for label in panel.get_yticklabels()]
    assert labels == ["original", "decoded"] * 2 + ["sample"] * 2


def test_an_unknown_sigma_raises_an_error_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"sigma 0.3, got 0; choose from 0.05, 0.1,"):
        by_sigma(sigma=0.3)
    with pytest.raises(ValueError, match="got 2"):
        rate_distortion(POINTS * 2, ORIGINALS, 0.4)


def test_units_are_sorted_by_kl_and_filled_bars_are_active_units() -> None:
    drawing = kl_by_unit(STATISTICS)
    for axes, (name, code) in zip(drawing.axes, STATISTICS.items(), strict=True):
        bars = axes.patches
        heights = [bar.get_height() for bar in bars]
        assert heights == pytest.approx(sorted(code.kl.tolist(), reverse=True))
        assert sum(not bar.get_hatch() for bar in bars) == active_units(code.mu)
        text = axes.get_title(loc="left")
        assert text.startswith(f"{name}: ")
        expected = [float(code.kl.sum()), active_units(code.mu), 10]
        assert numbers(text) == pytest.approx(expected, abs=0.051)
    assert len({axes.get_ylim() for axes in drawing.axes}) == 1


def test_an_inactive_unit_with_kl_is_hatched() -> None:
    bars = kl_by_unit(STATISTICS).axes[2].patches
    hatched = [bar.get_height() for bar in bars if bar.get_hatch()]
    assert hatched == pytest.approx([0.7**2 / 2] * 3)


def test_no_codes_raise_an_error() -> None:
    with pytest.raises(ValueError, match="got none"):
        kl_by_unit({})
