"""Let three players move, one after the other, each of them alone."""

from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim import Optimizer

from course_lib.gan.objectives import discriminator_loss, nonsaturating_generator_loss
from course_lib.gan.penalties import r1_penalty
from course_lib.gan.training import descend, follow
from course_lib.mocogan.frame_views import Times, draw_times, pick_frames
from course_lib.mocogan.latents import Drawn
from course_lib.mocogan.objectives import category_loss
from course_lib.mocogan.train_state import Players
from course_lib.shapes import Labels, Videos

Slopes = tuple[Tensor, ...]
Frames = Float[Tensor, "time_of_each channel height width"]


class Clips(NamedTuple):
    """Clips and their categories: real ones as labelled, fakes as asked for.

    None where nothing was asked for.
    """

    videos: Videos
    category: Labels | None = None


class Recipe(NamedTuple):
    """How the judges are held back, and how loudly they are told real categories.

    ``gamma`` weighs R1 on the clip judge, and on the frame judge unless that has a
    ``frame_gamma`` of its own; with ``noise`` they read through noise.
    ``category`` weighs the clip judge's own term: at 0 nobody tells it what real clips
    show, and the generator obeys a judge that knows nothing. The frame judge sees
    ``frames`` of each clip.
    """

    gamma: float = 1.0
    noise: bool = False
    category: float = 1.0
    frames: int = 1
    frame_gamma: float | None = None


class StepLosses(NamedTuple):
    """What one step showed, before anybody moved.

    In nats: what both judges pay to tell real from fake, R1 aside, and what the clip
    judge pays for the categories of real clips; ``obeyed`` is the same for fakes, where
    log(categories) says that it sees none. From 0 to 1: how real the fakes look to
    either judge, the mean of D.
    """

    frame_judge: float
    clip_judge: float
    category: float
    obeyed: float
    frames_fool: float
    clips_fool: float


def train_step(
    players: Players, real: Clips, recipe: Recipe, rng: torch.Generator
) -> tuple[Players, StepLosses]:
    """One move of the frame judge, one of the clip judge, one of the generator.

    Both judges see the same fakes; the generator draws others. As everywhere in
    PyTorch, the optimisers move the weights in place.
    """
    n, n_frames = real.videos.shape[:2]
    drawn = players.generator.draw(n, rng, n_frames)
    with torch.no_grad():
        fake = Clips(players.generator(drawn), drawn.category)
    frames = move_frame_judge(players, real.videos, fake.videos, recipe, rng)
    clips = move_clip_judge(players, real, fake, recipe, rng)
    move_generator(players, players.generator.draw(n, rng, n_frames), recipe, rng)
    follow(players.average, players.generator)
    values = (*frames[:1], *clips[:3], *frames[1:], *clips[3:])
    return players, StepLosses(*(value.item() for value in values))


def move_frame_judge(
    players: Players, real: Videos, fake: Videos, recipe: Recipe, rng: torch.Generator
) -> Slopes:
    """Show some frames of each clip to the frame judge; what it pays, the mean D."""
    judge = _asked(players.frame_judge, recipe, rng)
    n, n_frames = real.shape[:2]
    seen, forged = (
        frames_of(x, draw_times(recipe.frames * n, n_frames, rng)) for x in (real, fake)
    )
    logits = judge(forged)
    paid = discriminator_loss(judge(seen), logits).total
    gamma = recipe.gamma if recipe.frame_gamma is None else recipe.frame_gamma
    price = r1_penalty(judge, seen, gamma=gamma) if gamma else 0.0
    _climb_down(players.frame_optimiser, paid + price)
    return paid, logits.sigmoid().mean()


def move_clip_judge(
    players: Players, real: Clips, fake: Clips, recipe: Recipe, rng: torch.Generator
) -> Slopes:
    """Show whole clips to the clip judge, and tell it the real ones' categories."""
    judge = _asked(players.clip_judge, recipe, rng)
    seen, forged = judge(real.videos), judge(fake.videos)
    paid = discriminator_loss(seen.real, forged.real).total
    named = category_loss(seen.category, real.category)

    def realness(videos: Tensor) -> Tensor:
        return judge(videos).real

    gamma = recipe.gamma
    price = r1_penalty(realness, real.videos, gamma=gamma) if gamma else 0.0
    _climb_down(players.clip_optimiser, paid + recipe.category * named + price)
    obeyed = category_loss(forged.category, fake.category)
    return paid, named, obeyed, forged.real.sigmoid().mean()


def move_generator(
    players: Players, drawn: Drawn, recipe: Recipe, rng: torch.Generator
) -> None:
    """Move the generator alone; it feels both judges, which learn nothing from it."""
    frame_judge, clip_judge = (
        _asked(judge, recipe, rng)
        for judge in (players.frame_judge, players.clip_judge)
    )
    n, n_frames = drawn.noise.shape[:2]
    times = draw_times(recipe.frames * n, n_frames, rng)
    slopes = generator_slopes(players.generator, frame_judge, clip_judge, drawn, times)
    for weight, slope in zip(players.generator.parameters(), slopes, strict=True):
        weight.grad = slope
    players.generator_optimiser.step()
    torch.clear_autocast_cache()


def generator_slopes(
    generator: nn.Module,
    frame_judge: nn.Module | partial,
    clip_judge: nn.Module | partial,
    drawn: Drawn,
    times: Times,
) -> Slopes:
    """The slope of what the generator pays, in each of its weights, in their order.

    It pays for frames that the frame judge calls fake, those of ``frames_of``; for
    clips that the clip judge calls fake, both in the non-saturating way; and for
    categories that are not seen as drawn: a sum of three means, in nats. No gradient is
    left behind, neither in the judges nor in the generator.

    Source: Tulyakov et al. 2018, equation 7, the generator's part.
    """
    videos = generator(drawn)
    verdict = clip_judge(videos)
    looks = nonsaturating_generator_loss(frame_judge(frames_of(videos, times)))
    moves = nonsaturating_generator_loss(verdict.real)
    obeys = category_loss(verdict.category, drawn.category)
    return torch.autograd.grad(looks + moves + obeys, [*generator.parameters()])


def frames_of(videos: Videos, times: Times) -> Frames:
    """The frame of each clip at the first times, then at the next as many, and on."""
    return torch.cat([pick_frames(videos, at) for at in times.split(len(videos))])


def _climb_down(optimiser: Optimizer, loss: Tensor) -> None:
    """Descend, and let nobody read the old weights on: in 16 bits they are cached."""
    descend(optimiser, loss)
    torch.clear_autocast_cache()


def _asked(judge: nn.Module, recipe: Recipe, rng: torch.Generator) -> partial:
    """The judge as it is asked in training: through noise, if the recipe says so."""
    return partial(judge, rng=rng if recipe.noise else None)
