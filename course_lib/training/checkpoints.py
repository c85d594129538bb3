"""Keep weights so that no reader ever meets half a file, or somebody else's.

Weights are safetensors, never a pickle: reading them runs no code. A file is written
beside its name, synced, and renamed, so that a kill leaves the old file or the new.
Every row of a matrix or kernel is kept as whole steps of a width of its own, a byte a
weight; what has one axis, in 16 bits. Figures on a card are those of these weights.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from course_lib.atomic_write import write_atomically
from course_lib.paths import DATA

CHECKPOINTS = DATA / "checkpoints"
STEP = ".step"  # behind a tensor's name: the width of a step of each of its rows
MOST = 127  # steps to either side of 0

RENAMED_KEYS: tuple[tuple[str, str], ...] = (
    # MoCoGAN and TGAN
    (r"^memory\.", "motion_rnn."),
    (r"^painter\.", "image_generator."),
    (r"^image_generator\.body\.", "image_generator.layers."),
    (r"^image_generator\.manner\.", "image_generator.style."),
    (r"^image_generator\.place\.", "image_generator.position."),
    (r"^image_generator\.last\.", "image_generator.output."),
    (r"^image_generator\.waves", "image_generator.frequencies"),
    (r"^(image_generator\.layers\.\d+)\.mix\.", r"\1.linear."),
    (r"^(image_generator\.layers\.\d+)\.style\.", r"\1.modulation."),
    (r"^times\.", "temporal_generator."),
    # recurrent cells (PyTorch's names) and the LSTM predictor
    (r"(^|\.)input(\.step)?$", r"\1weight_ih\2"),
    (r"(^|\.)recurrent(\.step)?$", r"\1weight_hh\2"),
    (r"^memory\.", "lstm."),
    (r"^code\.", "hidden_to_code."),
    (r"^encode\.", "encoder."),
    (r"^decode\.", "decoder."),
    # VAEs
    (r"^clips\.", "vae."),
    (r"^vae\.encode\.", "vae.encoder."),
    (r"^vae\.decode\.", "vae.decoder."),
    (r"(^|\.)widths(\.step)?$", r"\1raw_sigma\2"),
    (r"(^|\.)decoder\.start\.", r"\1decoder.input_layer."),
    (r"(^|\.)decoder\.modulate\.(\d+)\.say\.", r"\1decoder.film.\2.linear."),
    (r"(^|\.)decoder\.enlarge\.", r"\1decoder.upsample."),
    (r"^look\.", "frame_encoder."),
    (r"^guess\.", "prior_network."),
    (r"^painter\.", "decoder."),
    (r"^(prior|posterior)\.memory\.", r"\1.conv_lstm."),
)
"""Patterns of old state-dict keys and their replacements, in the order of application.

Attributes of modules were renamed after the shipped checkpoints had been written. A key
that the module does not have is renamed by one or several of these rules until the
module has it, so the old weights keep loading.
"""

Module = TypeVar("Module", bound=nn.Module)


class Card(NamedTuple):
    """Where weights come from: all that is needed to make them again, and to doubt.

    ``curve`` holds, by name, the readings of the training; "step" counts its steps.
    """

    command: str
    seed: int
    minutes: float
    machine: str
    result: str
    curve: Mapping[str, Sequence[float]]


def save_weights(
    name: str, module: nn.Module, card: Card, *, folder: Path = CHECKPOINTS
) -> Path:
    """Write a module's weights and their card; the path of the weights comes back."""
    path = folder / f"{name}.safetensors"
    write_atomically(path, save(_packed(module.state_dict())))
    text = json.dumps(card._asdict()) + "\n"
    write_atomically(path.with_suffix(".json"), text.encode())
    return path


def rounded(module: Module) -> Module:
    """Round a module's weights in place to what a checkpoint keeps of them."""
    module.load_state_dict(_unpacked(_packed(module.state_dict())))
    return module


