"""X2.3: the gates and the cell of an LSTM.

In the answers i, f, g, o are the blocks of input gate, forget gate, candidate and
output gate.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear

from course_lib.predictor.lstm_cell import LSTMState, apply_gates, lstm_cell
from course_lib.predictor.recurrent_cell import CellWeights
from teaching.exercise import Answer, Case, Exercise, Mistake


def _cell_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def gates(label: str, *shape: int, dtype: torch.dtype = torch.float64) -> Case:
        batch, hidden, *spatial = shape
        pre_activations = 2 * draw(batch, 4 * hidden, *spatial)
        arguments = {
            "pre_activations": pre_activations.to(dtype),
            "c": 2 * draw(shape).to(dtype),
        }
        return Case(label, arguments, tuple(arguments))

    def saturated(label: str, dtype: torch.dtype) -> Case:
        largest = 800.0 if dtype == torch.float64 else 100.0
        signs = torch.tensor([[1.0, -1, 0, 1, -1], [-1, 1, 1, 1, 0]], dtype=dtype)
        gate = largest * signs + draw(2, 5).to(dtype)
        candidate = 20 * signs.flip(0) + draw(2, 5).to(dtype)
        blocks = (gate, gate.roll(1, 1), candidate, gate.roll(2, 1))
        # the gradient at the ends is 0 for some right answers, nan for others
        pre_activations, c = torch.cat(blocks, 1), 30 * draw(2, 5).to(dtype)
        return Case(label, {"pre_activations": pre_activations, "c": c})

    def cell(label: str, *sizes: int, dtype: torch.dtype = torch.float64) -> Case:
        batch, features, hidden = sizes
        rows = 4 * hidden
        shapes = ((rows, features), (rows, hidden), (rows,))
        arguments = {
            "x": draw(batch, features).to(dtype),
            "state": LSTMState(*(draw(2, batch, hidden).to(dtype))),
            "weights": CellWeights(*(draw(shape).to(dtype) for shape in shapes)),
        }
        return Case(label, arguments, tuple(arguments), part=1)

    return [
        gates("gates of vectors", 5, 3),
        gates("gates of feature maps", 2, 4, 3, 5),
        gates("float32 stays float32", 3, 2, dtype=torch.float32),
        saturated("pre-activations of -800 and 800 stay finite", torch.float64),
        saturated("pre-activations of -100 and 100 in float32", torch.float32),
        cell("batch, features and hidden units of different number", 5, 3, 4),
        cell("as many features as hidden units", 3, 4, 4),
        cell("a batch of one", 1, 2, 3),
        cell("float32 stays float32", 3, 2, 4, dtype=torch.float32),
    ]


def _with_gates(gates: Callable[..., Any]) -> Answer:
    """These gates, and a right cell that uses them."""

    def cell(x, state, weights):
        return gates(_pre_activations(x, state.h, weights), state.c)

    return gates, cell


def _with_activations(activations: Callable[..., tuple[Any, ...]]) -> Answer:
    """An LSTM that applies ``activations`` to the four blocks."""

    def gates(pre_activations, c):
        return _new_state(*activations(*pre_activations.chunk(4, 1)), c)

    return _with_gates(gates)


def _with_pre_activations(pre_activations: Callable[..., Tensor]) -> Answer:
    """Right gates, and a cell with these pre-activations of x, state, weights."""
    return apply_gates, lambda x, state, weights: apply_gates(
        pre_activations(x, state, weights), state.c
    )


def _pre_activations(x: Tensor, h: Tensor, weights: CellWeights) -> Tensor:
    return linear(x, weights.weight_ih, weights.bias) + linear(h, weights.weight_hh)


def _activations(i: Tensor, f: Tensor, g: Tensor, o: Tensor) -> tuple[Tensor, ...]:
    """The right ones."""
    return i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()


def _new_state(i, f, g, o, c):
    """h and c from activated blocks and the old c."""
    c = f * c + i * g
    return o * c.tanh(), c


def _without_last_tanh(pre_activations: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    i, f, g, o = _activations(*pre_activations.chunk(4, 1))
    c = f * c + i * g
    return o * c, c


def _tanh_last(pre_activations: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    h, c = _without_last_tanh(pre_activations, c)
    return h.tanh(), c


def _old_cell_state(pre_activations: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    o = pre_activations.chunk(4, 1)[3]
    return o.sigmoid() * c.tanh(), apply_gates(pre_activations, c).c


def _interleaved(pre_activations: Tensor, c: Tensor) -> LSTMState:
    blocks = pre_activations.unflatten(1, (-1, 4)).movedim(2, 1)
    return apply_gates(blocks.flatten(1, 2), c)


def _clamped_cell(pre_activations: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    i, f, g, o = _activations(*pre_activations.chunk(4, 1))
    c = (f * c + i * g).clamp(-10, 10)
    return o * c.tanh(), c


def _second_forget_bias(x: Tensor, state: LSTMState, weights: CellWeights) -> Tensor:
    i, f, g, o = _pre_activations(x, state.h, weights).chunk(4, 1)
    return torch.cat((i, f + 1, g, o), 1)


def _by_exponentials(pre_activations: Tensor, c: Tensor) -> LSTMState:
    i, f, g, o = pre_activations.view(len(c), 4, *c.shape[1:]).unbind(1)
    candidate = 2 * torch.sigmoid(2 * g) - 1
    new = torch.addcmul(c / (1 + (-f).exp()), torch.sigmoid(i), candidate)
    return LSTMState(torch.tanh(new) / (1 + (-o).exp()), new)


def _one_product(
    x: Tensor, state: LSTMState, weights: CellWeights
) -> tuple[Tensor, Tensor]:
    """The right cell with one product, of [x, h] and concatenated weights."""
    weight = torch.cat((weights.weight_ih, weights.weight_hh), 1)
    both = torch.cat((x, state.h), 1)
    pre_activations = torch.einsum("gi,bi->bg", weight, both) + weights.bias
    return _new_state(*_activations(*pre_activations.chunk(4, 1)), state.c)


LSTM_CELL = Exercise(
    id="X2.3",
    title="The LSTM cell",
    reference=(apply_gates, lstm_cell),
    points=3,
    minutes=20,
    difficulty=2,
    cases=_cell_cases,
    mistakes=(
        Mistake(
            "gates of relu",
            _with_activations(
                lambda i, f, g, o: (i.relu(), f.relu(), g.tanh(), o.relu())
            ),
            "A gate is a factor between 0 and 1. `relu` has no upper bound, so the "
            "cell state can grow without limit; use a sigmoid.",
        ),
        Mistake(
            "tanh and sigmoid exchanged",
            _with_activations(
                lambda i, f, g, o: (i.tanh(), f.tanh(), g.sigmoid(), o.tanh())
            ),
            "The three gates are factors between 0 and 1, so they have sigmoids. Only "
            "the candidate, which is added to the cell state, has a sign and a tanh.",
        ),
        Mistake(
            "sigmoid on the candidate too",
            _with_activations(
                lambda i, f, g, o: (i.sigmoid(), f.sigmoid(), g.sigmoid(), o.sigmoid())
            ),
            "Three of the four blocks are gates; the candidate is not. With a sigmoid "
            "it is never negative, so nothing could ever lower the cell state.",
        ),
        Mistake(
            "input and forget gate exchanged",
            _with_activations(lambda i, f, g, o: _activations(f, i, g, o)),
            "The first block is the input gate, which scales the candidate; the second "
            "is the forget gate, which scales the old cell state. PyTorch's order is "
            "i, f, g, o.",
        ),
        Mistake(
            "candidate read from the last block",
            _with_activations(lambda i, f, g, o: _activations(i, f, o, g)),
            "Papers often list the three gates first and the candidate last. In "
            "PyTorch it is the third block, before the output gate.",
        ),
        Mistake(
            "old cell state lost",
            _with_activations(
                lambda i, f, g, o: (i.sigmoid(), 0, g.tanh(), o.sigmoid())
            ),
            "The new cell state contains the candidate alone. Add the old cell state, "
            "scaled by the forget gate: that sum is what distinguishes an LSTM.",
        ),
        Mistake(
            "no forget gate",
            _with_activations(
                lambda i, f, g, o: (i.sigmoid(), 1, g.tanh(), o.sigmoid())
            ),
            "This is the cell of 1997, which had no forget gate: it only adds to its "
            "cell state. Scale the old cell state by the second block's sigmoid.",
        ),
        Mistake(
            "forget gate inverted",
            _with_activations(lambda i, f, g, o: _activations(i, -f, g, o)),
            "In spite of its name a forget gate of 1 keeps the cell state, and 0 "
            "forgets it. That is why a positive forget bias helps to remember.",
        ),
        Mistake(
            "hidden state without tanh",
            _with_gates(_without_last_tanh),
            "The cell state can exceed 1. The hidden state is the output gate times "
            "the tanh of the new cell state; the cell state itself is returned "
            "without tanh.",
        ),
        Mistake(
            "tanh after the output gate",
            _with_gates(_tanh_last),
            "The tanh is applied to the product. The hidden state is the output gate "
            "times the tanh of the new cell state.",
        ),
        Mistake(
            "hidden state from the old cell state",
            _with_gates(_old_cell_state),
            "The hidden state shows the cell state before the step. Update the cell "
            "state first, then compute the hidden state from the new one.",
        ),
        Mistake(
            "gates interleaved",
            _with_gates(_interleaved),
            "Every fourth row is read as one gate. The gates are four *blocks* along "
            "axis 1: the first `hidden` rows are the input gate, the next the forget "
            "gate, and so on.",
        ),
        Mistake(
            "input gate tied to the forget gate",
            _with_activations(
                lambda i, f, g, o: (
                    1 - f.sigmoid(),
                    f.sigmoid(),
                    g.tanh(),
                    o.sigmoid(),
                )
            ),
            "The candidate is scaled by 1 - f, as in a coupled cell or a GRU. An LSTM "
            "has an input gate of its own, the first block.",
        ),
        Mistake(
            "exponential that overflows",
            _with_activations(
                lambda i, f, g, o: (
                    i.exp() / (1 + i.exp()),
                    f.exp() / (1 + f.exp()),
                    g.tanh(),
                    o.exp() / (1 + o.exp()),
                )
            ),
            "The formula is right, but exp(800) is infinite in floating point, and "
            "inf / inf is nan. `torch.sigmoid` is exact for every argument.",
        ),
        Mistake(
            "cell state clamped",
            _with_gates(_clamped_cell),
            "The new cell state is cut off at a limit. It has no bound: the forget "
            "gate alone decides what is lost.",
        ),
        Mistake(
            "hidden state alone",
            _with_gates(lambda pre_activations, c: apply_gates(pre_activations, c).h),
            "The next step needs the cell state too. Return both, "
            "`LSTMState(h=..., c=...)`.",
        ),
        Mistake(
            "h and c exchanged",
            _with_gates(
                lambda pre_activations, c: apply_gates(pre_activations, c)[::-1]
            ),
            "Both values are right, but exchanged: the hidden state h comes first, the "
            "cell state c second. `LSTMState(h=..., c=...)` avoids the confusion.",
        ),
        Mistake(
            "old h left out",
            _with_pre_activations(
                lambda x, state, weights: linear(x, weights.weight_ih, weights.bias)
            ),
            "The gates depend on the input alone. Add the product of the old hidden "
            "state h with the recurrent weights, `weights.weight_hh`.",
        ),
        Mistake(
            "gates computed from c",
            _with_pre_activations(
                lambda x, state, weights: _pre_activations(x, state.c, weights)
            ),
            "The recurrent weights multiply the hidden state h. The gates scale the "
            "cell state c, but they do not depend on it.",
        ),
        Mistake(
            "bias left out",
            _with_pre_activations(
                lambda x, state, weights: (
                    _pre_activations(x, state.h, weights) - weights.bias
                )
            ),
            "The bias is missing, and with it the forget bias: with inputs of 0 all "
            "gates would be ½. Add `weights.bias` to the pre-activations.",
        ),
        Mistake(
            "bias added twice",
            _with_pre_activations(
                lambda x, state, weights: (
                    _pre_activations(x, state.h, weights) + weights.bias
                )
            ),
            "`nn.LSTMCell` has two biases, `bias_ih` and `bias_hh`; this cell has one. "
            "Add it once.",
        ),
        Mistake(
            "one state for the whole batch",
            _with_pre_activations(
                lambda x, state, weights: _pre_activations(
                    x, state.h.mean(0, keepdim=True), weights
                )
            ),
            "The hidden state is averaged over the batch. Every sequence has a state "
            "of its own.",
        ),
        Mistake(
            "forget bias added twice",
            _with_pre_activations(_second_forget_bias),
            "`weights.bias` contains the forget bias already: it is added once, at "
            "initialization, and is trained with the rest. Do not add another.",
        ),
    ),
    alternatives=(
        (_by_exponentials, _one_product),
        (
            lambda pre_activations, c: _new_state(
                *_activations(*pre_activations.chunk(4, 1)), c
            ),
            lambda x, state, weights: torch.lstm_cell(
                x, state, *weights, torch.zeros_like(weights.bias)
            ),
        ),
    ),
    hints=(
        "Draw the cell state as a line from step to step. The forget gate scales what "
        "is on the line, the input gate scales what is added to it, and the output "
        "gate scales what leaves it as hidden state.",
        "c' = f * c + i * g and h' = o * tanh(c'). Three blocks have a sigmoid; the "
        "candidate g and the new cell state have a tanh.",
        "Split the pre-activations into four along axis 1 with `chunk`. In the cell, "
        "`x @` the transposed input weights has one row for each member of the batch, "
        "and so has h times the transposed recurrent weights. Add both and the bias, "
        "and call your `apply_gates`.",
    ),
)
