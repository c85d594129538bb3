"""What the pictures of lesson 05 say is true: titles, marks and cells, measured."""

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
    DAMAGES,
    bias_by_size,
    corruption_map,
    fault_tables,
    features_in_plane,
    league_plot,
    league_table,
    three_scores,
    two_clouds,
)
from lessons.evaluation.figures.sample_size_bias import expected_bias
from lessons.evaluation.lab import FAULTS, Table
from teaching.static_frames import MOST_BYTES


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


PICTURE = torch.full((3, 32, 32), -1.0)
PICTURE[:, 8:20, 10:22] = torch.tensor([0.9, -0.2, 0.4]).view(3, 1, 1)
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
    "MoCoGAN": {"Frechet": (1.8, 2.0, 2.2), "obeys": 0.93, "weights": 3.3},
    "sequential VAE": {"Frechet": (2.1, 2.3, 2.5), "obeys": None, "weights": 1.6},
    "VGAN": {"Frechet": (5.0, 5.5, 6.0), "obeys": 0.6, "weights": 4.0},
}
BETTER = {"Frechet": "lower", "obeys": "higher"}
COSTS = {
    "MoCoGAN": (LEAGUE["MoCoGAN"]["Frechet"], 240.0),
    "VGAN": (LEAGUE["VGAN"]["Frechet"], 200.0),
    "VAE": (LEAGUE["sequential VAE"]["Frechet"], 30.0),
    "slow": ((3.0, 3.1, 3.2), 900.0),
}
plot = partial(league_plot, COSTS, score="Frechet distance", cost="minutes")
NETS = torch.randn(3, 60, 8, generator=rng())  # real, other real, fakes
KINDS = torch.arange(60) % 2
seen = partial(features_in_plane, NETS[0], KINDS, ("square", "circle"))
TABLES = {known.key: known.published(rng()) for known in FAULTS}

scores = partial(three_scores, PICTURE)
MOVING = [
    (scores, {"damage": ["noise", "blur", "shift"], "strength": [1, 3, 6]}, 18),
    (
        two_clouds,
        {"shift": [0.0, 1.0, 3.0], "width": [0.3, 1.0, 2.0], "share": [0.0, 0.5, 1.0]},
        45,
    ),
]  # the last number: as many states as a widget may have
STILL = {
    "features": lambda: seen(fake=NETS[2] + 3),
    "bias": lambda: bias_by_size(BIAS, 64),
    "map": lambda: corruption_map(MAP),
    "league": lambda: league_table(LEAGUE, better=BETTER),
    "one_row": lambda: league_table({"VGAN": LEAGUE["VGAN"]}, better={}),
    "plot": plot,
    "faults": lambda: fault_tables(TABLES),
    "one_fault": lambda: fault_tables({"A": TABLES["A"]}),
}


@pytest.mark.parametrize("draw", corner_cases(STILL, (row[:2] for row in MOVING)))
def test_a_picture_fits_its_paper_and_no_word_covers_another(draw) -> None:
    drawing = assert_fits(draw)
    assert numbers(plotting.alt_text(drawing)), "alternative text without a number"


@pytest.mark.parametrize(("draw", "controls", "states"), MOVING)
def test_every_control_changes_the_picture_and_a_widget_stays_small(
    draw, controls, states
) -> None:
    assert 4 / 3 * assert_controls_change_figure(draw, controls) * states < MOST_BYTES


# 5.1: three scores


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_titles_tell_the_scores_of_what_is_shown(damage) -> None:
    spoilt = DAMAGES[damage](PICTURE, 4)
    pair = spoilt[None, None], PICTURE[None, None]
    expected = [
        mse_per_frame(*pair).item(),
        psnr(*pair, data_range=2).item(),
        ssim(*pair, data_range=2).item(),
    ]
    drawing = scores(damage=damage, strength=4)
    said = [numbers(text)[-1] for text in titles(drawing)[3:]]
    assert said == pytest.approx(expected, abs=0.051)
    marked = [axes.lines[-1].get_xydata()[0] for axes in drawing.axes[3:]]
    assert np.allclose(marked, [(4, value) for value in expected])


def test_blur_is_a_gaussian_of_half_a_pixel_a_step() -> None:
    found = DAMAGES["blur"](PICTURE, 3)
    planes = [skimage_gaussian(c.numpy(), 1.5, mode="nearest") for c in PICTURE]
    assert np.allclose(found, np.stack(planes), atol=2e-4)