def load_weights(name: str, module: Module, *, folder: Path = CHECKPOINTS) -> Module:
    """Fill ``module`` with the weights kept under ``name``, and return it.

    Nothing is filled in before everything is found to fit.

    Raises:
        ValueError: if there is no such checkpoint, or the file is cut short, is no
            safetensors file, or holds tensors of another module.
    """
    path = folder / f"{name}.safetensors"
    known = sorted(p.stem for p in folder.glob("*.safetensors"))
    if name not in known:
        raise ValueError(
            f"There is no checkpoint named {name!r} in {folder}; "
            f"there {'is' if len(known) == 1 else 'are'}: {', '.join(known) or 'none'}."
        )
    found, _ = read_tensors(path)
    needed = _packed(module.state_dict())
    found = {_current_key(key, needed): tensor for key, tensor in found.items()}
    problem = misfit(found, needed)
    if problem:
        raise ValueError(
            f"{path} does not fit {type(module).__name__}: {problem}. Build the module "
            "with the sizes that the checkpoint was trained with."
        )
    module.load_state_dict(_unpacked(found))
    return module


def read_card(name: str, *, folder: Path = CHECKPOINTS) -> Card:
    """The card beside a checkpoint.

    Raises:
        ValueError: if there is none, or it does not read as one.
    """
    path = folder / f"{name}.json"
    try:
        return Card(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path} is no readable card: {error}.") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors of a safetensors file, and the notes beside them.

    Raises:
        ValueError: naming the file, if it cannot be read, is cut short or is no such
            file; a pickle is never opened.
    """
    try:
        with safe_open(path, "pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, (
                file.metadata() or {}
            )
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"{path} is no complete safetensors file ({error}). It was cut short or "
            "comes from elsewhere; fetch it again, or train it anew."
        ) from error


def misfit(found: Mapping[str, Tensor], needed: Mapping[str, Tensor]) -> str:
    """In words, the first tensor in which two sets differ by form; empty if none."""
    for name in [*needed, *found]:
        got, wanted = _describe(found, name), _describe(needed, name)
        if got != wanted:
            return f"{name} is {got} in the file, {wanted} here"
    return ""


def _current_key(key: str, needed: Mapping[str, Tensor]) -> str:
    """The present name of a key by RENAMED_KEYS; the key itself if no rule applies."""
    if key in needed:
        return key
    candidates = {key}
    for pattern, replacement in RENAMED_KEYS:
        candidates |= {re.sub(pattern, replacement, name) for name in candidates}
    return next((name for name in candidates if name in needed), key)


def _packed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    packed = {}
    for name, values in weights.items():
        packed[name] = values = values.cpu().contiguous()
        if values.dtype == torch.float32:
            packed[name] = values.to(torch.float16)
            if values.ndim > 1:
                packed[name], packed[name + STEP] = _in_steps(values)
    return packed


def _in_steps(values: Tensor) -> tuple[Tensor, Tensor]:
    """Whole steps, and their width a row: so few bits that 127 of them are exact."""
    rows = values.flatten(1)
    width = (rows.abs().amax(dim=1) / MOST).to(torch.bfloat16)
    least = torch.finfo(torch.bfloat16).tiny  # for a row of zeros
    steps = (rows / width.float().clamp_min(least).unsqueeze(1)).round()
    return steps.clamp(-MOST, MOST).to(torch.int8).view_as(values), width


def _unpacked(packed: Mapping[str, Tensor]) -> dict[str, Tensor]:
    weights = {k: v for k, v in packed.items() if not k.endswith(STEP)}
    for name, steps in weights.items():
        if name + STEP in packed:
            width = packed[name + STEP].float().unsqueeze(1)
            weights[name] = (steps.flatten(1) * width).view_as(steps)
    return weights


def _describe(tensors: Mapping[str, Tensor], name: str) -> str:
    if name not in tensors:
        return "absent"
    tensor = tensors[name]
    return f"{tuple(tensor.shape)} of {str(tensor.dtype).removeprefix('torch.')}"
