"""Shape motion follows the rules of the released files, in each clip and on average."""

from itertools import pairwise

import pytest
import torch

from course_lib.data import shape_motion
from course_lib.data.shape_motion import FRAMES, bernstein, sample_clips
from course_lib.video import from_bytes, to_bytes


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def point_on_curve(controls, t):
    """De Casteljau: corners are cut until one point is left."""
    while len(controls) > 1:
        controls = [a + t * (b - a) for a, b in pairwise(controls)]
    return controls[0]


def painted(shape, size, colour, centre):
    """One frame, pixel by pixel rule on the whole canvas."""
    middle = torch.arange(64) + 0.5
    x, y = (middle - centre[0])[None, :], (middle - centre[1])[:, None]
    if shape == 1:
        inside = (x**2 + y**2).sqrt() <= size / 2
    else:
        inside = (x.abs() < size / 2) & (y.abs() < size / 2)
    frame = torch.full((3, 64, 64), -1.0)
    for channel in range(3):
        frame[channel][inside] = colour[channel]
    return frame


@pytest.fixture(scope="module")
def crossings():
    return sample_clips(400, generator(), n_frames=FRAMES)


def test_every_clip_equals_a_plain_loop_over_its_labels():
    clips = sample_clips(24, generator())
    assert len(set(zip(clips.shape.tolist(), clips.size.tolist(), strict=True))) == 8
    for video, _, shape, size, colour, path in zip(*clips, strict=True):
        for frame, centre in zip(video, path, strict=True):
            assert torch.equal(frame, painted(shape, size, colour, centre))


def test_a_shape_has_its_size_in_every_frame_and_is_never_clipped(crossings):
    seen = (crossings.videos > -1).any(dim=2)
    visible = crossings.colour.amax(dim=1) > -1
    for axis in (2, 3):
        extent = seen.any(dim=axis).sum(dim=-1)
        assert (extent == crossings.size[:, None])[visible].all()


def test_a_clip_has_one_colour_and_black(crossings):
    colour = crossings.colour[:, None, :, None, None]
    assert ((crossings.videos == colour) | (crossings.videos == -1)).all()
    assert torch.equal(from_bytes(to_bytes(crossings.colour)), crossings.colour)


def test_motion_crosses_from_side_to_side_and_ends_at_the_height_it_began(crossings):
    r, clip = crossings.size / 2, torch.arange(400)
    for frame, place in ((0, r), (-1, 64 - r)):
        assert torch.equal(crossings.path[clip, frame, crossings.motion], place)
    across = crossings.path[clip, :, 1 - crossings.motion]
    assert torch.equal(across[:, 0], across[:, -1])
    assert (crossings.path >= r[:, None, None]).all()
    assert (crossings.path <= 64 - r[:, None, None]).all()


def test_bernstein_weights_give_the_curve_of_de_casteljau():
    controls = torch.rand(5, 2, generator=generator(), dtype=torch.float64)
    drawn = bernstein(32, torch.device("cpu")).double() @ controls
    for point, t in zip(drawn, torch.linspace(0, 1, 32).double(), strict=True):
        assert torch.allclose(point, point_on_curve(list(controls), t), atol=1e-6)


def test_inner_control_points_are_independent_and_uniform():
    """Mean and variance of the curve at every time, from those of the five points."""
    n, size = 20_000, 10
    motion = torch.ones(n, dtype=torch.int64)
    path = shape_motion.crossing(motion, torch.full((n,), size / 2), generator(5))
    x, y = ((path - 5) / 54).double().unbind(dim=-1)  # y is the moving axis
    weights = bernstein(32, torch.device("cpu")).double()
    inner, ends = weights[:, 1:4], weights[:, [0, 4]]
    mean_y = inner.sum(dim=1) / 2 + ends[:, 1]
    var_y = inner.square().sum(dim=1) / 12
    var_x = var_y + ends.sum(dim=1).square() / 12  # the ends share one draw
    assert torch.allclose(y.mean(dim=0), mean_y, atol=0.01)
    assert torch.allclose(x.mean(dim=0), torch.tensor(0.5).double(), atol=0.01)
    assert torch.allclose(y.var(dim=0), var_y, atol=0.003)
    assert torch.allclose(x.var(dim=0), var_x, atol=0.003)


def test_eight_thousand_clips_have_the_statistics_of_the_released_files(monkeypatch):
    unpainted = torch.zeros(8000, FRAMES, 3, 1, 1)  # painted, they take 12 GB
    monkeypatch.setattr(shape_motion, "draw", lambda *_: unpainted)
    clips = sample_clips(8000, generator(1), n_frames=FRAMES)
    _, motion, shape, size, colour, path = clips
    step = path.diff(dim=1).norm(dim=-1)
    assert abs(step.median() - 2.0) <= 0.1
    assert abs((step < 4.5).float().mean() - 0.95) < 0.01
    for label, count in ((motion, 2), (shape, 2), ((size - 8) // 2, 4)):
        share = torch.bincount(label, minlength=count) / 8000
        assert ((share - 1 / count).abs() < 0.02).all()
    assert abs(colour.mean()) < 0.02
    assert torch.allclose(colour.var(dim=0), torch.tensor(1 / 3), atol=0.02)


def test_sixteen_frames_are_every_second_of_thirty_two():
    short, whole = (
        sample_clips(50, generator(3)),
        sample_clips(50, generator(3), n_frames=32),
    )
    first = [
        torch.equal(a, b[0::2]) for a, b in zip(short.path, whole.path, strict=True)
    ]
    second = [
        torch.equal(a, b[1::2]) for a, b in zip(short.path, whole.path, strict=True)
    ]
    assert all(a or b for a, b in zip(first, second, strict=True))
    assert 10 < sum(first) < 40
    assert short.videos.shape == (50, 16, 3, 64, 64)


def test_the_same_seed_samples_the_same_clips():
    once, again = sample_clips(3, generator(7)), sample_clips(3, generator(7))
    assert all(map(torch.equal, once, again))
    assert not torch.equal(once.videos, sample_clips(3, generator(8)).videos)


@pytest.mark.parametrize("n, n_frames", [(1, 17), (1, 64), (0, 16), (-1, 32)])
def test_other_lengths_and_zero_clips_are_rejected(n, n_frames):
    with pytest.raises(ValueError, match="16 or 32 frames, at least one clip"):
        sample_clips(n, generator(), n_frames=n_frames)


@pytest.mark.gpu
def test_clips_are_on_the_device_of_the_generator():
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU that torch can use")
    clips = sample_clips(8, torch.Generator("cuda").manual_seed(0))
    assert all(field.device.type == "cuda" for field in clips)
    drawn = shape_motion.draw(*(field.cpu() for field in clips[2:]))
    assert torch.equal(clips.videos.cpu(), drawn)


def test_more_clips_take_no_more_operations(count_operations):
    """A batch is rendered at once; `make bench ARGS="clips"` says what that saves."""
    few = count_operations(sample_clips, 8, generator())
    many = count_operations(sample_clips, 256, generator())
    assert few == many