def test_a_shift_moves_whole_pixels_and_noise_is_the_same_draw() -> None:
    assert torch.equal(DAMAGES["shift"](PICTURE, 2)[:, :, 2:], PICTURE[:, :, :-2])
    grey = torch.zeros(1, 40, 40)
    one, three = (DAMAGES["noise"](grey, strength) for strength in (1, 3))
    assert torch.allclose(3 * one, three, atol=1e-6)
    assert one.std().item() == pytest.approx(0.06, rel=0.05)


def test_damage_of_no_known_kind_or_strength_is_refused() -> None:
    with pytest.raises(ValueError, match=r'No damage "fog".*noise, blur, shift'):
        scores(damage="fog")
    with pytest.raises(ValueError, match="from 1 to 6"):
        scores(strength=7)


# 5.2: what a net sees


def test_the_title_tells_how_far_the_nearest_real_clip_is() -> None:
    fake = NETS[2] + 3
    between, away = torch.cdist(NETS[0], NETS[0]), torch.cdist(fake, NETS[0])
    expected = [
        between.fill_diagonal_(torch.inf).amin(dim=1).median().item(),
        away.amin(dim=1).median().item(),
    ]
    assert numbers(titles(seen(fake=fake))[0]) == pytest.approx(expected, abs=0.051)


def test_the_plane_is_that_of_the_real_clips_whatever_the_fakes_are() -> None:
    near, far = seen(fake=NETS[2]), seen(fake=100 * NETS[2])
    places = [d.axes[0].collections[0].get_offsets().data for d in (near, far)]
    assert np.array_equal(*places)
    assert len(near.axes[0].collections) == 3


def test_planes_without_clips_or_names_are_refused() -> None:
    with pytest.raises(ValueError, match="two real clips and two features"):
        features_in_plane(NETS[0, :1], KINDS[:1], ("square",), fake=NETS[2])
    with pytest.raises(ValueError, match="a name for each kind"):
        features_in_plane(NETS[0], KINDS, ("square",), fake=NETS[2])


# 5.3: two clouds, bias


def test_the_title_tells_the_distances_of_the_points_that_are_drawn() -> None:
    (axes,) = two_clouds(1.5, 0.5, 0.25).axes
    real, fake = (torch.tensor(c.get_offsets().data) for c in axes.collections)
    assert numbers(axes.get_title(loc="left"))[0] == pytest.approx(
        frechet_distance(real, fake), abs=0.006
    )


def test_one_hill_of_two_costs_recall_and_no_precision() -> None:
    _, _, precision, recall = numbers(titles(two_clouds(0.0, 0.3, 0.0))[0])
    assert precision > 0.95 and recall < 0.4
    _, _, precision, recall = numbers(titles(two_clouds(0.0, 1.0, 0.5))[0])
    assert precision > 0.85 and recall > 0.85


def test_an_ellipse_is_the_fitted_gaussian_at_two_widths() -> None:
    (axes,) = two_clouds(0.0, 1.0, 0.5).axes
    real = torch.tensor(axes.collections[0].get_offsets().data)
    edge = torch.tensor(axes.lines[0].get_xydata()) - real.mean(dim=0)
    away = (edge @ torch.linalg.inv(torch.cov(real.T)) * edge).sum(dim=1)
    assert torch.allclose(away, torch.full_like(away, 4.0))


def test_clouds_without_width_or_share_are_refused() -> None:
    for state in ((0.0, 0.0, 0.5), (0.0, 1.0, 1.5)):
        with pytest.raises(ValueError, match="a width above 0 and a share"):
            two_clouds(*state)


def test_the_formula_of_the_bias_is_the_known_one() -> None:
    assert expected_bias(64, 2048) == pytest.approx(1.078, abs=5e-4)
    (axes,) = bias_by_size(BIAS, 64).axes
    measured, formula = (line.get_ydata() for line in axes.lines)
    assert np.allclose(measured, [2200 / n for n in BIAS])
    assert np.allclose(formula, [2208 / n for n in BIAS])


@pytest.mark.parametrize(
    "measured", [{}, {64: (1, 2, 3)}, {64: (1, 2, 3), 128: (2, 1, 3)}]
)
def test_no_curve_and_no_interval_are_refused(measured) -> None:
    with pytest.raises(ValueError, match="two sizes or more"):
        bias_by_size(measured, 8)


# 5.6: corruptions


