"""Figures of lesson 05: titles, curves, marks and cells against the library."""

from functools import partial

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
from skimage.filters import gaussian as skimage_gaussian

from course_lib import plotting
from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.pixel import mse_per_frame, psnr
from course_lib.metrics.ssim import ssim
from lessons.evaluation.figures import (
    DISTORTIONS,
    bias_by_size,
    corruption_map,
    distortion_scores,
    fault_tables,
    features_in_plane,
    league_plot,
    league_table,
    two_feature_sets,
)
from lessons.evaluation.figures.sample_size_bias import expected_bias
from lessons.evaluation.lab import FAULTS, Table
from teaching.static_frames import MAX_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


IMAGE = torch.full((3, 32, 32), -1.0)
IMAGE[:, 8:20, 10:22] = torch.tensor([0.9, -0.2, 0.4]).view(3, 1, 1)
BIAS = {n: (1900 / n, 2200 / n, 2500 / n) for n in (128, 512, 2048)}
CLEAN = {"Frechet": (0.9, 1.0, 1.1), "ACD": (1.5, 1.7, 1.9), "step": (3.2, 3.4, 3.6)}
FROZEN = {"Frechet": (1.05, 1.2, 1.4), "ACD": (0.0, 0.0, 0.0), "step": (0, 0, 0)}
BLURRED = {
    "Frechet": (180.0, 201.0, 222.0),
    "ACD": (1.4, 1.6, 1.8),
    "step": (3, 3.5, 4),
}
MAP = {"clean": CLEAN, "frozen": FROZEN, "one frame swapped": BLURRED}
LEAGUE = {
    "MoCoGAN": {"Frechet": (1.8, 2.0, 2.2), "accuracy": 0.93, "parameters": 3.3},
    "sequential VAE": {"Frechet": (2.1, 2.3, 2.5), "accuracy": None, "parameters": 1.6},
    "VGAN": {"Frechet": (5.0, 5.5, 6.0), "accuracy": 0.6, "parameters": 4.0},
}
BETTER = {"Frechet": "lower", "accuracy": "higher"}
COSTS = {
    "MoCoGAN": (LEAGUE["MoCoGAN"]["Frechet"], 240.0),
    "VGAN": (LEAGUE["VGAN"]["Frechet"], 200.0),
    "VAE": (LEAGUE["sequential VAE"]["Frechet"], 30.0),
    "slow": ((3.0, 3.1, 3.2), 900.0),
}
draw_league_plot = partial(league_plot, COSTS, score="Frechet distance", cost="minutes")
FEATURES = torch.randn(3, 60, 8, generator=rng())  # the first two are real
CLASSES = torch.arange(60) % 2
draw_features = partial(features_in_plane, FEATURES[0], CLASSES, ("square", "circle"))
TABLES = {fault.key: fault.published(rng()) for fault in FAULTS}

draw_scores = partial(distortion_scores, IMAGE)
CONTROLS = [
    (
        draw_scores,
        {"distortion": ["noise", "blur", "shift"], "strength": [1, 3, 6]},
        18,
    ),
    (
        two_feature_sets,
        {
            "shift": [0.0, 1.0, 3.0],
            "std": [0.3, 1.0, 2.0],
            "right_fraction": [0.0, 0.5, 1.0],
        },
        45,
    ),
]  # the last number is that of the states of the widget
STATIC = {
    "features": lambda: draw_features(fake=FEATURES[2] + 3),
    "bias": lambda: bias_by_size(BIAS, 64),
    "map": lambda: corruption_map(MAP),
    "league": lambda: league_table(LEAGUE, better=BETTER),
    "one_row": lambda: league_table({"VGAN": LEAGUE["VGAN"]}, better={}),
    "plot": draw_league_plot,
    "faults": lambda: fault_tables(TABLES),
    "one_fault": lambda: fault_tables({"A": TABLES["A"]}),
}


