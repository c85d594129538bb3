"""Moving digits follow the rules of Moving MNIST: move, clamp, reflect, store."""

from math import pi

import pytest
import torch

from course_lib.data import moving_digits
from course_lib.data.moving_digits import Scenes, bounce, render, sample_clips
from course_lib.data.splits import split_range


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def moved(x, v):
    x = x + v
    if x <= 0:
        return torch.zeros(()), -v
    if x >= 1:
        return torch.ones(()), -v
    return x, v


def plain_clip(images, start, velocity, n_frames=20):
    """One clip as the rules read: loops over frames and digits."""
    clip = torch.full((n_frames, 1, 64, 64), -1.0)
    for digit, (x, y), (v_x, v_y) in zip(images, start, velocity, strict=True):
        for frame in clip[:, 0]:
            (x, v_x), (y, v_y) = moved(x, v_x), moved(y, v_y)
            left, top = int(36 * x), int(36 * y)
            place = frame[top : top + 28, left : left + 28]
            place[:] = torch.maximum(place, digit)
    return clip


def trivial_rows(videos):
    """Squared error of four guesses at frames 10 to 19, summed over a frame."""
    frames = (videos + 1) / 2
    seen, future = frames[:, :10], frames[:, 10:]
    guesses = {
        "mean frame": future.mean(dim=(0, 1)),
        "mean of the inputs": seen.mean(dim=1, keepdim=True),
        "black": torch.zeros(()),
        "copy last": seen[:, -1:],
    }
    return {
        name: (guess - future).square().sum(dim=(2, 3, 4)).mean().item()
        for name, guess in guesses.items()
    }


def test_a_batch_equals_clips_rendered_one_by_one():
    for n_digits in (1, 2, 3):
        scenes = moving_digits.sample_scenes(
            8, generator(n_digits), n_digits=n_digits, split="train"
        )
        batch = render(scenes, 20)
        for video, *scene in zip(batch, *scenes, strict=True):
            assert torch.equal(video, plain_clip(*scene))


def test_a_digit_moves_before_its_first_frame_is_stored():
    start, velocity = torch.full((1, 1, 2), 0.5), torch.tensor([[[0.1, 0.0]]])
    path = bounce(start, velocity, 3)
    assert torch.allclose(path[0, :, 0, 0], torch.tensor([0.6, 0.7, 0.8]))


def test_a_wall_clamps_the_position_and_reflects_one_component():
    start, velocity = torch.tensor([[[0.95, 0.5]]]), torch.tensor([[[0.08, 0.06]]])
    path = bounce(start, velocity, 3)[0, :, 0]
    expected = torch.tensor([[1.0, 0.56], [0.92, 0.62], [0.84, 0.68]])
    assert torch.allclose(path, expected)


def test_away_from_the_walls_a_digit_moves_three_point_six_pixels():
    scenes = moving_digits.sample_scenes(300, generator(), n_digits=2, split="train")
    path = 36 * bounce(scenes.start, scenes.velocity, 20)
    step = path.diff(dim=1).norm(dim=-1)
    free = ((path > 0) & (path < 36)).all(dim=-1)
    free = free[:, 1:] & free[:, :-1]
    assert torch.allclose(step[free], torch.tensor(3.6), atol=1e-4)
    assert (step <= 3.6 + 1e-4).all()
    assert 0.4 < free.float().mean() < 0.9


def test_directions_are_uniform():
    scenes = moving_digits.sample_scenes(20_000, generator(), n_digits=2, split="train")
    x, y = scenes.velocity.unbind(dim=-1)
    counts = torch.histc(torch.atan2(y, x), bins=8, min=-pi, max=pi)
    assert ((counts / 5000 - 1).abs() < 0.06).all()
    assert ((scenes.start.mean(dim=(0, 1)) - 0.5).abs() < 0.01).all()


def test_overlapping_digits_show_the_brighter_pixel():
    images = torch.tensor([0.2, 0.6]).view(1, 2, 1, 1).expand(1, 2, 28, 28)
    start = torch.tensor([[[0.0, 0.0], [0.5, 0.0]]])
    clip = render(Scenes(images, start, torch.zeros(1, 2, 2)), 1)[0, 0, 0]
    assert clip[0].tolist() == pytest.approx([0.2] * 18 + [0.6] * 28 + [-1.0] * 18)
    both_ways = Scenes(images.flip(1), start.flip(1), torch.zeros(1, 2, 2))
    assert torch.equal(render(both_ways, 1)[0, 0, 0], clip)


def test_no_digit_is_in_two_splits():
    seen = {}
    for split in ("train", "validation", "test"):
        scenes = moving_digits.sample_scenes(2000, generator(), n_digits=2, split=split)
        seen[split] = {image.numpy().tobytes() for image in scenes.images.flatten(0, 1)}
        assert len(seen[split]) > 0.9 * len(split_range(1797, split))
    assert not seen["train"] & seen["test"]
    assert not seen["train"] & seen["validation"]
    assert not seen["validation"] & seen["test"]


def test_a_thousand_test_clips_are_always_the_same():
    some = moving_digits.test_clips(20)
    assert torch.equal(some, moving_digits.test_clips(20))
    assert torch.equal(some[:3], moving_digits.test_clips(3))
    assert some.shape == (20, 20, 1, 64, 64)
    sums = some[0, :3, 0].double().sum(dim=(1, 2)).tolist()
    assert sums == pytest.approx([-3249.58, -3273.55, -3272.00], abs=0.01)


def test_the_trivial_baselines_are_in_the_expected_order():
    """Copying the last frame is worse than black: the digit has moved on."""
    measured = trivial_rows(sample_clips(600, generator(), split="train"))
    facts = {
        "mean frame": 241,
        "mean of the inputs": 323,
        "black": 334,
        "copy last": 423,
    }
    assert sorted(measured, key=measured.get) == list(facts)
    assert measured == pytest.approx(facts, rel=0.03)


def test_grey_clips_lie_in_the_canonical_range():
    clips = sample_clips(4, generator(), n_frames=3, n_digits=1, split="validation")
    assert clips.shape == (4, 3, 1, 64, 64)
    assert clips.dtype == torch.float32
    assert clips.min() == -1
    assert 0.5 < clips.max() <= 1


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n_frames": 0}, {"n_digits": 0}])
def test_numbers_below_one_are_rejected(wrong):
    with pytest.raises(ValueError, match="count from 1"):
        sample_clips(**({"n": 1, "rng": generator()} | wrong))


def test_an_unknown_split_and_too_many_test_clips_are_rejected():
    with pytest.raises(ValueError, match=r"'train', 'validation', 'test'.*got 'dev'"):
        sample_clips(1, generator(), split="dev")
    for n in (0, 1001):
        with pytest.raises(ValueError, match="There are 1000 test clips"):
            moving_digits.test_clips(n)


@pytest.mark.gpu
def test_clips_are_on_the_device_of_the_generator():
    if not torch.cuda.is_available():
        pytest.skip("needs a GPU that torch can use")
    rng = torch.Generator("cuda").manual_seed(0)
    scenes = moving_digits.sample_scenes(8, rng, n_digits=2, split="train")
    on_cpu = render(Scenes(*(field.cpu() for field in scenes)), 20)
    assert sample_clips(2, rng).device.type == "cuda"
    assert (render(scenes, 20).cpu() == on_cpu).float().mean() > 0.999


def test_more_clips_take_no_more_operations(count_operations):
    """A batch is rendered at once; `make bench ARGS="clips"` says what that saves."""
    few = count_operations(sample_clips, 8, generator())
    many = count_operations(sample_clips, 256, generator())
    assert few == many
