"""Inputs of metrics: every accepted form gives equal results, others raise errors."""

import math

import numpy as np
import pytest
import torch

from course_lib.metrics import baselines, corruptions
from course_lib.metrics.bradley_terry import strengths
from course_lib.metrics.content import average_content_distance, median_steps
from course_lib.metrics.features import ClipClassifier
from course_lib.metrics.frechet import (
    GaussianMoments,
    fit_gaussian,
    frechet_distance,
    frechet_distance_of_moments,
    gaussian,
)
from course_lib.metrics.inception_score import inception_score
from course_lib.metrics.inputs import (
    as_clips,
    as_floats,
    as_generator,
    as_integer,
    as_number,
    convert_arguments,
    integer_range,
    machine_epsilon,
    with_axes,
)
from course_lib.metrics.intervals import bootstrap_interval, subsampling_interval
from course_lib.metrics.kernel_distance import kernel_distance
from course_lib.metrics.manifold import density_coverage, distances, precision_recall
from course_lib.metrics.optical_flow import (
    image_gradients,
    lucas_kanade,
    optical_flow,
    pyramidal_flow,
    warp_backward,
)
from course_lib.metrics.pixel import mse_per_frame, psnr
from course_lib.metrics.ssim import ssim
from course_lib.metrics.warping import consistent_pixels, warping_errors


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


CLIPS, OTHER = torch.rand(2, 3, 3, 3, 16, 16, generator=rng()) * 2 - 1
ROWS, FAR = torch.randn(2, 12, 4, generator=rng(1))
FLOW = torch.randn(3, 2, 16, 16, generator=rng(2))
CHOICES = torch.tensor([[0.0, 3, 2], [1, 0, 2], [2, 2, 0]])