@pytest.mark.parametrize("draw", corner_cases(STATIC, (row[:2] for row in CONTROLS)))
def test_a_figure_fits_its_page_and_no_text_overlaps(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "alternative text without a number"


@pytest.mark.parametrize(("draw", "controls", "states"), CONTROLS)
def test_every_control_changes_the_figure_and_a_widget_stays_small(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MAX_BYTES


# 5.1: pixel scores


@pytest.mark.parametrize("distortion", DISTORTIONS)
def test_the_titles_state_the_scores_of_the_distorted_image(distortion) -> None:
    distorted = DISTORTIONS[distortion](IMAGE, 4)
    pair = distorted[None, None], IMAGE[None, None]
    expected = [
        mse_per_frame(*pair).item(),
        psnr(*pair, data_range=2).item(),
        ssim(*pair, data_range=2).item(),
    ]
    drawing = draw_scores(distortion=distortion, strength=4)
    stated = [numbers(text)[-1] for text in titles(drawing)[3:]]
    assert stated == pytest.approx(expected, abs=0.051)
    marked = [axes.lines[-1].get_xydata()[0] for axes in drawing.axes[3:]]
    assert np.allclose(marked, [(4, value) for value in expected])


def test_blur_is_a_gaussian_of_half_a_pixel_for_each_step() -> None:
    blurred = DISTORTIONS["blur"](IMAGE, 3)
    planes = [skimage_gaussian(c.numpy(), 1.5, mode="nearest") for c in IMAGE]
    assert np.allclose(blurred, np.stack(planes), atol=2e-4)


def test_a_shift_moves_whole_pixels_and_noise_is_the_same_draw() -> None:
    assert torch.equal(DISTORTIONS["shift"](IMAGE, 2)[:, :, 2:], IMAGE[:, :, :-2])
    grey = torch.zeros(1, 40, 40)
    one, three = (DISTORTIONS["noise"](grey, strength) for strength in (1, 3))
    assert torch.allclose(3 * one, three, atol=1e-6)
    assert one.std().item() == pytest.approx(0.06, rel=0.05)


def test_unknown_distortions_and_strengths_raise_an_error() -> None:
    with pytest.raises(ValueError, match=r'no distortion "fog".*noise, blur, shift'):
        draw_scores(distortion="fog")
    with pytest.raises(ValueError, match="from 1 to 6"):
        draw_scores(strength=7)


# 5.2: features


def test_the_title_states_the_median_distance_to_the_nearest_real_clip() -> None:
    fake = FEATURES[2] + 3
    real_distances, fake_distances = (
        torch.cdist(FEATURES[0], FEATURES[0]),
        torch.cdist(fake, FEATURES[0]),
    )
    expected = [
        real_distances.fill_diagonal_(torch.inf).amin(dim=1).median().item(),
        fake_distances.amin(dim=1).median().item(),
    ]
    assert numbers(titles(draw_features(fake=fake))[0]) == pytest.approx(
        expected, abs=0.051
    )


def test_the_plane_depends_on_real_clips_only() -> None:
    near, far = draw_features(fake=FEATURES[2]), draw_features(fake=100 * FEATURES[2])
    points = [d.axes[0].collections[0].get_offsets().data for d in (near, far)]
    assert np.array_equal(*points)
    assert len(near.axes[0].collections) == 3


def test_too_few_clips_or_names_raise_an_error() -> None:
    with pytest.raises(ValueError, match="two real clips and two features"):
        features_in_plane(FEATURES[0, :1], CLASSES[:1], ("square",), fake=FEATURES[2])
    with pytest.raises(ValueError, match="a name for each class"):
        features_in_plane(FEATURES[0], CLASSES, ("square",), fake=FEATURES[2])


# 5.3: two feature sets, bias


def test_the_title_states_the_distance_of_the_points_that_are_drawn() -> None:
    (axes,) = two_feature_sets(1.5, 0.5, 0.25).axes
    real, fake = (torch.tensor(c.get_offsets().data) for c in axes.collections)
    assert numbers(axes.get_title(loc="left"))[0] == pytest.approx(
        frechet_distance(real, fake), abs=0.006
    )


def test_one_of_two_modes_lowers_recall_but_not_precision() -> None:
    _, _, precision, recall = numbers(titles(two_feature_sets(0.0, 0.3, 0.0))[0])
    assert precision > 0.95 and recall < 0.4
    _, _, precision, recall = numbers(titles(two_feature_sets(0.0, 1.0, 0.5))[0])
    assert precision > 0.85 and recall > 0.85


def test_an_ellipse_is_the_fitted_gaussian_at_two_standard_deviations() -> None:
    (axes,) = two_feature_sets(0.0, 1.0, 0.5).axes
    real = torch.tensor(axes.collections[0].get_offsets().data)
    edge = torch.tensor(axes.lines[0].get_xydata()) - real.mean(dim=0)
    squared_distances = (edge @ torch.linalg.inv(torch.cov(real.T)) * edge).sum(dim=1)
    assert torch.allclose(squared_distances, torch.full_like(squared_distances, 4.0))


def test_invalid_stds_and_fractions_raise_an_error() -> None:
    for state in ((0.0, 0.0, 0.5), (0.0, 1.0, 1.5)):
        with pytest.raises(ValueError, match="a std above 0 and a right_fraction"):
            two_feature_sets(*state)


def test_the_expected_bias_is_that_of_the_formula() -> None:
    assert expected_bias(64, 2048) == pytest.approx(1.078, abs=5e-4)
    (axes,) = bias_by_size(BIAS, 64).axes
    measured, formula = (line.get_ydata() for line in axes.lines)
    assert np.allclose(measured, [2200 / n for n in BIAS])
    assert np.allclose(formula, [2208 / n for n in BIAS])


@pytest.mark.parametrize(
    "measured", [{}, {64: (1, 2, 3)}, {64: (1, 2, 3), 128: (2, 1, 3)}]
)
def test_too_few_sizes_and_wrong_intervals_raise_an_error(measured) -> None:
    with pytest.raises(ValueError, match="two sizes or more"):
        bias_by_size(measured, 8)


# 5.6: corruptions


def test_a_dot_marks_disjoint_intervals_only() -> None:
    (axes,) = corruption_map(MAP).axes
    dots = [text.get_text().endswith("\N{BULLET}") for text in axes.texts]
    assert dots == [*[False] * 3, False, True, True, True, False, False]


def test_a_cell_has_the_value_and_half_of_its_interval() -> None:
    (axes,) = corruption_map(MAP).axes
    assert axes.texts[2].get_text() == "3.40 ± 0.20"
    assert axes.texts[6].get_text().startswith("201 ± 21")


def test_the_colour_is_the_distance_from_clean_up_to_a_maximum() -> None:
    (image,) = corruption_map(MAP).axes[0].images
    shade = image.get_array()
    assert (shade[0] == 0).all()  # clean has distance 0 from itself
    distances = np.array([0.2 / 0.175, 1.7 / 0.2, 3.4 / 0.2])
    assert np.allclose(shade[1], np.log10(1 + distances))
    assert shade.max() <= image.get_clim()[1] == pytest.approx(np.log10(101))


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({"frozen": FROZEN}, '"clean" is needed'),
        ({"clean": CLEAN, "frozen": {"ACD": (0, 0, 0)}}, "Each row needs"),
        ({"clean": {"ACD": (2.0, 1.0, 3.0)}}, "in its interval"),
        ({"clean": {"ACD": (0.0, 1.0, float("inf"))}}, "both finite"),
    ],
)
def test_invalid_scores_raise_an_error(scores, message) -> None:
    with pytest.raises(ValueError, match=message):
        corruption_map(scores)


