"""Name what a clip of shape motion may be asked for: a shape and a motion."""

from course_lib.data.shape_motion import MOTIONS, SHAPES
from course_lib.shapes import Labels

CLASSES = tuple(f"{shape}, {motion}" for motion in MOTIONS for shape in SHAPES)


def class_of(motion: Labels, shape: Labels) -> Labels:
    """The place among CLASSES of a motion and a shape."""
    return motion * len(SHAPES) + shape
