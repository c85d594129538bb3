"""Scores of generated digits: recognized, varied, and not copied.

Each score alone is easy to satisfy. Class means are recognized best and have no spread;
copies of training digits have both and lie at distance 0; noise is far from everything.
Only a comparison of all three with unseen real digits means something.
"""

from collections.abc import Callable
from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.shapes import Images, Labels


class DigitScores(NamedTuple):
    """Scores of a set of digits.

    Attributes:
        accuracy: The fraction that the classifier recognizes as the requested class;
            nan if no class was requested.
        confidence: The mean of the largest class probability, in [0, 1].
        class_entropy: The entropy of the predicted classes divided by log 10: 1 if all
            ten are equally frequent, 0 if all images get one class.
        spread: The root mean square difference of two images of one class, mean over
            classes, in units of the pixel range [-1, 1].
        nearest: The root mean square difference to the nearest training image, mean
            over the images.
    """

    accuracy: float
    confidence: float
    class_entropy: float
    spread: float
    nearest: float


def digit_scores(
    images: Images,
    requested: Labels | None,
    train_images: Tensor,
    classify: Callable[[Tensor], Tensor],
) -> DigitScores:
    """Score images by a classifier and by their distances to training images.

    ``classify`` maps images to class probabilities, (batch, 10). ``requested`` holds
    the requested classes; without it, the spread is taken within predicted classes.

    Raises:
        ValueError: if the images differ in size from the training images.
    """
    if images.shape[1:] != train_images.shape[1:]:
        raise ValueError(
            "digit_scores compares images of one size, but got shapes "
            f"{tuple(images.shape)} and {tuple(train_images.shape)}."
        )
    largest, predicted = classify(images).max(dim=1)
    classes = predicted if requested is None else requested
    accuracy = float("nan")
    if requested is not None:
        accuracy = (predicted == requested).double().mean().item()
    frequencies = predicted.bincount(minlength=10) / len(predicted)
    root_pixels = images[0].numel() ** 0.5
    to_train = torch.cdist(images.flatten(1), train_images.flatten(1)) / root_pixels
    return DigitScores(
        accuracy=accuracy,
        confidence=largest.mean().item(),
        class_entropy=torch.special.entr(frequencies).sum().item() / log(10),
        spread=spread_within_classes(images, classes),
        nearest=to_train.min(dim=1).values.mean().item(),
    )


def spread_within_classes(images: Images, labels: Labels) -> float:
    """The root mean square difference of two images of one class, mean over classes.

    Classes with fewer than two images are left out; nan if there is no other.
    """
    spreads = []
    for label in labels.unique():
        flat = images[labels == label].flatten(1)
        if len(flat) > 1:
            variance = flat.var(dim=0, correction=1)  # E (x - y)^2 = 2 var
            spreads.append((2 * variance).mean().sqrt())
    return torch.stack(spreads).mean().item() if spreads else float("nan")
