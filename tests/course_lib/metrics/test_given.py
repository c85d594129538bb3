"""Numbers are taken in every form in which they come, or refused in words."""

import math

import numpy as np
import pytest
import torch

from course_lib.metrics import baselines, corruptions
from course_lib.metrics.bradley_terry import strengths
from course_lib.metrics.content import average_content_distance, median_steps
from course_lib.metrics.features import ClipClassifier
from course_lib.metrics.frechet import (
    Crowd,
    distance_of_crowds,
    fitted,
    frechet_distance,
    gaussian,
)
from course_lib.metrics.given import (
    dice,
    floats,
    pixels,
    plain,
    reach,
    roughness,
    shaped,
    takes,
    whole,
)
from course_lib.metrics.inception_score import inception_score
from course_lib.metrics.intervals import bootstrap_interval, interval_of
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import density_coverage, distances, precision_recall
from course_lib.metrics.optical_flow import (
    fetch,
    lucas_kanade,
    optical_flow,
    pyramidal_flow,
    slopes,
)
from course_lib.metrics.pixel import mse_per_frame, psnr
from course_lib.metrics.ssim import ssim
from course_lib.metrics.warping import followed, warping_errors


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


CLIPS, OTHER = torch.rand(2, 3, 3, 3, 16, 16, generator=rng()) * 2 - 1
ROWS, FAR = torch.randn(2, 12, 4, generator=rng(1))
FLOW = torch.randn(3, 2, 16, 16, generator=rng(2))
CHOICES = torch.tensor([[0.0, 3, 2], [1, 0, 2], [2, 2, 0]])

MEASURES = {  # every public measure, on arguments that it takes
    "mse_per_frame": (mse_per_frame, CLIPS, OTHER),
    "psnr": (lambda a, b: psnr(a, b, data_range=2), CLIPS, OTHER),
    "ssim": (lambda a, b: ssim(a, b, data_range=2), CLIPS, OTHER),
    "inception_score": (inception_score, ROWS.softmax(1)),
    "frechet_distance": (frechet_distance, ROWS, FAR),
    "fitted": (fitted, ROWS),
    "gaussian": (gaussian, ROWS[0], torch.eye(4)),
    "kernel_distance": (kernel_distance, ROWS, FAR),
    "precision_recall": (lambda a, b: precision_recall(a, b, k=3), ROWS, FAR),
    "density_coverage": (lambda a, b: density_coverage(a, b, k=3), ROWS, FAR),
    "distances": (distances, ROWS, FAR),
    "content": (average_content_distance, CLIPS),
    "warping_errors": (warping_errors, CLIPS),
    "followed": (followed, FLOW, -FLOW),
    "slopes": (slopes, CLIPS[0], OTHER[0]),
    "lucas_kanade": (lucas_kanade, CLIPS[0], OTHER[0]),
    "optical_flow": (
        lambda a, b: optical_flow(a, b, window=3, damping=0.1),
        CLIPS[0],
        OTHER[0],
    ),
    "pyramidal_flow": (
        lambda a, b: pyramidal_flow(a, b, window=3, damping=0.1),
        CLIPS[0],
        OTHER[0],
    ),
    "fetch": (fetch, CLIPS[0], FLOW),
    "bootstrap_interval": (
        lambda x: bootstrap_interval(x, rng(), n_draws=40),
        ROWS[:, 0],
    ),
    "interval_of": (
        lambda x: interval_of(lambda rows: rows.mean(), x, rng(), n_draws=40),
        ROWS,
    ),
    "strengths": (strengths, CHOICES),
    "linear_extrapolation": (lambda x: baselines.linear_extrapolation(x, 2), CLIPS),
    "mean_of_inputs": (lambda x: baselines.mean_of_inputs(x, 2), CLIPS),
    "copy_last": (lambda x: baselines.copy_last(x, 2), CLIPS),
    **{
        name: (lambda x, corrupt=corrupt: corrupt(x, rng()), CLIPS)
        for name, corrupt in corruptions.CORRUPTIONS.items()
    },
}
by_measure = pytest.mark.parametrize("name", MEASURES)