METRICS = {  # every public metric, with valid arguments
    "mse_per_frame": (mse_per_frame, CLIPS, OTHER),
    "psnr": (lambda a, b: psnr(a, b, data_range=2), CLIPS, OTHER),
    "ssim": (lambda a, b: ssim(a, b, data_range=2), CLIPS, OTHER),
    "inception_score": (inception_score, ROWS.softmax(1)),
    "frechet_distance": (frechet_distance, ROWS, FAR),
    "fit_gaussian": (fit_gaussian, ROWS),
    "gaussian": (gaussian, ROWS[0], torch.eye(4)),
    "kernel_distance": (kernel_distance, ROWS, FAR),
    "precision_recall": (lambda a, b: precision_recall(a, b, k=3), ROWS, FAR),
    "density_coverage": (lambda a, b: density_coverage(a, b, k=3), ROWS, FAR),
    "distances": (distances, ROWS, FAR),
    "content": (average_content_distance, CLIPS),
    "warping_errors": (warping_errors, CLIPS),
    "consistent_pixels": (consistent_pixels, FLOW, -FLOW),
    "image_gradients": (image_gradients, CLIPS[0], OTHER[0]),
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
    "warp_backward": (warp_backward, CLIPS[0], FLOW),
    "bootstrap_interval": (
        lambda x: bootstrap_interval(x, rng(), n_draws=40),
        ROWS[:, 0],
    ),
    "subsampling_interval": (
        lambda x: subsampling_interval(lambda rows: rows.mean(), x, rng(), n_draws=40),
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
each_metric = pytest.mark.parametrize("name", METRICS)


def assert_same(result, expected, **tolerance):
    assert type(result) is type(expected)
    if isinstance(result, tuple):
        for one, other in zip(result, expected, strict=True):
            assert_same(one, other, **tolerance)
    elif isinstance(result, torch.Tensor) and result.dtype is not torch.bool:
        torch.testing.assert_close(result, expected, check_dtype=False, **tolerance)
    elif isinstance(result, torch.Tensor):
        assert torch.equal(result, expected)
    else:
        assert result == pytest.approx(expected, abs=tolerance.get("atol", 1e-6))


@each_metric
@pytest.mark.parametrize(
    "form",
    [
        lambda x: x.numpy(),
        lambda x: x.numpy().astype(">f4"),  # the other byte order
        lambda x: np.ascontiguousarray(x.numpy()[::-1])[::-1],  # negative strides
        lambda x: x.to_sparse(),
        lambda x: x.tolist(),
        lambda x: [*x.numpy()],
        lambda x: x.clone().requires_grad_(),
    ],
    ids=["array", "big-endian", "flipped", "sparse", "list", "arrays", "gradient"],
)
def test_every_form_of_the_same_numbers_gives_the_same_result(name, form):
    metric, *arguments = METRICS[name]
    assert_same(metric(*map(form, arguments)), metric(*arguments), rtol=1e-4, atol=1e-4)


@each_metric
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_gives_the_result_of_the_same_numbers_in_float32(name, dtype):
    metric, *arguments = METRICS[name]
    if name == "inception_score":
        pytest.skip("rows are normalized; see test_inception_score.py")
    rounded = [x.to(dtype) for x in arguments]
    # corruptions and baselines return clips in half precision
    tolerance = 1e-5 if name not in corruptions.CORRUPTIONS else 2e-2
    expected = metric(*(x.float() for x in rounded))
    if "extrapolation" in name or "mean_of" in name or "copy" in name:
        tolerance = 2e-2
    assert_same(metric(*rounded), expected, rtol=1e-5, atol=tolerance)


@each_metric
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
def test_other_objects_raise_an_error_with_a_message_in_words(name, wrong):
    metric, *arguments = METRICS[name]
    if (
        name == "subsampling_interval"
        and isinstance(wrong, torch.Tensor)
        and wrong.ndim == 7
    ):
        pytest.skip("rows may have any shape")
    with pytest.raises(ValueError, match=r"[A-Za-z_]{3,} .*\w{3,}"):
        metric(*[wrong for _ in arguments])


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
def test_bytes_are_not_accepted_as_clips_in_minus_1_to_1(name, form):
    with pytest.raises(ValueError, match=r"127\.5"):
        METRICS[name][0](form(BYTES))


def test_black_frames_of_byte_clips_raise_an_error():
    with pytest.raises(ValueError, match=r"127\.5"):
        baselines.black(BYTES, 2)


@pytest.mark.parametrize("name", ["mse_per_frame", "image_gradients", "lucas_kanade"])
def test_bytes_compared_with_floats_raise_an_error(name):
    metric, one, other = METRICS[name]
    byte_values = ((one + 1) * 127.5).round().to(torch.uint8)
    for x, y in ((byte_values, other), (other.numpy(), byte_values.numpy())):
        with pytest.raises(ValueError, match="one scale"):
            metric(x, y)


@pytest.mark.parametrize(
    "name", ["image_gradients", "lucas_kanade", "pyramidal_flow", "warp_backward"]
)
def test_bytes_give_the_flow_of_the_same_numbers_as_floats(name):
    """Differences of bytes would wrap around: 3 - 5 is 254."""
    metric, one, other = METRICS[name]
    one = ((one + 1) * 127.5).round()
    if name != "warp_backward":
        other = ((other + 1) * 127.5).round()
        assert_same(
            metric(one.to(torch.uint8), other.to(torch.uint8)),
            metric(one.double(), other.double()),
        )
    else:
        assert_same(metric(one.byte(), other), metric(one.double(), other.double()))


@pytest.mark.parametrize(
    "name", ["ssim", "pyramidal_flow", "warp_backward", "distances"]
)
def test_arguments_of_different_precision_are_compared_in_the_higher_one(name):
    metric, one, other = METRICS[name]
    result = metric(one, other.double())
    assert result.dtype == metric(one.double(), other).dtype == torch.float64
    assert_same(result, metric(one, other), rtol=1e-4, atol=1e-4)


def test_arguments_on_two_devices_raise_an_error():
    both = convert_arguments(a=lambda x, name: x, b=lambda x, name: x)(
        lambda a, b: None
    )
    with pytest.raises(ValueError, match="a on cpu, b on meta"):
        both(torch.ones(1), torch.ones(1, device="meta"))


def test_metrics_that_return_tensors_are_differentiable():
    x = CLIPS.clone().requires_grad_()
    mse_per_frame(x, OTHER).sum().backward()
    expected = 2 * (CLIPS - OTHER) / CLIPS[0, 0].numel()
    torch.testing.assert_close(x.grad, expected)


def test_metrics_do_not_change_their_inputs():
    array = CLIPS.numpy().copy()
    array.flags.writeable = False
    before = array.copy()
    warping_errors(array), psnr(array, OTHER, data_range=2)
    assert (array == before).all()


def test_float32_and_float64_are_kept_and_other_types_converted():
    single, double = torch.ones(2), torch.ones(2).double()
    assert as_floats(single, "x") is single and as_floats(double, "x") is double
    for dtype in (torch.float16, torch.bfloat16, torch.float8_e4m3fn):
        assert as_floats(single.to(dtype), "x").dtype == torch.float32
    for dtype in (torch.uint8, torch.int16, torch.int64, torch.bool, torch.uint16):
        assert as_floats(single.to(dtype), "x").dtype == torch.float64
    for length, dtype in (("f2", torch.float32), ("f4", torch.float32)):
        assert as_floats(np.ones(2, length), "x").dtype == dtype
    for length in ("f8", "u1", "i8", "?", np.longdouble):
        assert as_floats(np.ones(2, length), "x").dtype == torch.float64
    assert as_floats([1, 2], "x").dtype == torch.float64
    assert as_floats([single, double], "x").shape == (2, 2)


def test_a_number_is_taken_from_tensors_and_arrays_of_one_value():
    for x in (2, 2.0, np.float32(2), np.uint8(2), torch.tensor(2.0), np.array([2.0])):
        assert as_number(x, "x") == 2 and type(as_number(x, "x")) in (int, float)
    for x in ("2", None, True, [2.0], torch.ones(2), 2j, np.ones(2)):
        with pytest.raises(ValueError, match="x has to be one number"):
            as_number(x, "x")


def test_floats_are_not_accepted_as_integers():
    for x in (3, np.int64(3), torch.tensor(3)):
        assert as_integer(x, "k") == 3
    for x in (3.0, "3", None, True, torch.ones(2)):
        with pytest.raises(ValueError, match="k has to be an integer"):
            as_integer(x, "k")


def test_a_seed_is_not_accepted_as_a_generator():
    assert isinstance(as_generator(rng(), "rng"), torch.Generator)
    for x in (0, None, np.random.default_rng(0)):
        with pytest.raises(ValueError, match="manual_seed"):
            bootstrap_interval(ROWS[:, 0], x)


def test_integer_range_and_machine_epsilon_of_types():
    assert (
        integer_range(np.zeros(1, "u2")) == 65535
        and integer_range(torch.zeros(1).bool()) == 1
    )
    assert (
        integer_range(torch.zeros(1))
        is integer_range([1])
        is integer_range(np.zeros(1))
        is None
    )
    assert machine_epsilon(torch.zeros(1).bfloat16()) == 2**-7
    assert (
        machine_epsilon([np.zeros(1, "f2")])
        == machine_epsilon(torch.zeros(1).half())
        == 2**-10
    )
    assert machine_epsilon([[1, 2]]) == machine_epsilon(np.zeros(1)) == 2**-23


def test_a_wrong_number_of_axes_raises_an_error_that_names_them():
    converter = with_axes("batch", "feature")
    with pytest.raises(ValueError, match=r"\(batch, feature\); got .*x\[None\]"):
        converter(torch.ones(3), "x")
    with pytest.raises(ValueError, match=r"\(1, 1, 3\)\.$"):
        converter(torch.ones(1, 1, 3), "x")
    assert as_clips(torch.ones(2).half(), "x").dtype == torch.float16


def test_a_wrong_call_raises_a_type_error():
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
        (lambda: fit_gaussian(torch.ones(1, 3)), "2 samples or more"),
        (lambda: fit_gaussian(torch.ones(5, 3) * math.nan), "finite"),
        (
            lambda: frechet_distance_of_moments(
                fit_gaussian(ROWS), fit_gaussian(ROWS[:, :2])
            ),
            "got 4 and 2",
        ),
        (
            lambda: frechet_distance_of_moments(
                fit_gaussian(ROWS), GaussianMoments(ROWS[0] / 0, ROWS)
            ),
            "inf or nan",
        ),
        (lambda: frechet_distance_of_moments(ROWS, ROWS), "`fit_gaussian`"),
        (lambda: distances(ROWS, ROWS[:, :2]), "got 4 and 2"),
        (lambda: precision_recall(ROWS, FAR, k=3.0), "k has to be an integer"),
        (lambda: warp_backward(CLIPS[0], FLOW * math.nan), "all finite"),
        (lambda: warp_backward(CLIPS[0], FLOW[..., :9]), "every pixel"),
        (lambda: consistent_pixels(FLOW, FLOW[..., :9]), "one size"),
        (
            lambda: optical_flow(CLIPS[0], OTHER[0], window=3, damping=math.inf),
            "above 0",
        ),
        (
            lambda: median_steps(CLIPS[:, :, 0] > 0, CLIPS[:, :1, 0, 0, 0] > 0),
            "whether it has a shape",
        ),
        (lambda: baselines.copy_last(CLIPS, 0), "1 or more"),
        (lambda: baselines.copy_last(CLIPS, -1), "1 or more"),
        (lambda: baselines.copy_last(CLIPS, 2.0), "integer"),
        (lambda: baselines.copy_last(CLIPS[:, :0], 1), "no frame"),
        (lambda: baselines.linear_extrapolation(CLIPS * 127, 1), "beyond"),
        (lambda: corruptions.add_noise(CLIPS * 127, rng()), "127.5"),
        (lambda: corruptions.shuffle(CLIPS, 0), "manual_seed"),
        (lambda: ClipClassifier(rng())(BYTES), "127.5"),
        (lambda: ClipClassifier(rng())(CLIPS[0]), "axes"),
    ],
)
def test_invalid_arguments_raise_an_error_with_a_message_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_moments_of_different_precision_are_compared_in_the_higher_one():
    one, other = fit_gaussian(ROWS), fit_gaussian(FAR.double())
    both = frechet_distance_of_moments(fit_gaussian(ROWS.double()), other)
    assert frechet_distance_of_moments(one, other) == pytest.approx(both, rel=1e-5)
