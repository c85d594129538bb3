"""State an exercise so that a machine can tell right answers from wrong ones.

An answer is a function, a class derived from ``nn.Module``, or a tuple of these where
an exercise asks for several.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

_NOUNS = {"NoneType": "None", "ndarray": "a NumPy array"}
Answer = Callable[..., Any] | tuple[Callable[..., Any], ...]


@dataclass(frozen=True)
class Case:
    """One question to an answer: the arguments of one call, and what to look at.

    ``arguments`` are tensors, numbers, strings, generators or modules, or tuples of
    these, also named and nested ones. ``differentiate`` names those whose gradient is
    observed: a tensor, a module (all its parameters), a tuple (all that it holds).
    ``part`` says which function of the answer is called. ``weights`` is the seed of the
    numbers that weigh its result before that is differentiated.

    For a training step, ``updates`` names the modules and optimizers that the call is
    to change: their parameters, buffers and optimizer states after ``calls`` calls are
    part of the result. All other arguments must stay as they are.

    For a class, ``construct`` holds the constructor's arguments, ``state`` the state
    dict that the module gets before the call (``module_case`` draws one), and ``mode``
    says whether it is called in training or in evaluation mode. Gradients with respect
    to its parameters, and its buffers after the call, are part of the result.
    """

    label: str
    arguments: Mapping[str, Any]
    differentiate: tuple[str, ...] = ()
    part: int = 0
    weights: int = 0
    updates: tuple[str, ...] = ()
    calls: int = 1
    construct: Mapping[str, Any] | None = None
    state: Mapping[str, Tensor] = field(default_factory=dict)
    mode: Literal["train", "eval"] = "train"


def module_case(
    label: str,
    module: type[nn.Module],
    construct: Mapping[str, Any],
    arguments: Mapping[str, Any],
    rng: torch.Generator,
    *,
    dtype: torch.dtype = torch.float64,
    **options: Any,
) -> Case:
    """A case for a class: the reference's state dict, filled with random numbers.

    Floating-point entries are drawn from N(0, 1/4), running variances from [1/2, 3/2];
    integer buffers keep their values. ``options`` are further fields of ``Case``.
    """
    state = {}
    for name, value in module(**construct).state_dict().items():
        if value.is_floating_point():
            drawn = torch.randn(value.shape, generator=rng, dtype=dtype) / 2
            if name.endswith("running_var"):
                drawn = 0.5 + torch.rand(value.shape, generator=rng, dtype=dtype)
            state[name] = drawn
        else:
            state[name] = value.clone()
    return Case(label, arguments, construct=construct, state=state, **options)


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners give, under its own name, with the way out."""

    name: str
    answer: Answer
    advice: str


@dataclass(frozen=True)
class Exercise:
    """Everything that is known about one exercise; see the fields.

    Attributes:
        id: As in the lesson, "X1.4".
        reference: The library's own function or class, or a tuple of them.
        minutes: What a learner needs. ``difficulty`` runs from 1 to 3.
        cases: Draws random questions that expose the classic faults.
        mistakes: Named wrong answers, at least six. ``alternatives``: right ones that
            are written differently, at least two; both prove the check.
        hints: From a nudge to nearly the answer.
        seconds: How long all calls of one answer may take together.
        methods: Of a class, the methods that the learner writes; all, if none is named.
    """

    id: str
    title: str
    reference: Answer
    points: int
    minutes: int
    difficulty: int
    cases: Callable[[torch.Generator], Sequence[Case]]
    mistakes: tuple[Mistake, ...]
    alternatives: tuple[Answer, ...]
    hints: tuple[str, ...]
    seconds: float = 10.0
    methods: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the functions asked for, in the order of the answer."""
        return tuple(part.__name__ for part in parts(self.reference))

    def draw(self, seed: int) -> Sequence[Case]:
        """The cases of one seed: the same seed asks the same questions."""
        return self.cases(torch.Generator().manual_seed(seed))


def parts(answer: Any) -> tuple[Any, ...]:
    """An answer as a tuple of functions, also when it is a single one."""
    return answer if isinstance(answer, tuple) else (answer,)


def misfit(exercise: Exercise, answer: Any) -> str | None:
    """In words, why this cannot be an answer at all; None if it can be called."""
    given, needed = parts(answer), exercise.names
    listed = needed[0] if len(needed) == 1 else f"({', '.join(needed)})"
    hand_over = f'`check("{exercise.id}", {listed})`'
    strange = [part for part in given if not callable(part)]
    if strange:
        came = answer if len(given) != len(needed) else strange[0]
        return (
            f"Not a function: {with_article(type(came).__name__)} came. Hand over the "
            f"function itself, without brackets and arguments: {hand_over}."
        )
    if len(given) != len(needed):
        return (
            f"{exercise.id} asks for {len(needed)} function(s), "
            f"{', '.join(needed)}; {len(given)} came. Hand over: {hand_over}."
        )
    pairs = list(zip(given, parts(exercise.reference), strict=True))
    for part, model in pairs:
        if inspect.isclass(model) and not _is_module(part):
            came = "an object of it" if isinstance(part, nn.Module) else "a function"
            return (
                f"`{model.__name__}` is a class derived from `nn.Module`; {came} came. "
                f"Hand over the class itself: {hand_over}."
            )
    return next(filter(None, (_uncallable(*pair) for pair in pairs)), None)


def _is_module(part: Any) -> bool:
    return inspect.isclass(part) and issubclass(part, nn.Module)


def with_article(noun: str) -> str:
    """The name of a type as it stands in a sentence, with "a" or "an" before it."""
    if noun in _NOUNS:
        return _NOUNS[noun]
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _uncallable(function: Any, model: Callable[..., Any]) -> str | None:
    arguments = tuple(inspect.signature(model).parameters)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # builtins without a signature: the calls will tell
    try:
        signature.bind(**dict.fromkeys(arguments))
    except TypeError:
        return (
            f"The check calls `{model.__name__}({', '.join(arguments)})`, by these "
            f"names; yours takes `{_named(signature)}`. Give it these arguments."
        )
    return None


def _named(signature: inspect.Signature) -> str:
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(inspect.Signature(bare))