def same(found, expected, **within):
    assert type(found) is type(expected)
    if isinstance(found, tuple):
        for one, other in zip(found, expected, strict=True):
            same(one, other, **within)
    elif isinstance(found, torch.Tensor) and found.dtype is not torch.bool:
        torch.testing.assert_close(found, expected, check_dtype=False, **within)
    elif isinstance(found, torch.Tensor):
        assert torch.equal(found, expected)
    else:
        assert found == pytest.approx(expected, abs=within.get("atol", 1e-6))


@by_measure
@pytest.mark.parametrize(
    "form",
    [
        lambda x: x.numpy(),
        lambda x: x.numpy().astype(">f4"),  # of another machine's byte order
        lambda x: np.ascontiguousarray(x.numpy()[::-1])[::-1],  # strides below 0
        lambda x: x.to_sparse(),
        lambda x: x.tolist(),
        lambda x: [*x.numpy()],
        lambda x: x.clone().requires_grad_(),
    ],
    ids=["array", "big-endian", "flipped", "sparse", "list", "arrays", "gradient"],
)
def test_every_form_of_the_same_numbers_has_the_same_figures(name, form):
    measure, *given = MEASURES[name]
    same(measure(*map(form, given)), measure(*given), rtol=1e-4, atol=1e-4)


@by_measure
@pytest.mark.parametrize("short", [torch.float16, torch.bfloat16])
def test_half_precision_has_the_figures_of_the_same_numbers_in_single(name, short):
    measure, *given = MEASURES[name]
    if name == "inception_score":
        pytest.skip("rows are made to sum to 1: see there")
    rounded = [x.to(short) for x in given]
    within = 1e-5 if name not in corruptions.CORRUPTIONS else 2e-2  # of the clips
    expected = measure(*(x.float() for x in rounded))
    if "extrapolation" in name or "mean_of" in name or "copy" in name:
        within = 2e-2
    same(measure(*rounded), expected, rtol=1e-5, atol=within)


@by_measure
@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "clips.mp4",
        [[1.0, 2.0], [3.0]],
        [["a"]],
        {},
        np.array([["a"]]),
        np.array([[None]]),
        torch.ones(3, 3, dtype=torch.complex64),
        torch.ones(3, 3, device="meta"),
        np.ma.masked_array(np.ones((3, 3)), np.eye(3)),
        torch.tensor(1.0),
        torch.ones(2, 2, 2, 2, 2, 2, 2),
    ],
    ids=str,
)
def test_what_is_no_such_numbers_is_refused_in_words(name, wrong):
    measure, *given = MEASURES[name]
    if name == "interval_of" and isinstance(wrong, torch.Tensor) and wrong.ndim == 7:
        pytest.skip("rows may have any shape")
    with pytest.raises(ValueError, match=r"[A-Za-z_]{3,} .*\w{3,}"):
        measure(*[wrong for _ in given])


BYTES = ((CLIPS + 1) * 127.5).round().to(torch.uint8)


@pytest.mark.parametrize("form", [lambda x: x, lambda x: x.numpy(), lambda x: x.long()])
@pytest.mark.parametrize(
    "name",
    [
        "content",
        "warping_errors",
        "linear_extrapolation",
        "mean_of_inputs",
        "copy_last",
        *corruptions.CORRUPTIONS,
    ],
)
def test_bytes_are_no_clips_in_minus_1_to_1(name, form):
    with pytest.raises(ValueError, match=r"127\.5"):
        MEASURES[name][0](form(BYTES))


def test_black_of_bytes_is_refused_where_it_was_white():
    with pytest.raises(ValueError, match=r"127\.5"):
        baselines.black(BYTES, 2)


@pytest.mark.parametrize("name", ["mse_per_frame", "slopes", "lucas_kanade"])
def test_bytes_beside_floats_are_refused(name):
    measure, one, other = MEASURES[name]
    whole_numbers = ((one + 1) * 127.5).round().to(torch.uint8)
    for x, y in ((whole_numbers, other), (other.numpy(), whole_numbers.numpy())):
        with pytest.raises(ValueError, match="one scale"):
            measure(x, y)


