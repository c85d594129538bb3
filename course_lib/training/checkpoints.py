"""Checkpoints: quantized weights in a safetensors file, with a card beside it.

Weights are never pickled, so loading them runs no code. A file is written under another
name, synced and renamed, so that a killed process leaves the old file or the new one.
Tensors with two or more axes are quantized to 8-bit integers with a scale for each row;
tensors with one axis are stored in float16. The card states results of these weights.
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
SCALE_SUFFIX = ".step"  # of the key with the scale of each row of a quantized tensor
MAX_INT8 = 127

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
    """How the weights were made, and what they achieve.

    Attributes:
        command: The command that trains them again.
        seed: Of all random numbers.
        minutes: Training time.
        machine: Processor or GPU, and number of processes.
        result: Metrics of the trained model, in words.
        curve: Columns of the training log by name; "step" holds the numbers of steps.
        data: Description of training data that are not the course's own; else empty.
    """

    command: str
    seed: int
    minutes: float
    machine: str
    result: str
    curve: Mapping[str, Sequence[float]]
    data: str = ""


def save_weights(
    name: str, module: nn.Module, card: Card, *, folder: Path = CHECKPOINTS
) -> Path:
    """Write the weights of a module and their card; return the path of the weights."""
    path = folder / f"{name}.safetensors"
    write_atomically(path, save(_quantize(module.state_dict())))
    text = json.dumps(card._asdict()) + "\n"
    write_atomically(path.with_suffix(".json"), text.encode())
    return path


def quantize_weights(module: Module) -> Module:
    """Quantize the weights of a module, in place, as in a checkpoint; return it."""
    module.load_state_dict(_dequantize(_quantize(module.state_dict())))
    return module


def load_weights(name: str, module: Module, *, folder: Path = CHECKPOINTS) -> Module:
    """Load the checkpoint ``name`` into ``module``, in place, and return the module.

    All names, shapes and dtypes are checked before any weight is changed.

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
    stored, _ = read_tensors(path)
    expected = _quantize(module.state_dict())
    stored = {_current_key(key, expected): tensor for key, tensor in stored.items()}
    problem = describe_mismatch(stored, expected)
    if problem:
        raise ValueError(
            f"{path} does not fit {type(module).__name__}: {problem}. Build the module "
            "with the sizes that the checkpoint was trained with."
        )
    module.load_state_dict(_dequantize(stored))
    return module


def read_card(name: str, *, folder: Path = CHECKPOINTS) -> Card:
    """The card of the checkpoint ``name``.

    Raises:
        ValueError: if there is no card, or its file is not a valid card.
    """
    path = folder / f"{name}.json"
    try:
        return Card(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(f"{path} is no readable card: {error}.") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """All tensors of a safetensors file, and its metadata.

    Raises:
        ValueError: naming the file, if it cannot be read, is truncated or has another
            format. A pickle is never loaded.
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


def describe_mismatch(
    stored: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> str:
    """The first tensor whose shape or dtype differs, in words; empty if none does."""
    for name in [*expected, *stored]:
        in_file, here = _describe(stored, name), _describe(expected, name)
        if in_file != here:
            return f"{name} is {in_file} in the file, {here} here"
    return ""


def _current_key(key: str, expected: Mapping[str, Tensor]) -> str:
    """The present name of a key by RENAMED_KEYS; the key itself if no rule applies."""
    if key in expected:
        return key
    candidates = {key}
    for pattern, replacement in RENAMED_KEYS:
        candidates |= {re.sub(pattern, replacement, name) for name in candidates}
    return next((name for name in candidates if name in expected), key)


def _quantize(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    stored = {}
    for name, values in weights.items():
        stored[name] = values = values.cpu().contiguous()
        if values.dtype == torch.float32:
            stored[name] = values.to(torch.float16)
            if values.ndim > 1:
                stored[name], stored[name + SCALE_SUFFIX] = _quantize_rows(values)
    return stored


def _quantize_rows(values: Tensor) -> tuple[Tensor, Tensor]:
    """8-bit integers, and a bfloat16 scale a row; 127 times a scale is exact."""
    rows = values.flatten(1)
    scale = (rows.abs().amax(dim=1) / MAX_INT8).to(torch.bfloat16)
    smallest = torch.finfo(torch.bfloat16).tiny  # avoids 0 / 0 in a row of zeros
    integers = (rows / scale.float().clamp_min(smallest).unsqueeze(1)).round()
    integers = integers.clamp(-MAX_INT8, MAX_INT8).to(torch.int8)
    return integers.view_as(values), scale


def _dequantize(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    weights = {k: v for k, v in stored.items() if not k.endswith(SCALE_SUFFIX)}
    for name, integers in weights.items():
        if name + SCALE_SUFFIX in stored:
            scale = stored[name + SCALE_SUFFIX].float().unsqueeze(1)
            weights[name] = (integers.flatten(1) * scale).view_as(integers)
    return weights


def _describe(tensors: Mapping[str, Tensor], name: str) -> str:
    if name not in tensors:
        return "absent"
    tensor = tensors[name]
    return f"{tuple(tensor.shape)} of {str(tensor.dtype).removeprefix('torch.')}"
