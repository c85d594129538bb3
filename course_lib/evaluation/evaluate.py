"""Answer `course evaluate`: a shipped model, a film, or a file of clips."""

from collections.abc import Iterator
from pathlib import Path

from course_lib.evaluation import prediction_table
from course_lib.evaluation.frechet_video_distance import read_i3d, video_distance
from course_lib.evaluation.league import real_clips
from course_lib.evaluation.league_table import (
    Cost,
    drawn_by,
    in_words,
    real_row,
    row_of,
    with_interval,
)
from course_lib.evaluation.own_clips import clips_of
from course_lib.mocogan.training import Clips
from course_lib.training.predictor import PREDICTORS, shipped
from course_lib.training.sampling import SAMPLERS


def evaluated(
    name: str, *, folder: Path, clips: int, i3d: Path | None
) -> Iterator[str]:
    """The lines to print: lesson 02's table for a predictor, the league's for clips.

    ``clips`` are drawn from a model, and real ones to go with any set; ``i3d`` is the
    TorchScript file for the distance that is called FVD.

    Raises:
        FileNotFoundError, ValueError: if the name is unknown, a file odd or absent, or
            a predictor is to be seen by I3D.
    """
    if name in PREDICTORS:
        yield from _predictor(name, folder, i3d)
        return
    net = read_i3d(i3d) if i3d else None
    drawn, cost = _clips(name, folder, clips)
    row = {Path(name).name: row_of(drawn, cost)}
    yield in_words({"real clips": real_row(clips), **row})
    if net is not None:
        real = real_clips().videos
        distance = video_distance(net, real, drawn.videos)
        yield (
            f"FVD {with_interval(distance)}: I3D of {i3d}, logits, 224 x 224 bilinear, "
            f"{drawn.videos.shape[1]} frames; {len(drawn.videos)} clips against "
            f"{len(real)} real ones."
        )


def _predictor(name: str, folder: Path, i3d: Path | None) -> Iterator[str]:
    if i3d:
        raise ValueError("Predictors are rated frame by frame; leave --i3d out.")
    model = shipped(name, folder=folder)
    for row, predict in {**prediction_table.trivial_rows(), name: model}.items():
        scores = prediction_table.score(predict)
        yield f"{row:22}{prediction_table.in_words(scores)}"


def _clips(name: str, folder: Path, n: int) -> tuple[Clips, Cost]:
    if name in SAMPLERS:
        return drawn_by(name, n=n, folder=folder)
    path = Path(name)
    if path.is_dir():
        raise ValueError(f"{path} is a folder. Name a film or a .pt in it.")
    if path.exists() or path.suffix or path.name != name:  # a path, not a word
        return Clips(clips_of(path)), Cost()
    raise ValueError(
        f"There is no predictor {name!r}, no maker of clips and no file of that name. "
        f"Predictors: {', '.join(PREDICTORS)}; makers of clips: {', '.join(SAMPLERS)}; "
        "or the path of a film or of a .pt."
    )