@pytest.mark.parametrize("name", ["slopes", "lucas_kanade", "pyramidal_flow", "fetch"])
def test_flows_of_bytes_are_those_of_the_same_numbers_as_floats(name):
    """Differences of bytes go around below 0: 3 - 5 is 254."""
    measure, one, other = MEASURES[name]
    one = ((one + 1) * 127.5).round()
    if name != "fetch":
        other = ((other + 1) * 127.5).round()
        same(
            measure(one.to(torch.uint8), other.to(torch.uint8)),
            measure(one.double(), other.double()),
        )
    else:
        same(measure(one.byte(), other), measure(one.double(), other.double()))


@pytest.mark.parametrize("name", ["ssim", "pyramidal_flow", "fetch", "distances"])
def test_unlike_precisions_are_compared_in_the_higher(name):
    measure, one, other = MEASURES[name]
    found = measure(one, other.double())
    assert found.dtype == measure(one.double(), other).dtype == torch.float64
    same(found, measure(one, other), rtol=1e-4, atol=1e-4)


def test_numbers_on_two_devices_are_refused():
    both = takes(a=lambda x, name: x, b=lambda x, name: x)(lambda a, b: None)
    with pytest.raises(ValueError, match="a on cpu, b on meta"):
        both(torch.ones(1), torch.ones(1, device="meta"))


def test_a_gradient_passes_through_a_measure_that_answers_with_a_tensor():
    x = CLIPS.clone().requires_grad_()
    mse_per_frame(x, OTHER).sum().backward()
    expected = 2 * (CLIPS - OTHER) / CLIPS[0, 0].numel()
    torch.testing.assert_close(x.grad, expected)


def test_what_was_handed_in_stays_as_it_was():
    array = CLIPS.numpy().copy()
    array.flags.writeable = False
    before = array.copy()
    warping_errors(array), psnr(array, OTHER, data_range=2)
    assert (array == before).all()


def test_floats_keep_their_precision_and_all_else_is_promoted():
    single, double = torch.ones(2), torch.ones(2).double()
    assert floats(single, "x") is single and floats(double, "x") is double
    for dtype in (torch.float16, torch.bfloat16, torch.float8_e4m3fn):
        assert floats(single.to(dtype), "x").dtype == torch.float32
    for dtype in (torch.uint8, torch.int16, torch.int64, torch.bool, torch.uint16):
        assert floats(single.to(dtype), "x").dtype == torch.float64
    for length, dtype in (("f2", torch.float32), ("f4", torch.float32)):
        assert floats(np.ones(2, length), "x").dtype == dtype
    for length in ("f8", "u1", "i8", "?", np.longdouble):
        assert floats(np.ones(2, length), "x").dtype == torch.float64
    assert floats([1, 2], "x").dtype == torch.float64
    assert floats([single, double], "x").shape == (2, 2)


def test_a_plain_number_is_taken_out_of_what_holds_one():
    for x in (2, 2.0, np.float32(2), np.uint8(2), torch.tensor(2.0), np.array([2.0])):
        assert plain(x, "x") == 2 and type(plain(x, "x")) in (int, float)
    for x in ("2", None, True, [2.0], torch.ones(2), 2j, np.ones(2)):
        with pytest.raises(ValueError, match="x has to be one number"):
            plain(x, "x")


def test_a_whole_number_is_not_a_float():
    for x in (3, np.int64(3), torch.tensor(3)):
        assert whole(x, "k") == 3
    for x in (3.0, "3", None, True, torch.ones(2)):
        with pytest.raises(ValueError, match="k has to be a whole number"):
            whole(x, "k")


def test_a_seed_is_no_generator():
    assert isinstance(dice(rng(), "rng"), torch.Generator)
    for x in (0, None, np.random.default_rng(0)):
        with pytest.raises(ValueError, match="manual_seed"):
            bootstrap_interval(ROWS[:, 0], x)


