"""Presets: each has a result and a duration; smoke and laptop differ in length."""

import ast
import re
from dataclasses import FrozenInstanceError
from itertools import pairwise
from pathlib import Path

import pytest

from course_lib.gan.ring_training import BATCH
from course_lib.paths import DATA
from course_lib.training import presets
from course_lib.training.presets import Preset
from lessons.mocogan.experiments.moving_bars import BATCH as BARS_BATCH

PRESETS = {n: p for n, p in vars(presets).items() if isinstance(p, Preset)}


def docstring_of(name):
    """The docstring below a constant."""
    body = ast.parse(Path(presets.__file__).read_text()).body
    for line, after in pairwise(body):
        if isinstance(line, ast.Assign) and line.targets[0].id == name:
            return after.value.value if isinstance(after, ast.Expr) else ""
    return ""


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_states_result_and_duration_or_where_they_are(name):
    text = docstring_of(name)
    if card := re.fullmatch(r"Result and duration: see the card of ``(\w+)``.", text):
        assert (DATA / "checkpoints" / f"{card[1]}.json").is_file()
    elif text != "Not trained to the end yet.":
        *result, duration = text.rstrip(".").split(". ")
        assert result and duration.split()[1] in ("s", "min")


@pytest.mark.parametrize("name", [n for n in PRESETS if n.endswith("SMOKE")])
def test_smoke_is_a_shorter_training_with_the_batch_size_of_laptop(name):
    short, whole = PRESETS[name], PRESETS[name.replace("SMOKE", "LAPTOP")]
    assert short.steps < whole.steps
    assert short.batch == whole.batch


@pytest.mark.parametrize("preset", PRESETS.values())
def test_the_rows_of_the_log_divide_the_steps(preset):
    assert preset.steps % preset.every == 0


def test_the_presets_of_the_ring_have_its_batch_size():
    assert presets.RING_LAPTOP.batch == presets.LAB_LAPTOP.batch == BATCH


def test_all_presets_of_moving_bars_have_the_data_s_batch_size():
    of_bars = [p for n, p in PRESETS.items() if n.startswith(("BARS", "ABLATION"))]
    assert {preset.batch for preset in of_bars} == {BARS_BATCH}


def test_a_preset_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        presets.RING_LAPTOP.steps = 1
