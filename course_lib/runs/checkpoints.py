"""Keep weights so that no reader ever meets half a file, or somebody else's.

Home: 1.8 First pictures.

Weights are safetensors, never a pickle: reading them runs no code. A file is written
beside its name, synced, and renamed, so that a kill leaves the old file or the new.
"""

import json
from pathlib import Path
from typing import NamedTuple, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from course_lib.whole_file import write_atomically

CHECKPOINTS = Path(__file__).parents[2] / "data" / "checkpoints"

Module = TypeVar("Module", bound=nn.Module)


class Card(NamedTuple):
    """Where weights come from: all that is needed to make them again, and to doubt."""

    command: str
    seed: int
    minutes: float
    machine: str
    result: str


def save_weights(
    name: str, module: nn.Module, card: Card, *, folder: Path = CHECKPOINTS
) -> Path:
    """Write a module's weights and their card; the path of the weights comes back."""
    weights = {k: v.detach().cpu().contiguous() for k, v in module.state_dict().items()}
    path = folder / f"{name}.safetensors"
    write_atomically(path, save(weights))
    text = json.dumps(card._asdict(), indent=2) + "\n"
    write_atomically(path.with_suffix(".json"), text.encode())
    return path


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
    try:
        weights = load(path.read_bytes())
    except SafetensorError as error:
        raise ValueError(
            f"{path} is no complete safetensors file ({error}). It was cut short or "
            "comes from elsewhere; fetch it again, or train it anew."
        ) from error
    misfit = _misfit(weights, module.state_dict())
    if misfit:
        raise ValueError(
            f"{path} does not fit {type(module).__name__}: {misfit}. Build the module "
            "with the sizes that the checkpoint was trained with."
        )
    module.load_state_dict(weights)
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


def _misfit(weights: dict[str, Tensor], needed: dict[str, Tensor]) -> str:
    for name in [*needed, *weights]:
        got, wanted = _describe(weights, name), _describe(needed, name)
        if got != wanted:
            return f"{name} is {got} in the file, {wanted} in the module"
    return ""


def _describe(tensors: dict[str, Tensor], name: str) -> str:
    if name not in tensors:
        return "absent"
    tensor = tensors[name]
    return f"{tuple(tensor.shape)} of {str(tensor.dtype).removeprefix('torch.')}"