def test_a_dot_stands_where_intervals_part_and_nowhere_else() -> None:
    (axes,) = corruption_map(MAP).axes
    found = [text.get_text().endswith("\N{BULLET}") for text in axes.texts]
    assert found == [*[False] * 3, False, True, True, True, False, False]


def test_a_cell_holds_the_value_and_half_its_interval() -> None:
    (axes,) = corruption_map(MAP).axes
    assert axes.texts[2].get_text() == "3.40 ± 0.20"
    assert axes.texts[6].get_text().startswith("201 ± 21")


def test_what_is_further_from_clean_is_lighter_up_to_an_end() -> None:
    (image,) = corruption_map(MAP).axes[0].images
    shade = image.get_array()
    assert (shade[0] == 0).all()  # clean is as far from itself as nothing
    far = np.array([0.2 / 0.175, 1.7 / 0.2, 3.4 / 0.2])
    assert np.allclose(shade[1], np.log10(1 + far))
    assert shade.max() <= image.get_clim()[1] == pytest.approx(np.log10(101))


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ({"frozen": FROZEN}, '"clean" is needed'),
        ({"clean": CLEAN, "frozen": {"ACD": (0, 0, 0)}}, "Each row needs"),
        ({"clean": {"ACD": (2.0, 1.0, 3.0)}}, "in its interval"),
        ({"clean": {"ACD": (0.0, 1.0, float("inf"))}}, "both finite"),
    ],
)
def test_scores_that_fit_no_map_are_refused(scores, said) -> None:
    with pytest.raises(ValueError, match=said):
        corruption_map(scores)


# 5.8: the league


def test_the_best_and_all_that_meet_its_interval_have_a_star() -> None:
    (axes,) = league_table(LEAGUE, better=BETTER).axes
    cells = [text.get_text() for text in axes.texts]
    assert cells == [
        *("2.00 ± 0.20 *", "0.93 *", "3.30"),
        *("2.30 ± 0.20 *", "\N{EN DASH}", "1.60"),
        *("5.50 ± 0.50", "0.60", "4.00"),
    ]
    starred = [text.get_weight() == "bold" for text in axes.texts]
    assert starred == [text.endswith("*") for text in cells]


def test_rows_of_the_plot_are_ranked_and_who_is_beaten_is_no_diamond() -> None:
    scores, costs = plot().axes
    names = [label.get_text() for label in scores.get_yticklabels()]
    assert names == ["MoCoGAN", "VAE", "slow", "VGAN"]
    marks = [line.get_marker() for line in scores.lines if line.get_marker() != "|"]
    assert marks == ["D", "D", "o", "o"]
    ends = [bar.get_x() + bar.get_width() for bar in costs.patches]
    assert ends == pytest.approx([240, 30, 900, 200])
    assert [text.get_text() for text in costs.texts] == ["240", "30", "900", "200"]


@pytest.mark.parametrize(
    ("rows", "better", "said"),
    [
        ({}, {}, "one at least"),
        ({"a": {"x": 1.0}, "b": {"y": 1.0}}, {}, "the same columns"),
        ({"a": {"x": 1.0}}, {"x": "best"}, "got ..best.."),
    ],
)
def test_leagues_that_are_no_table_are_refused(rows, better, said) -> None:
    with pytest.raises(ValueError, match=said):
        league_table(rows, better=better)


@pytest.mark.parametrize(
    "rows", [{}, {"a": ((1, 2, 3), 0)}, {"a": ((2, 1, 3), 5)}], ids=str
)
def test_models_without_interval_or_cost_are_refused(rows) -> None:
    with pytest.raises(ValueError, match="a cost above 0"):
        league_plot(rows, score="x", cost="y")


# The lab


def test_every_figure_of_a_table_is_printed_in_its_row() -> None:
    table = Table("Made up.", ("clips", "MSE"), {"ours": (2048, 0.0171), "b": (3, 4.0)})
    (axes, empty) = fault_tables({"A": table}).axes
    assert titles(axes.figure)[0] == "A" and not empty.texts
    caption, *cells = [text.get_text() for text in axes.texts]
    assert caption == "Made up."
    assert cells == ["clips", "MSE", "ours", "2,048", "0.017", "b", "3", "4.000"]
    heights = [text.get_position()[1] for text in axes.texts]
    assert heights == sorted(heights)


def test_tables_without_a_row_that_fits_are_refused() -> None:
    with pytest.raises(ValueError, match="no table"):
        fault_tables({})
    with pytest.raises(ValueError, match='"A" has a row'):
        fault_tables({"A": Table("", ("x",), {"a": (1, 2)})})