def test_types_say_how_far_their_numbers_reach_and_how_rough_they_are():
    assert reach(np.zeros(1, "u2")) == 65535 and reach(torch.zeros(1).bool()) == 1
    assert reach(torch.zeros(1)) is reach([1]) is reach(np.zeros(1)) is None
    assert roughness(torch.zeros(1).bfloat16()) == 2**-7
    assert roughness([np.zeros(1, "f2")]) == roughness(torch.zeros(1).half()) == 2**-10
    assert roughness([[1, 2]]) == roughness(np.zeros(1)) == 2**-23


def test_axes_are_named_and_a_single_one_is_told_how_to_become_a_set():
    rule = shaped("batch", "feature")
    with pytest.raises(ValueError, match=r"\(batch, feature\); got .*x\[None\]"):
        rule(torch.ones(3), "x")
    with pytest.raises(ValueError, match=r"\(1, 1, 3\)\.$"):
        rule(torch.ones(1, 1, 3), "x")
    assert pixels(torch.ones(2).half(), "x").dtype == torch.float16


def test_a_call_without_an_argument_is_python_s_to_refuse():
    with pytest.raises(TypeError, match="target"):
        mse_per_frame(CLIPS)
    with pytest.raises(TypeError, match="positional"):
        mse_per_frame(CLIPS, OTHER, OTHER)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gaussian(torch.zeros(3), torch.eye(2)), r"\(3, 3\)"),
        (lambda: gaussian(torch.zeros(2), torch.ones(2, 2).triu()), "symmetric"),
        (lambda: gaussian(torch.zeros(2), -torch.eye(2)), "below 0"),
        (lambda: gaussian(torch.zeros(2), torch.eye(2) * math.nan), "inf or nan"),
        (lambda: fitted(torch.ones(1, 3)), "2 samples or more"),
        (lambda: fitted(torch.ones(5, 3) * math.nan), "finite"),
        (
            lambda: distance_of_crowds(fitted(ROWS), fitted(ROWS[:, :2])),
            "got 4 and 2",
        ),
        (
            lambda: distance_of_crowds(fitted(ROWS), Crowd(ROWS[0] / 0, ROWS)),
            "inf or nan",
        ),
        (lambda: distance_of_crowds(ROWS, ROWS), "`fitted`"),
        (lambda: distances(ROWS, ROWS[:, :2]), "got 4 and 2"),
        (lambda: precision_recall(ROWS, FAR, k=3.0), "k has to be a whole number"),
        (lambda: fetch(CLIPS[0], FLOW * math.nan), "all finite"),
        (lambda: fetch(CLIPS[0], FLOW[..., :9]), "every pixel"),
        (lambda: followed(FLOW, FLOW[..., :9]), "one size"),
        (
            lambda: optical_flow(CLIPS[0], OTHER[0], window=3, damping=math.inf),
            "above 0",
        ),
        (
            lambda: median_steps(CLIPS[:, :, 0] > 0, CLIPS[:, :1, 0, 0, 0] > 0),
            "each seen or not",
        ),
        (lambda: baselines.copy_last(CLIPS, 0), "1 or more"),
        (lambda: baselines.copy_last(CLIPS, -1), "1 or more"),
        (lambda: baselines.copy_last(CLIPS, 2.0), "whole number"),
        (lambda: baselines.copy_last(CLIPS[:, :0], 1), "no frame"),
        (lambda: baselines.linear_extrapolation(CLIPS * 127, 1), "beyond"),
        (lambda: corruptions.add_noise(CLIPS * 127, rng()), "127.5"),
        (lambda: corruptions.shuffle(CLIPS, 0), "manual_seed"),
        (lambda: ClipClassifier(rng())(BYTES), "127.5"),
        (lambda: ClipClassifier(rng())(CLIPS[0]), "axes"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_crowds_of_unlike_precision_are_as_far_apart():
    one, other = fitted(ROWS), fitted(FAR.double())
    both = distance_of_crowds(fitted(ROWS.double()), other)
    assert distance_of_crowds(one, other) == pytest.approx(both, rel=1e-5)
