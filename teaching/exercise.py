"""Exercises: a reference answer, random cases, and known mistakes with advice.

An answer is a function, a class derived from ``nn.Module``, or a tuple of these if the
exercise asks for several.
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
    """One test case: the arguments of a call, and what is compared after it.

    ``arguments`` are tensors, numbers, strings, generators or modules, or tuples of
    these, also named and nested ones. ``differentiate`` names those whose gradient is
    observed: a tensor, a module (all its parameters), a tuple (all that it holds).
    ``simplex`` names distributions over the last axis. Their probabilities sum to 1, so
    their gradients are compared up to a constant along that axis.
    ``part`` is the index of the function in the answer. ``weights`` is the seed of the
    random weights of the sum that is differentiated. If ``detached``, a result that
    requires a gradient where the reference's does not is wrong.

    For a training step, ``updates`` names the modules and optimizers that the call
    updates: their parameters, buffers and optimizer states after ``calls`` calls are
    part of the result. All other arguments must stay unchanged.

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
    detached: bool = False
    construct: Mapping[str, Any] | None = None
    state: Mapping[str, Tensor] = field(default_factory=dict)
    mode: Literal["train", "eval"] = "train"
    simplex: tuple[str, ...] = ()


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
            entry = torch.randn(value.shape, generator=rng, dtype=dtype) / 2
            if name.endswith("running_var"):
                entry = 0.5 + torch.rand(value.shape, generator=rng, dtype=dtype)
            state[name] = entry
        else:
            state[name] = value.clone()
    return Case(label, arguments, construct=construct, state=state, **options)


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer, with the name of the mistake and advice."""

    name: str
    answer: Answer
    advice: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        id: As in the lesson, "X1.4".
        reference: The library's function or class, or a tuple of them.
        minutes: The time that a learner needs. ``difficulty`` is 1, 2 or 3.
        cases: Draws random cases in which the common mistakes change the result.
        mistakes: Known wrong answers, at least six. ``alternatives``: correct answers
            that are written differently, at least two. Both test the check itself.
        hints: Three, from general to nearly the answer.
        seconds: Time limit of all calls of one answer together.
        methods: Of a class, the methods that the learner writes; empty for all.
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
        """The cases of one seed; the same seed gives the same cases."""
        with torch.random.fork_rng(devices=[]):  # modules draw their first weights
            return self.cases(torch.Generator().manual_seed(seed))


def parts(answer: Any) -> tuple[Any, ...]:
    """An answer as a tuple of functions; a single function becomes a tuple of one."""
    return answer if isinstance(answer, tuple) else (answer,)


def problem_with_answer(exercise: Exercise, answer: Any) -> str | None:
    """Why this object cannot be an answer to the exercise; None if it can be called."""
    functions, names = parts(answer), exercise.names
    listed = names[0] if len(names) == 1 else f"({', '.join(names)})"
    call = f'`check("{exercise.id}", {listed})`'
    not_callable = [part for part in functions if not callable(part)]
    if not_callable:
        got = answer if len(functions) != len(names) else not_callable[0]
        kind = with_article(type(got).__name__)
        return (
            f"A function is needed, but the answer is {kind}. "
            f"Pass the function itself, without parentheses and arguments: {call}."
        )
    if len(functions) != len(names):
        return (
            f"{exercise.id} asks for {len(names)} function(s), {', '.join(names)}, but "
            f"the answer has {len(functions)}. Write {call}."
        )
    pairs = list(zip(functions, parts(exercise.reference), strict=True))
    for part, reference in pairs:
        if inspect.isclass(reference) and not _is_module(part):
            got = "an object" if isinstance(part, nn.Module) else "a function"
            return (
                f"`{reference.__name__}` is a class derived from `nn.Module`, but the "
                f"answer is {got}. Pass the class itself: {call}."
            )
    return next(filter(None, (_wrong_signature(*pair) for pair in pairs)), None)


def _is_module(part: Any) -> bool:
    return inspect.isclass(part) and issubclass(part, nn.Module)


def with_article(noun: str) -> str:
    """The name of a type with its indefinite article."""
    if noun in _NOUNS:
        return _NOUNS[noun]
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _wrong_signature(function: Any, reference: Callable[..., Any]) -> str | None:
    arguments = tuple(inspect.signature(reference).parameters)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # a builtin without a signature: errors show when it is called
    try:
        signature.bind(**dict.fromkeys(arguments))
    except TypeError:
        return (
            f"The check calls `{reference.__name__}({', '.join(arguments)})`, by these "
            f"names; yours takes `{_without_annotations(signature)}`. Use these "
            "argument names."
        )
    return None


def _without_annotations(signature: inspect.Signature) -> str:
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    return str(inspect.Signature(bare))
