"""Ask how sure a mean over clips is, of the clips themselves."""

from collections.abc import Sequence

import torch

from course_lib.metrics.intervals import bootstrap_interval
from lessons.evaluation.exercises import interval_answers as other
from lessons.evaluation.exercises.interval_answers import drawn
from teaching.exercise import Case, Exercise, Mistake


def _figure_cases(rng: torch.Generator) -> Sequence[Case]:
    def ask(label: str, n: int, level: float, n_draws: int = 200) -> Case:
        values = torch.rand(n, generator=rng, dtype=torch.float64).log().neg()
        dice = torch.Generator().manual_seed(
            int(torch.randint(10**6, (), generator=rng))
        )
        given = {"values": values, "rng": dice, "level": level, "n_draws": n_draws}
        return Case(label, given)

    broken = ask("a figure that is not finite is refused", 5, 0.9)
    broken.arguments["values"][2] = torch.inf
    return [
        ask("nine of ten sets", 12, 0.9),
        ask("half of the sets", 9, 0.5, 150),
        ask("as many draws as clips", 20, 0.8, 20),
        ask("two clips", 2, 0.6, 100),
        broken,
        ask("a single clip is refused", 1, 0.9),
        ask("a level of 1 is refused", 6, 1.0),
    ]


BOOTSTRAP_INTERVAL = Exercise(
    id="X5.8",
    title="How sure are these clips?",
    reference=bootstrap_interval,
    points=2,
    minutes=10,
    difficulty=2,
    cases=_figure_cases,
    mistakes=(
        Mistake(
            "without replacement",
            other.of_draws(
                lambda v, rng, n: torch.stack(
                    [v[torch.randperm(len(v), generator=rng)] for _ in range(n)]
                ).mean(1)
            ),
            "Every draw holds every clip once, in another order, and all means are "
            "one. Drawn *with* replacement, some clips come twice and some not at all.",
        ),
        Mistake(
            "the middle of the clips",
            other.refusing(lambda v, rng, level, n: other.ends(v, level)),
            "This says how much clips differ, and does not shrink with more of them. "
            "Asked for is how far their *mean* may be off.",
        ),
        Mistake(
            "one clip a draw",
            other.of_draws(lambda v, rng, n: drawn(v, rng, n, 1).mean(1)),
            "A mean of a single clip is a clip. A draw stands for a whole set: it "
            "takes as many clips as there are.",
        ),
        Mistake(
            "one clip too few",
            other.of_draws(lambda v, rng, n: drawn(v, rng, n, len(v) - 1).mean(1)),
            "Smaller sets have a wider spread. The draw stands for a set as large as "
            "the one at hand: n clips of n.",
        ),
        Mistake(
            "draws and clips exchanged",
            other.of_draws(lambda v, rng, n: drawn(v, rng, len(v), n).mean(1)),
            "There are as many means as clips, each over as many clips as were to be "
            "draws: far too sure. A row is a draw, and holds one clip per clip.",
        ),
        Mistake(
            "mean over the draws",
            other.of_draws(lambda v, rng, n: drawn(v, rng, n, len(v)).mean(0)),
            "The mean ran over the draws, and every place came out near the mean of "
            "all. Each draw has a mean of its own, over its clips.",
        ),
        Mistake(
            "all of the rest beyond each end",
            other.of_means(lambda m, level: other.ends(m, 2 * level - 1)),
            "At level .9, a tenth lies beyond *both* ends together, a twentieth beyond "
            "each. These ends leave a tenth on either side.",
        ),
        Mistake(
            "from the lowest draw on",
            other.of_means(lambda m, level: (m.min().item(), m.quantile(level).item())),
            "All that is left out lies at the upper end. The middle share is meant: "
            "as much beyond one end as beyond the other.",
        ),
        Mistake(
            "from the lowest to the highest draw",
            other.of_means(lambda m, level: (m.min().item(), m.max().item())),
            "This interval grows with the number of draws and knows no level. Leave "
            "out what lies beyond the middle share.",
        ),
        Mistake(
            "ends exchanged",
            other.of_means(lambda m, level: other.ends(m, level)[::-1]),
            "Low and high stand in turned order. The lower end comes first, then the "
            "mean of the clips, then the upper one.",
        ),
        Mistake(
            "deviation of the clips",
            other.refusing(lambda v, rng, level, n: other.about(v, level, v.std())),
            "A Gaussian's interval with the spread of single clips: it never shrinks. "
            "And nobody said that the figures are Gaussian: let the draws speak.",
        ),
        Mistake(
            "a Gaussian in place of draws",
            other.refusing(
                lambda v, rng, level, n: other.about(v, level, v.std() / len(v) ** 0.5)
            ),
            "Good for many clips, and even on both sides, which skewed figures of few "
            "clips are not. Draw sets, and take what their means do.",
        ),
        Mistake(
            "centred on the draws",
            lambda values, rng, level, n_draws: bootstrap_interval(
                values, rng.clone_state(), level=level, n_draws=n_draws
            )._replace(value=drawn(values, rng, n_draws, len(values)).mean().item()),
            "The ends are right, but the figure between them is the mean of the draws, "
            "which is luck. The figure reported is that of the clips at hand.",
        ),
        Mistake(
            "median of the clips",
            other.refusing(
                lambda v, rng, level, n: bootstrap_interval(
                    v, rng, level=level, n_draws=n
                )[::2],
                centre=torch.median,
            ),
            "The interval is one of means, so the figure in it is the mean. A median "
            "has an interval of its own.",
        ),
        Mistake(
            "dice of its own",
            lambda values, rng, level, n_draws: bootstrap_interval(
                values, torch.Generator(), level=level, n_draws=n_draws
            ),
            "The generator that was handed over is not used, so every set is drawn "
            "with the same dice. Pass `rng` on to what draws.",
        ),
        Mistake(
            "a single clip is not refused",
            lambda values, rng, level, n_draws: (
                (values.item(),) * 3
                if len(values) == 1
                else bootstrap_interval(values, rng, level=level, n_draws=n_draws)
            ),
            "The intervals are right. One clip would be sure of itself: raise a "
            "ValueError, for it cannot know how clips differ.",
        ),
    ),
    alternatives=(other.of_draws(other.draw_by_draw), other.of_draws(other.counted)),
    hints=(
        "You have 50 clips and cannot get others. What would another set of 50 look "
        "like, as far as you know? Where would its mean lie?",
        "Draw as many clips as there are, with replacement, `n_draws` times. Each draw "
        "has a mean; the interval holds the middle share of these means.",
        "`torch.randint` with the shape (draws, clips) and `generator=rng`, in one go; "
        "a mean over each row; `quantile` at two places. How much lies beyond each?",
    ),
)
