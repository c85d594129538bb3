"""A class is a pair of shape and motion, in the order of the conditional VAE."""

import torch

from course_lib.data.shape_classes import CLASSES, class_of
from course_lib.data.shape_motion import MOTIONS, SHAPES
from course_lib.vae.conditional import N_CLASSES


def test_a_class_is_a_shape_and_a_motion():
    for m, motion in enumerate(MOTIONS):
        for s, shape in enumerate(SHAPES):
            place = class_of(torch.tensor([m]), torch.tensor([s])).item()
            assert CLASSES[place] == f"{shape}, {motion}"
    assert len(CLASSES) == N_CLASSES
