"""Shipped VAEs: weights under renamed keys load unchanged."""

import re

import pytest
import torch

from course_lib.training import clip_vae, stochastic_predictor
from course_lib.training.checkpoints import CHECKPOINTS, read_tensors

SCALE_SUFFIX = ".step"  # of the keys of the rows' scales
OLD_KEYS = (  # attributes of modules when the shipped files were written
    (r"^frame_encoder\.", "look."),
    (r"^prior_network\.", "guess."),
    (r"^vae\.", "clips."),
    (r"(^|\.)encoder\.", r"\1encode."),
    (r"(^|\.)decoder\.(?=input_layer|film|upsample)", r"\1decode."),
    (r"\.input_layer\.", ".start."),
    (r"\.film\.(\d+)\.linear\.", r".modulate.\1.say."),
    (r"\.upsample\.", ".enlarge."),
    (r"raw_sigma$", "widths"),
    (r"^decoder\.", "painter."),
    (r"\.conv_lstm\.", ".memory."),
    (r"weight_ih$", "input"),
    (r"weight_hh$", "recurrent"),
)
LOADERS = {
    **{
        name: lambda name=name: clip_vae.load_pretrained(name)
        for name in clip_vae.CLIP_MODELS
    },
    "stochastic_predictor": stochastic_predictor.load_pretrained,
}


def old_key(key: str) -> str:
    for pattern, replacement in OLD_KEYS:
        key = re.sub(pattern, replacement, key)
    return key


@pytest.mark.parametrize("name", LOADERS)
def test_every_tensor_of_the_file_is_loaded_under_its_present_key(name):
    tensors, _ = read_tensors(CHECKPOINTS / f"{name}.safetensors")
    weights = LOADERS[name]().state_dict()
    stored = {key for key in tensors if not key.endswith(SCALE_SUFFIX)}
    assert {old_key(key) for key in weights} == stored
    for key, actual in weights.items():
        expected = tensors[old_key(key)].float()
        if old_key(key) + SCALE_SUFFIX in tensors:
            scales = tensors[old_key(key) + SCALE_SUFFIX].float().unsqueeze(1)
            expected = (expected.flatten(1) * scales).view_as(expected)
        assert torch.equal(actual, expected), key
