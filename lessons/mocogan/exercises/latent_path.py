"""Ask for a path of latents: what stays, and what a memory makes of noise."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch.nn.functional import one_hot

from course_lib.mocogan.latents import Drawn, LatentSizes, latent_path, motion_memory
from lessons.mocogan.exercises.latent_path_answers import (
    first_step_only,
    gates_by_hand,
    laid,
    one_early,
    stays,
    tiled,
    told_apart,
    told_as_well,
    walked,
)
from teaching.exercise import Case, Exercise, Mistake


def _drawn_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def clips(n: int, n_frames: int, sizes: LatentSizes, shown: int) -> dict[str, Any]:
        """Clips that show the first ``shown`` categories; the last is one of them."""
        asked = torch.randint(shown, (n,), generator=rng)
        asked[-1] = shown - 1
        drawn = Drawn(
            draw(n, sizes.content),
            asked,
            draw(n, sizes.motion),
            draw(n, n_frames, sizes.motion),
        )
        memory = motion_memory(sizes, rng).double()
        for weight in memory.parameters():  # gates that are not half open
            weight.data *= 2
        return {"drawn": drawn, "memory": memory, "n_categories": sizes.categories}

    short = clips(2, 3, LatentSizes(2, 3, 2), 2)
    exact = short["drawn"]
    short["drawn"] = Drawn(*(x if x is exact.category else x.float() for x in exact))
    short["memory"] = short["memory"].float()
    questions = (
        ("another size on every axis", clips(3, 4, LatentSizes(5, 2, 4), 4)),
        ("as many clips as frames", clips(3, 3, LatentSizes(2, 3, 2), 2)),
        ("a category that no clip shows", clips(4, 2, LatentSizes(3, 2, 5), 3)),
        ("one frame", clips(2, 1, LatentSizes(2, 2, 3), 3)),
        ("float32 stays float32", short),
    )
    return [Case(label, x, ("drawn", "memory")) for label, x in questions]


LATENT_PATH = Exercise(
    id="X4.1",
    title="What stays and what moves",
    reference=latent_path,
    points=3,
    minutes=12,
    difficulty=2,
    cases=_drawn_cases,
    mistakes=(
        Mistake(
            "contents of other clips",
            laid(still=tiled),
            "The contents were repeated one after the other, then cut into clips: a "
            "clip gets the contents of several. Repeat each along an axis of its own.",
        ),
        Mistake(
            "noise in place of motion",
            laid(lambda drawn, memory, n_categories: drawn.noise),
            "The noise is new in every frame and remembers nothing: things would jump. "
            "Motion is what the memory makes of it.",
        ),
        Mistake(
            "the start taken for the first frame",
            laid(one_early),
            "The start is what the memory holds before any noise, so all motion comes "
            "one frame late. The first frame shows the state after the first step.",
        ),
        Mistake(
            "the memory reset at every step",
            laid(walked(held=lambda drawn, before: drawn.start)),
            "Every step begins at the start again, so no frame knows the one before. "
            "Hand the new state on to the next step.",
        ),
        Mistake(
            "a memory that starts empty",
            laid(
                walked(held=lambda d, before: before * (before is not d.start)),
            ),
            "The first step begins with zeros in place of what was drawn for it, so "
            "all clips set out from one place. Begin with `drawn.start`.",
        ),
        Mistake(
            "one noise for all frames",
            laid(walked(lambda drawn, told, t: (drawn.noise[:, 0], told))),
            "Every step reads the noise of the first frame. There is another one for "
            "each frame: take them along the time axis.",
        ),
        Mistake(
            "the category left out",
            laid(walked(told=lambda drawn, n: 0 * told_apart(drawn, n))),
            "The memory was told zeros, so a clip moves the same whatever is asked of "
            "it. One column of each clip has to be 1.",
        ),
        Mistake(
            "the category told once",
            laid(walked(first_step_only)),
            "Only the first step was told the category; the others read zeros. It "
            "stands beside the noise in every step.",
        ),
        Mistake(
            "as many columns as categories shown",
            laid(walked(told=lambda d, n: one_hot(d.category).to(d.noise))),
            "Left alone, `one_hot` makes as many columns as the largest label needs. A "
            "batch without the last category gets too few: say how many there are.",
        ),
        Mistake(
            "columns counted from the other end",
            laid(walked(told=lambda drawn, n: told_apart(drawn, n).flip(1))),
            "Category 0 has its 1 in the last column here. Columns count as the "
            "labels do, from the left.",
        ),
        Mistake(
            "category before noise",
            laid(walked(lambda drawn, told, t: (told, drawn.noise[:, t]))),
            "The memory's weights expect the noise first, then the category. The other "
            "way round, each number meets the weights of another.",
        ),
        Mistake(
            "the category in the frame as well",
            told_as_well,
            "The painter would be handed the category beside the content: the released "
            "code's way. Here it goes into the memory alone.",
        ),
        Mistake(
            "motion before content",
            laid(join=lambda still, motion: torch.cat((motion, still), dim=2)),
            "What the painter takes for content is motion here. The order is content, "
            "then motion, along the last axis.",
        ),
        Mistake(
            "steps in place of clips",
            laid(join=lambda *parts: torch.cat(parts, dim=2).transpose(0, 1)),
            "The steps stand on the first axis, where clips are expected. Stack the "
            "states along axis 1: (batch, time, latent).",
        ),
        Mistake(
            "the last motion in all frames",
            laid(join=lambda s, m: torch.cat((s, m[:, -1:].expand_as(m)), dim=2)),
            "All frames show the state after the last step, so nothing moves. Keep "
            "each state when it is made, in a list.",
        ),
        Mistake(
            "gradient cut between the steps",
            laid(walked(held=lambda drawn, before: before.detach())),
            "The path is right, but a late frame cannot reach the noise of an early "
            "one. Hand the state on as it is, still attached.",
        ),
        Mistake(
            "content without a way back",
            laid(still=lambda drawn: stays(drawn).detach()),
            "The path is right, but nothing can be learnt about the content from it. "
            "Leave out `detach` and `.data`.",
        ),
    ),
    alternatives=(gates_by_hand, laid()),
    hints=(
        "What of a clip would you draw once, and what anew for every frame? Both are "
        "in `drawn`; the memory binds the second kind together.",
        "Make the one-hot rows first. Then go through the noise frame by frame: each "
        "step reads noise and category side by side, and the state before.",
        "Collect every state in a list and stack it along time. The content gets a "
        "time axis with `unsqueeze`, is stretched over it with `expand`, and comes "
        "first when both are joined on the last axis.",
    ),
)
