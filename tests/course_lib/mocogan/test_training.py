"""Three moves: who moves, what for, and what all the others keep."""

import copy
from math import log

import pytest
import torch
from torch.nn.functional import cross_entropy, softplus

from course_lib.data.shape_motion import sample_clips
from course_lib.gan.training import AVERAGING
from course_lib.mocogan.discriminators import FRAMES, blind_judge, video_judge
from course_lib.mocogan.latents import LatentSizes
from course_lib.mocogan.train_state import (
    LAPTOP_ADAM,
    PAPER_ADAM,
    laptop_players,
    paper_players,
    seated,
)
from course_lib.mocogan.training import (
    Clips,
    Recipe,
    frames_of,
    generator_slopes,
    move_clip_judge,
    move_frame_judge,
    move_generator,
    train_step,
)
from course_lib.mocogan.video_gan import MoCoGANSizes

LATENTS = LatentSizes(content=3, motion=2, categories=2)
SMALL = MoCoGANSizes(LATENTS, width=8, placed=True)
PLAIN = MoCoGANSizes(LatentSizes(3, 2, 2, category_moves=False), width=2)
RECIPE = Recipe(gamma=0.5)
NETWORKS = ("generator", "frame_judge", "clip_judge")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def players(seed=0):
    return laptop_players(rng(seed), SMALL)


def real(n=2, seed=3):
    videos = torch.rand(n, FRAMES, 3, 64, 64, generator=rng(seed)) * 2 - 1
    return Clips(videos, torch.arange(n) % 2)


def fake(seed=4):
    return Clips(-real(seed=seed).videos, torch.tensor([1, 1]))


