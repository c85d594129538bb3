"""D4.3, D4.7 and D4.8: the size and the jump of a receptive field, layer by layer."""

from collections.abc import Sequence

import torch
from sympy import Add, IndexedBase, Mul, Product, Sum, Symbol
from torch.nn.functional import conv1d

from course_lib.mathematics.derivation import Derivation, OpenLine, Step, WrongLine
from course_lib.mathematics.formula import AtomValues
from course_lib.mathematics.notation import unevaluated

LENGTH, N_CASES = 90, 16

R, R_before, J, J_before, k, s = map(
    Symbol, ("R_l", "R_{l-1}", "J_l", "J_{l-1}", "k_l", "s_l")
)
i, first, last, following = map(
    Symbol,
    (
        "i",
        r"\operatorname{first}_i",
        r"\operatorname{last}_i",
        r"\operatorname{first}_{i+1}",
    ),
)

with unevaluated():
    size_steps = (
        Step(
            R,
            "The size of the receptive field of layer $l$: the number of inputs from "
            "the first to the last on which an output depends.",
        ),
        Step(
            last - first + 1,
            "Counted with both ends, for output $i$ of the layer.",
        ),
        Step(
            Add(Mul(Add(Mul(i, s), k, -1), J_before), R_before, -1)
            - Mul(i, s, J_before)
            + 1,
            "Output $i$ reads the outputs $i s_l$ to $i s_l + k_l - 1$ of the layer "
            "below. Output $n$ of the layer below starts at input $n J_{l-1}$ and ends "
            "$R_{l-1} - 1$ inputs later.",
        ),
        Step(
            Add(R_before, Mul(k - 1, J_before)),
            "$i s_l J_{l-1}$ cancels: all outputs have receptive fields of one size. A "
            "kernel adds $k_l - 1$ jumps of the layer below.",
        ),
    )
    jump_steps = (
        Step(
            J,
            "The jump of layer $l$: the distance of the receptive fields of "
            "neighbouring outputs.",
        ),
        Step(
            following - first, "Measured at the first inputs of outputs $i$ and $i+1$."
        ),
        Step(
            Mul(Add(i, 1), s, J_before) - Mul(i, s, J_before),
            "Output $i$ starts at the output $i s_l$ of the layer below, which starts "
            "at input $i s_l J_{l-1}$.",
        ),
        Step(Mul(J_before, s), "Every stride multiplies the jump."),
    )


