"""Shipped predictors: weights under renamed keys load unchanged."""

import re

import pytest
import torch

from course_lib.predictor.rollout import teacher_forcing
from course_lib.training.checkpoints import CHECKPOINTS, read_tensors
from course_lib.training.predictor import PREDICTORS, load_pretrained

SCALE_SUFFIX = ".step"  # of the keys of the rows' scales
OLD_KEYS = (  # attributes of modules when the shipped files were written
    (r"weight_ih$", "input"),
    (r"weight_hh$", "recurrent"),
    (r"^lstm\.", "memory."),
    (r"^hidden_to_code\.", "code."),
    (r"^encoder\.", "encode."),
    (r"^decoder\.", "decode."),
)
MEAN_SQUARES = {  # of predictions before the attributes were renamed
    "predictor_lstm": 0.6025476,
    "predictor": 0.1911588,
    "predictor_warp": 0.0835732,
}


def old_key(key: str) -> str:
    for pattern, replacement in OLD_KEYS:
        key = re.sub(pattern, replacement, key)
    return key


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_tensor_of_the_file_is_loaded_under_its_present_key(name):
    tensors, _ = read_tensors(CHECKPOINTS / f"{name}.safetensors")
    weights = load_pretrained(name).state_dict()
    stored = {key for key in tensors if not key.endswith(SCALE_SUFFIX)}
    assert {old_key(key) for key in weights} == stored
    for key, actual in weights.items():
        expected = tensors[old_key(key)].float()
        if old_key(key) + SCALE_SUFFIX in tensors:
            steps = tensors[old_key(key) + SCALE_SUFFIX].float().unsqueeze(1)
            expected = (expected.flatten(1) * steps).view_as(expected)
        assert torch.equal(actual, expected), key


@pytest.mark.parametrize("name", PREDICTORS)
def test_predictions_are_those_before_the_renaming(name):
    rng = torch.Generator().manual_seed(0)
    clips = 2 * torch.rand(1, 4, 1, 64, 64, generator=rng) - 1
    with torch.no_grad():
        mean_square = (
            teacher_forcing(load_pretrained(name), clips).square().mean().item()
        )
    assert mean_square == pytest.approx(MEAN_SQUARES[name], rel=1e-3)
