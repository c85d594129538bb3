"""The command `course evaluate`: metrics of a shipped model, a film, or a clip file."""

from collections.abc import Iterator
from pathlib import Path

from course_lib.evaluation import prediction_table
from course_lib.evaluation.frechet_video_distance import (
    frechet_video_distance,
    load_i3d,
)
from course_lib.evaluation.league import real_clips
from course_lib.evaluation.league_table import (
    REAL,
    Cost,
    evaluate_row,
    format_interval,
    format_table,
    real_row,
    sample_from_checkpoint,
)
from course_lib.evaluation.own_clips import read_clips
from course_lib.mocogan.training import Clips
from course_lib.training.predictor import PREDICTORS, load_pretrained
from course_lib.training.sampling import SAMPLERS


def evaluation_lines(
    name: str, *, folder: Path, clips: int, i3d: Path | None
) -> Iterator[str]:
    """The lines to print for a predictor (table of lesson 02) or for clips (league).

    ``name`` is that of a shipped model, or the path of a film or of a tensor file.
    ``clips`` is the number of clips sampled from a model, and of real clips beside
    them; ``i3d`` is the TorchScript file of the I3D network for FVD.

    Raises:
        FileNotFoundError, ValueError: if the name is unknown, a file is missing or
            invalid, or ``i3d`` is given for a predictor.
    """
    if name in PREDICTORS:
        yield from _predictor_lines(name, folder, i3d)
        return
    network = load_i3d(i3d) if i3d else None
    evaluated, cost = _load_clips(name, folder, clips)
    row = {Path(name).name: evaluate_row(evaluated, cost)}
    yield format_table({REAL: real_row(clips), **row})
    if network is not None:
        real = real_clips().videos
        distance = frechet_video_distance(network, real, evaluated.videos)
        yield (
            f"FVD {format_interval(distance)}: I3D of {i3d}, logits, 224 x 224 "
            f"bilinear, {evaluated.videos.shape[1]} frames; {len(evaluated.videos)} "
            f"clips against {len(real)} real ones."
        )


def _predictor_lines(name: str, folder: Path, i3d: Path | None) -> Iterator[str]:
    if i3d:
        raise ValueError(
            "FVD needs generated clips, but predictors are evaluated frame by frame; "
            "leave --i3d out."
        )
    model = load_pretrained(name, folder=folder)
    for row, predict in {**prediction_table.trivial_rows(), name: model}.items():
        scores = prediction_table.score(predict)
        yield f"{row:22}{prediction_table.format_scores(scores)}"


def _load_clips(name: str, folder: Path, n: int) -> tuple[Clips, Cost]:
    if name in SAMPLERS:
        return sample_from_checkpoint(name, n=n, folder=folder)
    path = Path(name)
    if path.is_dir():
        raise ValueError(f"{path} is a folder. Name a film or a .pt file in it.")
    if path.exists() or path.suffix or path.name != name:  # a path, not a bare name
        return Clips(read_clips(path)), Cost()
    raise ValueError(
        f"There is no predictor {name!r}, no model of clips and no file of that name. "
        f"Predictors: {', '.join(PREDICTORS)}; models of clips: {', '.join(SAMPLERS)}; "
        "or the path of a film or of a .pt file."
    )