def layer_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random stacks of one to three layers, with receptive fields by gradient."""
    return [_layer_case(_stack(rng, 1 + n % 3), rng) for n in range(N_CASES)]


def _stack(rng: torch.Generator, depth: int) -> list[tuple[int, int]]:
    """Kernel and stride of each layer; without gaps between receptive fields."""
    layers = []
    for _ in range(depth):
        kernel = int(torch.randint(2, 6, (), generator=rng))
        layers.append(
            (kernel, int(torch.randint(1, min(kernel, 3) + 1, (), generator=rng)))
        )
    return layers


def _input_range(layers: Sequence[tuple[int, int]], output: int) -> tuple[int, int]:
    """First and last input on which an output depends."""
    inputs = torch.zeros(1, 1, LENGTH, requires_grad=True)
    outputs = inputs * 1
    for kernel, stride in layers:
        outputs = conv1d(outputs, torch.ones(1, 1, kernel), stride=stride)
    (gradient,) = torch.autograd.grad(outputs[0, 0, output], inputs)
    used = gradient[0, 0].nonzero()
    return int(used.min()), int(used.max())


def _size_and_jump(layers: Sequence[tuple[int, int]]) -> tuple[int, int]:
    (start, end), (second, _) = (_input_range(layers, output) for output in (0, 1))
    return end - start + 1, second - start


def _layer_case(layers: list[tuple[int, int]], rng: torch.Generator) -> AtomValues:
    output = int(torch.randint(1, 3, (), generator=rng))
    start, end = _input_range(layers, output)
    values = {
        **dict(zip((R, J), _size_and_jump(layers), strict=True)),
        **dict(zip((R_before, J_before), _size_and_jump(layers[:-1]), strict=True)),
        **dict(zip((k, s), layers[-1], strict=True)),
        **{i: output, first: start, last: end},
        following: _input_range(layers, output + 1)[0],
    }
    return {name: torch.tensor(value).double() for name, value in values.items()}


SIZE = Derivation(
    "D4.3",
    "A kernel adds k - 1 jumps to the receptive field.",
    size_steps,
    "Araujo, Norris and Sim 2019, equation 2",
    layer_cases,
    proves=("E4.3.1",),
)

JUMP = Derivation(
    "D4.7",
    "A stride multiplies the jump.",
    jump_steps,
    "Araujo, Norris and Sim 2019, section 2.2",
    layer_cases,
    proves=("E4.3.2",),
)

r, j, kernel_size, stride_size = map(Symbol, ("R", "J", "k", "s"))
SIZE_LINE = OpenLine(
    "D4.3b",
    "D4.3",
    r + (kernel_size - 1) * j,
    {r: (1.0, 20.0), j: (1.0, 8.0), kernel_size: (2.0, 5.0), stride_size: (1.0, 3.0)},
    (
        WrongLine(
            "the whole kernel is added",
            r + kernel_size * j,
            "One of the k outputs of the layer below is already counted by R. The "
            "kernel adds k - 1 more.",
        ),
        WrongLine(
            "the jump is missing",
            r + kernel_size - 1,
            "Neighbouring outputs of the layer below are J inputs apart, not one.",
        ),
        WrongLine(
            "the layer's own stride",
            r + (kernel_size - 1) * stride_size,
            "The stride of this layer moves its outputs apart. What lies between the "
            "outputs that the kernel reads is the jump of the layers below.",
        ),
        WrongLine(
            "the receptive fields are multiplied",
            r * kernel_size,
            "The receptive fields of neighbouring outputs overlap: only the first "
            "counts in full, and each further one adds a jump.",
        ),
    ),
)

# D4.8: all layers at once.

L, layer, lower = map(Symbol, ("L", "l", "j"))
R_all = Symbol("R_L")
jumps, kernels, strides = map(IndexedBase, ("J", "k", "s"))

with unevaluated():
    stack_steps = (
        Step(R_all, "The receptive field of a stack of $L$ layers."),
        Step(
            1 + Sum((kernels[layer] - 1) * jumps[layer - 1], (layer, 1, L)),
            "D4.3, applied to every layer. Without a layer the receptive field is the "
            "input itself, of size 1.",
        ),
        Step(
            1
            + Sum(
                (kernels[layer] - 1) * Product(strides[lower], (lower, 1, layer - 1)),
                (layer, 1, L),
            ),
            "D4.7, applied to every layer below $l$. Without a layer the jump is 1, "
            "the empty product. Strides in early layers make the receptive field grow "
            "fast.",
        ),
    )


def stack_cases(rng: torch.Generator) -> Sequence[AtomValues]:
    """Random stacks of one to three layers, with the receptive fields by gradient."""
    return [_stack_case(_stack(rng, 3 - n % 3)) for n in range(N_CASES)]


def _stack_case(layers: list[tuple[int, int]]) -> AtomValues:
    depth = len(layers)
    of_depth = [float(_size_and_jump(layers[:n])[1]) for n in range(depth)]
    padding = [(0, 0)]  # layers are numbered from 1
    kernel_sizes, stride_sizes = zip(*padding, *layers, strict=True)
    return {
        L: depth,
        R_all: torch.tensor(_size_and_jump(layers)[0]).double(),
        jumps: torch.tensor([*of_depth, torch.nan]).double(),  # no index -1
        kernels: torch.tensor(kernel_sizes).double(),
        strides: torch.tensor(stride_sizes).double(),
    }


STACK = Derivation(
    "D4.8",
    "The receptive field of a whole stack of layers.",
    stack_steps,
    "Araujo, Norris and Sim 2019, equation 2",
    stack_cases,
)
