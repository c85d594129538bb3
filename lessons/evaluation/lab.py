"""Read four tables as they could be printed, and find what is wrong with each: the lab.

Each is measured on small simulated sets, twice: by the protocol that its caption tells,
and by an honest one. The figures are right; what they are compared with is not.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.pixel import mse_per_frame, psnr

FEATURES = 16  # of a clip, where crowds are compared
REAL, FEW, SOME = 2048, 64, 256  # clips of a set
DRAWS = 100  # of which the best is kept
AXES = 4  # of a future
DOUBTFUL = 0.15  # share of clips that a second person labels otherwise
N = 400  # clips of every other table

Row = tuple[float | int, ...]
Rows = Float[Tensor, "_ axis"]
Classes = Int[Tensor, "_"]


class Table(NamedTuple):
    """A table with what its caption says of the protocol; one value for each column."""

    caption: str
    columns: tuple[str, ...]
    rows: Mapping[str, Row]


class Fault(NamedTuple):
    """One faulty table: its letter in the lab, its name, what shows it, and why.

    ``published`` and ``honest`` measure it, by its own protocol and by a fair one.
    """

    key: str
    name: str
    symptom: str
    explanation: str
    published: Callable[[torch.Generator], Table]
    honest: Callable[[torch.Generator], Table]


def crowds(rng: torch.Generator, *, clips: tuple[int, int, int]) -> Table:
    """Frechet distances of three models, from so many clips each."""
    real = _normal(rng, REAL, FEATURES)
    laws = {"ours": (0.2, 1.0), "rival": (0.0, 1.0), "older": (0.3, 1.0)}
    rows = {
        name: (n, frechet_distance(real, shift + width * _normal(rng, n, FEATURES)))
        for (name, (shift, width)), n in zip(laws.items(), clips, strict=True)
    }
    return Table(
        f"Distance to {REAL:,} real clips in {FEATURES} features. Lower is better.",
        ("clips", "Fréchet distance"),
        rows,
    )


def predictions(rng: torch.Generator, *, ranges: tuple[int, int, int]) -> Table:
    """Squared errors and decibels of three predictors, each scored with a range."""
    truth = torch.rand(N, 1, 1, 8, 8, generator=rng)
    errors = {"copy the last": 0.35, "rival": 0.14, "ours": 0.16}
    rows = {}
    for (name, size), data_range in zip(errors.items(), ranges, strict=True):
        noise = size * torch.randn(truth.shape, generator=rng)
        seen = (truth + noise).clamp(0, 1)
        ratios = psnr(seen, truth, data_range=data_range)
        rows[name] = (mse_per_frame(seen, truth).mean().item(), ratios.mean().item())
    return Table(
        f"Next frame of {N} test clips, pixels in [0, 1]. PSNR in dB, mean over clips.",
        ("MSE", "PSNR"),
        rows,
    )


def futures(rng: torch.Generator, *, draws: tuple[int, int, int]) -> Table:
    """Squared errors of the best of so many answers: all know the same of the truth."""
    truth = _normal(rng, N, AXES)
    spreads = {"always 0": 0.0, "predictor": 0.1, "ours": 1.0}
    rows = {}
    for (name, spread), n in zip(spreads.items(), draws, strict=True):
        answers = spread * _normal(rng, N, n, AXES)
        errors = (answers - truth[:, None]).square().sum(dim=2)
        rows[name] = (n, errors.amin(dim=1).mean().item())
    return Table(
        f"Squared error of the future of {N} test clips, best of the answers drawn.",
        ("answers", "squared error"),
        rows,
    )


def judged(rng: torch.Generator, *, leaked: int) -> Table:
    """How often a classifier agrees with the label, ``leaked`` test clips learnt.

    It answers with the label of the nearest clip that it has learnt.
    """
    learnt, labels = _labelled(rng, N)
    tests, truth = _labelled(rng, N)
    fakes, wanted = _labelled(rng, N)
    learnt = torch.cat((learnt, tests[:leaked]))
    labels = torch.cat((labels, truth[:leaked]))
    weak = fakes + 1.5 * _normal(rng, *fakes.shape)
    sets = {"real": (tests, truth), "ours": (fakes, wanted), "rival": (weak, wanted)}
    rows = {
        name: (100 * _agreement(learnt, labels, *clips),)
        for name, clips in sets.items()
    }
    return Table(
        f"Clips that a classifier labels as asked, per cent of {N}. Two people agree "
        f"on {100 * (1 - DOUBTFUL):.0f} % of real clips.",
        ("accuracy",),
        rows,
    )


FAULTS = (
    Fault(
        key="A",
        name="sets of unequal size",
        symptom="Read the column of clips beside the distance: what would each row "
        "have with as many clips as the others?",
        explanation="A distance of two sets is biased, by far more for 64 clips than "
        "for 2,048. The rival draws from the law of the data itself, and at equal "
        "size it wins.",
        published=partial(crowds, clips=(REAL, FEW, SOME)),
        honest=partial(crowds, clips=(REAL, REAL, REAL)),
    ),
    Fault(
        key="B",
        name="a range of 2 for pixels in [0, 1]",
        symptom="Make decibels of each MSE by hand, 10 log10(1 / MSE). Two rows fit.",
        explanation="One row was scored as if its pixels were in [-1, 1]: 6.02 dB for "
        "nothing. Its MSE is the larger one, so its PSNR cannot be the best.",
        published=partial(predictions, ranges=(1, 1, 2)),
        honest=partial(predictions, ranges=(1, 1, 1)),
    ),
    Fault(
        key="C",
        name="the best of many beside one answer",
        symptom="How many answers did each row have, and who chose among them?",
        explanation="The truth itself chose the best of 100 draws. A draw at random "
        "knows no more than the answer 0, and with one try each it loses by a factor "
        "of two.",
        published=partial(futures, draws=(1, 1, DRAWS)),
        honest=partial(futures, draws=(1, 1, 1)),
    ),
    Fault(
        key="D",
        name="the classifier has learnt the test clips",
        symptom="Compare the row of real clips with what two people agree on.",
        explanation="No classifier can agree with doubtful labels every time, unless "
        "it knows them by heart. On clips that it never saw it is far less sure, and "
        "the gap between real and ours was its memory.",
        published=partial(judged, leaked=N),
        honest=partial(judged, leaked=0),
    ),
)
"""The lab's four faults, in the order of their letters."""


def _labelled(rng: torch.Generator, n: int) -> tuple[Rows, Classes]:
    """Clips of four kinds as points, with the label that one person gives them."""
    kind = torch.randint(4, (n,), generator=rng)
    points = 3 * torch.eye(4, dtype=torch.float64)[kind] + 0.7 * _normal(rng, n, 4)
    other = torch.randint(1, 4, (n,), generator=rng)
    doubtful = torch.rand(n, generator=rng) < DOUBTFUL
    return points, (kind + other * doubtful) % 4


def _agreement(learnt: Rows, labels: Classes, clips: Rows, asked: Classes) -> float:
    nearest = torch.cdist(clips, learnt).argmin(dim=1)
    return (labels[nearest] == asked).double().mean().item()


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)
