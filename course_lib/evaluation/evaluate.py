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
from course_lib.training.checkpoints import Card, load_weights, read_card
from course_lib.training.commands import Request, build_run, read_films
from course_lib.training.predictor import PREDICTORS, load_pretrained
from course_lib.training.sampling import SAMPLERS


def evaluation_lines(
    name: str,
    *,
    folder: Path,
    clips: int,
    i3d: Path | None,
    data: Path | None = None,
) -> Iterator[str]:
    """The lines to print for a predictor (table of lesson 02) or for clips (league).

    ``name`` is that of a shipped model, or the path of a film or of a tensor file.
    ``clips`` is the number of clips sampled from a model, and of real clips beside
    them; ``i3d`` is the TorchScript file of the I3D network for FVD. A model that was
    trained on films is measured on their test split, beside trivial baselines; ``data``
    is their folder, if it is no longer where the model's card says.

    Raises:
        FileNotFoundError, ValueError: if the name is unknown, a file is missing or
            invalid, ``i3d`` is given for a predictor, or the films are not those that
            the model was trained on.
    """
    if (folder / f"{name}.json").exists():
        card = read_card(name, folder=folder)
        if card.data:
            yield from _film_lines(name, folder, card, data, i3d)
            return
    if data is not None:
        raise ValueError(
            f"{name} was not trained on films; leave --data out. The weights of a "
            "training on films are in its --out folder: name it with --folder."
        )
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


def _film_lines(
    name: str, folder: Path, card: Card, data: Path | None, i3d: Path | None
) -> Iterator[str]:
    if i3d:
        raise ValueError(
            "FVD is measured against the course's own clips; leave --i3d out for a "
            "model that was trained on films."
        )
    request = Request.from_command(card.command)
    request = request._replace(data=data or request.data)
    films = read_films(request)
    run = build_run(request, films)
    if run.data != card.data:
        raise ValueError(
            f"{name} was trained on other films than those in {request.data}. Its are "
            f"{card.data}; here are {run.data}."
        )
    model = run.trained_model(run.state).cpu()
    yield f"{name}, trained on {card.data}"
    rows = run.evaluate(load_weights(name, model, folder=folder))
    width = max(map(len, rows))
    yield from (f"{row:{width}}  {text}" for row, text in rows.items())


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