def weights(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def kept_and_moved(playing, move):
    """The names of the networks whose weights ``move`` changed."""
    before = {name: weights(getattr(playing, name)) for name in NETWORKS}
    move(playing)
    return {
        name
        for name in NETWORKS
        if not torch.equal(before[name], weights(getattr(playing, name)))
    }


MOVES = {
    "frame_judge": lambda p: move_frame_judge(
        p, real().videos, fake().videos, RECIPE, rng()
    ),
    "clip_judge": lambda p: move_clip_judge(p, real(), fake(), RECIPE, rng()),
    "generator": lambda p: move_generator(
        p, p.generator.draw(2, rng(), FRAMES), RECIPE, rng()
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_move_moves_one_network_and_leaves_no_slope_in_another(name):
    playing = players()
    assert kept_and_moved(playing, MOVES[name]) == {name}
    for other in {*NETWORKS} - {name}:
        assert all(p.grad is None for p in getattr(playing, other).parameters())


def test_a_step_moves_all_three_and_its_average_a_little():
    playing = players()
    start = weights(playing.average)
    moved = kept_and_moved(playing, lambda p: train_step(p, real(), RECIPE, rng()))
    assert moved == {*NETWORKS}
    expected = start.lerp(weights(playing.generator), 1 - AVERAGING)
    torch.testing.assert_close(weights(playing.average), expected)


@pytest.mark.parametrize("gamma", [0.0, 0.7])
def test_the_clip_judge_s_move_is_adam_on_the_loss_written_out(gamma):
    playing = players()
    judge = copy.deepcopy(playing.clip_judge)
    paid, named, obeyed, fooled = move_clip_judge(
        playing, real(), fake(), Recipe(gamma=gamma, category=0.3), rng()
    )
    videos = real().videos.requires_grad_()
    seen, forged = judge(videos), judge(fake().videos)
    (slope,) = torch.autograd.grad(seen.real.sum(), videos, create_graph=True)
    expected = softplus(-seen.real).mean() + softplus(forged.real).mean()
    term = cross_entropy(seen.category, real().category)
    price = gamma / 2 * slope.square().flatten(1).sum(1).mean()
    torch.testing.assert_close((paid, named), (expected, term))
    torch.testing.assert_close(obeyed, cross_entropy(forged.category, fake().category))
    torch.testing.assert_close(fooled, forged.real.sigmoid().mean())
    adam = torch.optim.Adam(judge.parameters(), lr=1e-3, betas=(0.0, 0.9))
    (expected + 0.3 * term + price).backward()
    adam.step()
    torch.testing.assert_close(weights(playing.clip_judge), weights(judge))


def test_the_frame_judge_s_move_is_adam_on_one_frame_of_each_clip():
    playing = players()
    judge = copy.deepcopy(playing.frame_judge)
    dice = rng(9)
    paid, fooled = move_frame_judge(
        playing, real().videos, fake().videos, Recipe(gamma=0.0), rng(9)
    )
    times = [torch.randint(FRAMES, (2,), generator=dice) for _ in range(2)]
    seen, forged = (
        judge(clips.videos[[0, 1], at])
        for clips, at in zip((real(), fake()), times, strict=True)
    )
    expected = softplus(-seen).mean() + softplus(forged).mean()
    torch.testing.assert_close(paid, expected)
    torch.testing.assert_close(fooled, forged.sigmoid().mean())
    adam = torch.optim.Adam(judge.parameters(), lr=1e-3, betas=(0.0, 0.9))
    expected.backward()
    adam.step()
    torch.testing.assert_close(weights(playing.frame_judge), weights(judge))


def test_the_frame_judge_may_see_more_frames_at_a_price_of_its_own():
    playing = players()
    judge = copy.deepcopy(playing.frame_judge)
    recipe = Recipe(gamma=9.0, frames=3, frame_gamma=0.2)
    dice = rng(9)
    paid, _ = move_frame_judge(playing, real().videos, fake().videos, recipe, rng(9))
    at, other = (torch.randint(FRAMES, (6,), generator=dice) for _ in range(2))
    seen = real().videos[[0, 1] * 3, at].requires_grad_()
    logits = judge(seen)
    (slope,) = torch.autograd.grad(logits.sum(), seen, create_graph=True)
    expected = softplus(-logits).mean()
    expected = expected + softplus(judge(fake().videos[[0, 1] * 3, other])).mean()
    torch.testing.assert_close(paid, expected)
    price = 0.2 / 2 * slope.square().flatten(1).sum(1).mean()
    adam = torch.optim.Adam(judge.parameters(), lr=1e-3, betas=(0.0, 0.9))
    (expected + price).backward()
    adam.step()
    torch.testing.assert_close(weights(playing.frame_judge), weights(judge))


def test_frames_are_picked_clip_by_clip_time_after_time():
    videos = real(2).videos
    found = frames_of(videos, torch.tensor([3, 4, 15, 0]))
    expected = [videos[0, 3], videos[1, 4], videos[0, 15], videos[1, 0]]
    assert torch.equal(found, torch.stack(expected))


def test_the_generator_s_slopes_are_those_of_its_three_terms():
    generator, frame_judge, clip_judge = players()[:3]
    drawn, times = generator.draw(2, rng(), FRAMES), torch.tensor([3, 15])
    slopes = generator_slopes(generator, frame_judge, clip_judge, drawn, times)
    videos = generator(drawn)
    verdict = clip_judge(videos)
    loss = (
        softplus(-frame_judge(videos[[0, 1], times])).mean()
        + softplus(-verdict.real).mean()
        + cross_entropy(verdict.category, drawn.category)
    )
    assert all(p.grad is None for p in generator.parameters())
    loss.backward()
    for found, weight in zip(slopes, generator.parameters(), strict=True):
        torch.testing.assert_close(found, weight.grad)


def test_r1_and_noise_change_what_the_judges_learn():
    def after(recipe):
        playing = players()
        train_step(playing, real(), recipe, rng())
        return weights(playing.clip_judge), weights(playing.frame_judge)

    plain = after(Recipe(gamma=0.0))
    for recipe in (Recipe(gamma=3.0), Recipe(gamma=0.0, noise=True)):
        for one, other in zip(plain, after(recipe), strict=True):
            assert not torch.equal(one, other)
    deaf = after(Recipe(gamma=0.0, category=0.0))
    assert not torch.equal(plain[0], deaf[0]) and torch.equal(plain[1], deaf[1])


def test_a_game_without_a_frame_judge_is_the_clip_judge_s_alone():
    generator, _, clip_judge = players()[:3]
    blind = seated(generator, blind_judge(rng()), clip_judge, LAPTOP_ADAM)
    drawn, times = generator.draw(2, rng(), FRAMES), torch.tensor([3, 15])
    slopes = generator_slopes(*blind[:3], drawn, times)
    verdict = clip_judge(generator(drawn))
    loss = softplus(-verdict.real).mean()
    loss = loss + cross_entropy(verdict.category, drawn.category)
    alone = torch.autograd.grad(loss, [*generator.parameters()])
    for found, expected in zip(slopes, alone, strict=True):
        torch.testing.assert_close(found, expected)
    _, losses = train_step(blind, real(), RECIPE, rng())
    assert losses.frames_fool == 0.5
    assert losses.frame_judge == pytest.approx(2 * log(2))


def test_the_same_seed_plays_the_same_game():
    def play(seed):
        playing, dice = players(), rng(seed)
        for _ in range(2):
            _, losses = train_step(playing, real(), RECIPE, dice)
        return losses, weights(playing.average)

    (losses, average), (again, average_again) = play(4), play(4)
    assert losses == again and torch.equal(average, average_again)
    assert losses != play(5)[0]


def test_the_data_of_a_step_are_left_as_they_were():
    clips = real()
    kept = clips.videos.clone()
    train_step(players(), clips, RECIPE, rng())
    assert torch.equal(clips.videos, kept) and not clips.videos.requires_grad


def test_in_sixteen_bits_nobody_reads_weights_that_have_moved_since():
    """Autocast keeps its short copies of the weights as long as its block lasts."""
    losses = {}
    for short in (False, True):
        playing, dice = players(), rng(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=short):
            for _ in range(4):
                _, losses[short] = train_step(playing, real(), RECIPE, dice)
    exact, rounded = (torch.tensor(losses[short]) for short in (False, True))
    start = torch.tensor(train_step(players(), real(), RECIPE, rng(1))[1])
    assert (rounded - exact).abs().max() < 0.4 * (exact - start).abs().max()


def test_the_paper_s_players_read_through_noise_and_all_move():
    playing = paper_players(rng(), PLAIN)
    recipe = Recipe(gamma=0.0, noise=True)
    moved = kept_and_moved(playing, lambda p: train_step(p, real(), recipe, rng()))
    assert moved == {*NETWORKS}


# How the category dies


def category_head(judge):
    """The weights that only the category's marks are made with."""
    return judge.layers[-1].weight.detach()[1:].clone()


def test_unfed_weights_walk_to_0_at_full_speed():
    """L2 is a slope of 1e-5 w, and Adam divides it by itself: 2e-4 is left a move."""
    playing = paper_players(rng(), PLAIN)
    start = category_head(playing.clip_judge)
    for _ in range(8):
        move_clip_judge(playing, real(), fake(), Recipe(gamma=0.0, category=0.0), rng())
    lost = start.abs() - category_head(playing.clip_judge).abs()
    far = start.abs() > 0.01
    torch.testing.assert_close(
        lost[far], torch.full_like(lost[far], 8 * 2e-4), rtol=0.15, atol=0
    )


@pytest.mark.parametrize("told", [False, True])
def test_a_judge_told_of_no_real_category_ends_with_nothing_to_say(told):
    head = video_judge(4, 2, rng()).layers[-1]
    seen, asked = torch.randn(8, 32, 4, 4, 4, generator=rng(1)), torch.arange(8) % 2
    adam = PAPER_ADAM(head.parameters())
    start = head.weight.detach()[1:].abs().mean()
    for _ in range(400):
        marks = head(seen).flatten(1)
        loss = softplus(-marks[:4, 0]).mean() + softplus(marks[4:, 0]).mean()
        adam.zero_grad()
        (loss + told * cross_entropy(marks[:, 1:], asked)).backward()
        adam.step()
    left = head.weight.detach()[1:].abs().mean() / start
    shown = seen.clone().requires_grad_()
    obeys = cross_entropy(head(shown).flatten(1)[:, 1:], asked)
    (slope,) = torch.autograd.grad(obeys, shown)  # what a generator would feel of it
    if told:
        assert left > 0.9 and obeys < 0.01
    else:
        assert left < 1e-3 and slope.abs().max() < 1e-5
        assert obeys.item() == pytest.approx(log(2), abs=1e-3)  # a constant


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_sixteen_bits_lose_as_thirty_two_do_at_the_paper_s_sizes():
    """Twenty steps from one state: every mean loss within 2 %."""
    means = []
    for short in (False, True):
        dice = torch.Generator("cuda").manual_seed(0)
        playing, losses = paper_players(dice), []
        for _ in range(20):
            clips = sample_clips(8, dice)
            clips = Clips(clips.videos, clips.motion)
            with torch.autocast("cuda", torch.bfloat16, enabled=short):
                playing, seen = train_step(
                    playing, clips, Recipe(0.0, noise=True), dice
                )
            losses.append(torch.tensor(seen[:4]))
        means.append(torch.stack(losses).mean(dim=0))
    torch.testing.assert_close(*means, rtol=0.02, atol=0)
