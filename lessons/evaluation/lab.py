"""The lab of lesson 05: four tables of a paper, each with one fault of its protocol.

Each table is measured on small simulated data, twice: by the protocol that its caption
states, with a fault, and by a fair one. Its values are correct, but they cannot be
compared as the table suggests.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from course_lib.metrics.frechet import frechet_distance
from course_lib.metrics.pixel import mse_per_frame, psnr

N_FEATURES = 16  # of the feature sets
N_REAL, N_FEW, N_SOME = 2048, 64, 256  # clips of a set
N_SAMPLES = 100  # of which the best one is used
N_AXES = 4  # of a future
LABEL_NOISE = 0.15  # fraction of clips on whose label two people disagree
N_CLIPS = 400  # of all other tables

Row = tuple[float | int, ...]
Rows = Float[Tensor, "_ axis"]
Classes = Int[Tensor, "_"]


class Table(NamedTuple):
    """A table with the caption that states its protocol; one value for each column."""

    caption: str
    columns: tuple[str, ...]
    rows: Mapping[str, Row]


class Fault(NamedTuple):
    """A faulty table: its letter in the lab, name, symptom and explanation.

    ``published`` measures it by its own protocol, ``honest`` by a fair one.
    """

    key: str
    name: str
    symptom: str
    explanation: str
    published: Callable[[torch.Generator], Table]
    honest: Callable[[torch.Generator], Table]


def distance_table(rng: torch.Generator, *, n_clips: tuple[int, int, int]) -> Table:
    """Frechet distances of three models, each from its number of clips."""
    real = _normal(rng, N_REAL, N_FEATURES)
    models = {"ours": (0.2, 1.0), "baseline": (0.0, 1.0), "older": (0.3, 1.0)}
    rows = {
        name: (n, frechet_distance(real, mean + std * _normal(rng, n, N_FEATURES)))
        for (name, (mean, std)), n in zip(models.items(), n_clips, strict=True)
    }
    return Table(
        f"Distance to {N_REAL:,} real clips in {N_FEATURES} features. Lower is better.",
        ("clips", "Fréchet distance"),
        rows,
    )


def prediction_errors(
    rng: torch.Generator, *, data_ranges: tuple[int, int, int]
) -> Table:
    """MSE and PSNR of three predictors, each with its data range."""
    target = torch.rand(N_CLIPS, 1, 1, 8, 8, generator=rng)
    noise_stds = {"copy the last": 0.35, "baseline": 0.14, "ours": 0.16}
    rows = {}
    for (name, std), data_range in zip(noise_stds.items(), data_ranges, strict=True):
        noise = std * torch.randn(target.shape, generator=rng)
        predicted = (target + noise).clamp(0, 1)
        mse = mse_per_frame(predicted, target).mean().item()
        rows[name] = (mse, psnr(predicted, target, data_range=data_range).mean().item())
    return Table(
        f"Next frame of {N_CLIPS} test clips, pixels in [0, 1]. PSNR in dB, mean over "
        "clips.",
        ("MSE", "PSNR"),
        rows,
    )


def best_of_samples(rng: torch.Generator, *, n_samples: tuple[int, int, int]) -> Table:
    """Squared errors of the best of several samples; no model predicts the future."""
    target = _normal(rng, N_CLIPS, N_AXES)
    stds = {"always 0": 0.0, "predictor": 0.1, "ours": 1.0}
    rows = {}
    for (name, std), n in zip(stds.items(), n_samples, strict=True):
        samples = std * _normal(rng, N_CLIPS, n, N_AXES)
        errors = (samples - target[:, None]).square().sum(dim=2)
        rows[name] = (n, errors.amin(dim=1).mean().item())
    return Table(
        f"Squared error of the future of {N_CLIPS} test clips, best of the samples.",
        ("samples", "squared error"),
        rows,
    )


def classifier_accuracy(rng: torch.Generator, *, n_leaked: int) -> Table:
    """Accuracy by a classifier with ``n_leaked`` test clips in its training set.

    The classifier predicts the label of the nearest training clip.
    """
    train, labels = _labelled_clips(rng, N_CLIPS)
    test, test_labels = _labelled_clips(rng, N_CLIPS)
    fake, fake_labels = _labelled_clips(rng, N_CLIPS)
    train = torch.cat((train, test[:n_leaked]))
    labels = torch.cat((labels, test_labels[:n_leaked]))
    noisy = fake + 1.5 * _normal(rng, *fake.shape)
    sets = {
        "real": (test, test_labels),
        "ours": (fake, fake_labels),
        "baseline": (noisy, fake_labels),
    }
    rows = {
        name: (100 * _accuracy(train, labels, *clips),) for name, clips in sets.items()
    }
    return Table(
        f"Accuracy by a classifier, per cent of {N_CLIPS} clips. Two people agree on "
        f"{100 * (1 - LABEL_NOISE):.0f} % of real clips.",
        ("accuracy",),
        rows,
    )


FAULTS = (
    Fault(
        key="A",
        name="sets of unequal size",
        symptom="Compare the column of clips with that of the distance. Which distance "
        "would each row have with the same number of clips?",
        explanation="The distance of two sets is biased, much more for 64 clips than "
        "for 2,048. The baseline samples from the distribution of the data itself, and "
        "with equal numbers of clips it has the smallest distance.",
        published=partial(distance_table, n_clips=(N_REAL, N_FEW, N_SOME)),
        honest=partial(distance_table, n_clips=(N_REAL, N_REAL, N_REAL)),
    ),
    Fault(
        key="B",
        name="data range of 2 for pixels in [0, 1]",
        symptom="Compute 10 log10(1 / MSE) for each row. It agrees with the PSNR of "
        "two rows.",
        explanation="The PSNR of one row was computed as if its pixels were in "
        "[-1, 1], which adds 6.02 dB. Its MSE is not the smallest, so its PSNR cannot "
        "be the largest.",
        published=partial(prediction_errors, data_ranges=(1, 1, 2)),
        honest=partial(prediction_errors, data_ranges=(1, 1, 1)),
    ),
    Fault(
        key="C",
        name="best of many samples against one prediction",
        symptom="How many samples does each row have, and how is the best one chosen?",
        explanation="The best of 100 samples was chosen by its distance to the target. "
        "A random sample contains no more information than the constant 0, and with "
        "one sample each its error is twice as large.",
        published=partial(best_of_samples, n_samples=(1, 1, N_SAMPLES)),
        honest=partial(best_of_samples, n_samples=(1, 1, 1)),
    ),
    Fault(
        key="D",
        name="the classifier was trained on the test clips",
        symptom="Compare the row of real clips with the agreement of two people.",
        explanation="No classifier can predict noisy labels every time, unless it has "
        "memorized them. On new clips it is far less accurate, and the difference "
        "between real clips and ours disappears.",
        published=partial(classifier_accuracy, n_leaked=N_CLIPS),
        honest=partial(classifier_accuracy, n_leaked=0),
    ),
)
"""The four faulty tables of the lab, in the order of their letters."""


def _labelled_clips(rng: torch.Generator, n: int) -> tuple[Rows, Classes]:
    """Clips of four classes as points, with noisy labels."""
    classes = torch.randint(4, (n,), generator=rng)
    points = 3 * torch.eye(4, dtype=torch.float64)[classes] + 0.7 * _normal(rng, n, 4)
    offset = torch.randint(1, 4, (n,), generator=rng)
    is_wrong = torch.rand(n, generator=rng) < LABEL_NOISE
    return points, (classes + offset * is_wrong) % 4


def _accuracy(train: Rows, labels: Classes, clips: Rows, targets: Classes) -> float:
    """The accuracy of a nearest-neighbour classifier."""
    nearest = torch.cdist(clips, train).argmin(dim=1)
    return (labels[nearest] == targets).double().mean().item()


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=rng, dtype=torch.float64)