# 5.8: the league


def test_the_best_value_and_all_that_overlap_with_it_have_a_star() -> None:
    (axes,) = league_table(LEAGUE, better=BETTER).axes
    cells = [text.get_text() for text in axes.texts]
    assert cells == [
        *("2.00 ± 0.20 *", "0.93 *", "3.30"),
        *("2.30 ± 0.20 *", "\N{EN DASH}", "1.60"),
        *("5.50 ± 0.50", "0.60", "4.00"),
    ]
    starred = [text.get_weight() == "bold" for text in axes.texts]
    assert starred == [text.endswith("*") for text in cells]


def test_rows_of_the_plot_are_ranked_and_diamonds_are_not_beaten() -> None:
    scores, costs = draw_league_plot().axes
    names = [label.get_text() for label in scores.get_yticklabels()]
    assert names == ["MoCoGAN", "VAE", "slow", "VGAN"]
    marks = [line.get_marker() for line in scores.lines if line.get_marker() != "|"]
    assert marks == ["D", "D", "o", "o"]
    ends = [bar.get_x() + bar.get_width() for bar in costs.patches]
    assert ends == pytest.approx([240, 30, 900, 200])
    assert [text.get_text() for text in costs.texts] == ["240", "30", "900", "200"]


@pytest.mark.parametrize(
    ("rows", "better", "message"),
    [
        ({}, {}, "one at least"),
        ({"a": {"x": 1.0}, "b": {"y": 1.0}}, {}, "the same columns"),
        ({"a": {"x": 1.0}}, {"x": "best"}, "got ..best.."),
    ],
)
def test_invalid_tables_raise_an_error(rows, better, message) -> None:
    with pytest.raises(ValueError, match=message):
        league_table(rows, better=better)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, "a cost above 0"),
        ({"a": ((1, 2, 3), 0)}, "a cost above 0"),
        ({"a": ((2, 1, 3), 5)}, "low <= mean <= high"),
    ],
    ids=str,
)
def test_models_without_interval_or_cost_raise_an_error(rows, message) -> None:
    with pytest.raises(ValueError, match=message):
        league_plot(rows, score="x", cost="y")


# The lab


def test_every_value_of_a_table_is_written_in_its_row() -> None:
    table = Table("Made up.", ("clips", "MSE"), {"ours": (2048, 0.0171), "b": (3, 4.0)})
    (axes, empty) = fault_tables({"A": table}).axes
    assert titles(axes.figure)[0] == "A" and not empty.texts
    caption, *cells = [text.get_text() for text in axes.texts]
    assert caption == "Made up."
    assert cells == ["clips", "MSE", "ours", "2,048", "0.017", "b", "3", "4.000"]
    heights = [text.get_position()[1] for text in axes.texts]
    assert heights == sorted(heights)


def test_tables_without_rows_that_fit_raise_an_error() -> None:
    with pytest.raises(ValueError, match="no table"):
        fault_tables({})
    with pytest.raises(ValueError, match='"A" has a row'):
        fault_tables({"A": Table("", ("x",), {"a": (1, 2)})})
