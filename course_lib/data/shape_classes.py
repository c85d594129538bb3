"""The classes of shape motion: all pairs of a shape and a motion."""

from course_lib.data.shape_motion import MOTIONS, SHAPES
from course_lib.shapes import Labels

CLASSES = tuple(f"{shape}, {motion}" for motion in MOTIONS for shape in SHAPES)


def class_of(motion: Labels, shape: Labels) -> Labels:
    """The class index, into CLASSES, of a motion and a shape."""
    return motion * len(SHAPES) + shape
