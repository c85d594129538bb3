"""Ask for the generator's move: all that it feels, and nobody else moved."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch.nn.functional import cross_entropy, softplus

from course_lib.mocogan.latents import Drawn
from course_lib.mocogan.training import generator_slopes
from lessons.mocogan.exercises.generator_step_answers import (
    backward,
    descent,
    everybody,
    frozen,
    judges_follow,
    nothing,
    obeys,
    paid,
    put_away,
    signed,
)
from lessons.mocogan.exercises.small_networks import (
    SmallClipJudge,
    SmallFrameJudge,
    SmallGenerator,
)
from teaching.exercise import Case, Exercise, Mistake


def _game_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def game(n: int, n_frames: int, categories: int) -> dict[str, Any]:
        asked = torch.randint(categories, (n,), generator=rng)
        drawn = Drawn(draw(n, 2), asked, draw(n, 1), draw(n, n_frames, 3))
        times = torch.randint(n_frames, (n,), generator=rng)
        times[:2] = torch.tensor([n_frames - 1, 0])[:n]
        return {
            "generator": SmallGenerator(drawn, rng),
            "frame_judge": SmallFrameJudge(rng),
            "clip_judge": SmallClipJudge(n_frames, categories, rng),
            "drawn": drawn,
            "times": times,
        }

    questions = (
        ("a batch of clips", game(5, 4, 3)),
        ("as many clips as frames", game(3, 3, 2)),
        ("more categories than clips", game(2, 3, 4)),
        ("one clip", game(1, 4, 2)),
    )
    return [Case(label, arguments) for label, arguments in questions]


GENERATOR_SLOPES = Exercise(
    id="X4.6",
    title="The generator moves alone",
    reference=generator_slopes,
    points=3,
    minutes=15,
    difficulty=3,
    cases=_game_cases,
    mistakes=(
        Mistake(
            "gradients left behind",
            backward,
            "`backward` leaves gradients in all three networks, and the judges' next "
            "step would take them for its own. Ask for the generator's slopes alone.",
        ),
        Mistake(
            "everybody's slopes",
            everybody,
            "The judges' slopes came along, and they point the generator's way: who "
            "steps along them makes the judges blind. Ask for the generator's.",
        ),
        Mistake(
            "the judges moved along",
            judges_follow,
            "The slopes are right, but the judges took a step towards the generator's "
            "wish, too. They move in their own turn, for their own loss.",
        ),
        Mistake(
            "the saturating loss",
            signed(lambda logits: -softplus(logits).mean()),
            "log(1 - D) has hardly any slope where a judge is sure of a fake, and at "
            "first it always is. Descend the surprise of “real” instead.",
        ),
        Mistake(
            "the judge's side of the game",
            signed(lambda logits: softplus(logits).mean()),
            "This is what a judge pays for fakes that look real: descending it, the "
            "generator learns to be found out. Turn the logits' sign.",
        ),
        Mistake(
            "both terms climbed",
            signed(lambda logits: -softplus(-logits).mean()),
            "Minus the surprise of “real” is climbed by a descent: away from what "
            "fools the judges. The loss itself is descended.",
        ),
        Mistake(
            "the frame judge forgotten",
            descent(paid(looks=nothing)),
            "Without it nobody looks closely at single frames, and things smear. Pick "
            "a frame of each clip, and add what that judge says.",
        ),
        Mistake(
            "the clip judge forgotten",
            descent(paid(moves=nothing)),
            "Every frame may look fine, and the film be nonsense. Add the surprise of "
            "“real” at what the clip judge says of the clips.",
        ),
        Mistake(
            "the category forgotten",
            descent(paid(obeys=nothing)),
            "Nothing asks for the category that was drawn, so the generator is free to "
            "ignore it. Add the third term.",
        ),
        Mistake(
            "the category that the judge sees",
            descent(
                paid(obeys=lambda v, d: cross_entropy(v.category, v.category.argmax(1)))
            ),
            "This asks for whatever the judge sees already, so nothing has to change. "
            "The category that was drawn is the one to be seen.",
        ),
        Mistake(
            "one category for all",
            descent(paid(obeys=lambda v, d: cross_entropy(v.category, 0 * d.category))),
            "All clips were asked for category 0. Each has the one that was drawn for "
            "it: it stands in `drawn`.",
        ),
        Mistake(
            "sums in place of means",
            signed(lambda logits: softplus(-logits).sum()),
            "Summed, both judges drown the category, the more so the larger the batch "
            "and the more patches there are. Each term is a mean.",
        ),
        Mistake(
            "the same moment of all clips",
            descent(
                paid(lambda judge, v, d, times: softplus(-judge(v[:, times[0]])).mean())
            ),
            "The first clip's time was used for all clips. Each has its own time, and "
            "you have written the function that picks.",
        ),
        Mistake(
            "all frames to the frame judge",
            descent(
                paid(
                    lambda judge, v, d, times: softplus(-judge(v.flatten(0, 1))).mean()
                )
            ),
            "It works, but the judge trained on one frame of each clip, and asking it "
            "for all of them costs as many times more. Pick one.",
        ),
        Mistake(
            "the category weighed by half",
            descent(paid(obeys=lambda verdict, d: obeys(verdict, d) / 2)),
            "The three terms are added as they are. A weight is a choice that changes "
            "the game: not here.",
        ),
    ),
    alternatives=(put_away, frozen),
    hints=(
        "Three wishes: every frame looks real, every clip moves as real ones do, every "
        "clip shows what was asked of it. Who can say so, and of what?",
        "Make the clips once. Both judges get them, the frame judge one frame of each. "
        "Two non-saturating losses and the category's are added.",
        "`torch.autograd.grad` takes a loss and a list of weights, and leaves nothing "
        "behind. The list holds the generator's parameters only; judges are passed, "
        "not moved.",
    ),
)
