"""Ask for four gates, the memory behind them, what drives them: an LSTM by hand."""

from collections.abc import Sequence
from functools import partial

import torch
from torch.nn.functional import linear

from course_lib.predictor.lstm_cell import LSTMState, lstm_cell, apply_gates
from course_lib.predictor.recurrent_cell import CellWeights
from lessons.lstm_predictor.exercises.lstm_gates_answers import (
    driven,
    more_forget_bias,
    opened,
    remembered,
    shown_raw,
    stacked,
    with_blocks,
    with_drive,
    with_gates,
    written_out,
)
from teaching.exercise import Case, Exercise, Mistake


def _cell_cases(rng: torch.Generator) -> Sequence[Case]:
    draw = partial(torch.randn, generator=rng, dtype=torch.float64)

    def gates(label: str, *shape: int, dtype: torch.dtype = torch.float64) -> Case:
        batch, hidden, *place = shape
        drive = 2 * draw(batch, 4 * hidden, *place)
        arguments = {"drive": drive.to(dtype), "c": 2 * draw(shape).to(dtype)}
        return Case(label, arguments, tuple(arguments))

    def step(label: str, *sizes: int, dtype: torch.dtype = torch.float64) -> Case:
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
        gates("gates of a batch", 5, 3),
        gates("gates at every place of a picture", 2, 4, 3, 5),
        gates("float32 stays float32", 3, 2, dtype=torch.float32),
        step("batch, features and hidden units of unequal number", 5, 3, 4),
        step("as many features as hidden units", 3, 4, 4),
        step("a batch of one", 1, 2, 3),
        step("float32 stays float32", 3, 2, 4, dtype=torch.float32),
    ]


GATES = Exercise(
    id="X2.3",
    title="A memory behind gates",
    reference=(apply_gates, lstm_cell),
    points=3,
    minutes=20,
    difficulty=2,
    cases=_cell_cases,
    mistakes=(
        Mistake(
            "gates of relu",
            with_blocks(lambda i, f, g, o: (i.relu(), f.relu(), g.tanh(), o.relu())),
            "A gate is a share between 0, shut, and 1, open. `relu` lets it grow "
            "without end, and the memory with it; a sigmoid keeps it a share.",
        ),
        Mistake(
            "tanh and sigmoid exchanged",
            with_blocks(lambda i, f, g, o: (i.tanh(), f.tanh(), g.sigmoid(), o.tanh())),
            "Gates say how much passes, from 0 to 1; only the candidate, which is what "
            "may be written, has a sign. Which curve has which range?",
        ),
        Mistake(
            "sigmoid on the candidate too",
            with_blocks(
                lambda i, f, g, o: (i.sigmoid(), f.sigmoid(), g.sigmoid(), o.sigmoid())
            ),
            "Of the four blocks three are gates. The candidate is what they let pass: "
            "with a sigmoid it is never negative, and the memory can only grow.",
        ),
        Mistake(
            "write and forget exchanged",
            with_blocks(lambda i, f, g, o: opened(f, i, g, o)),
            "The first block decides what is written, the second what stays of the old "
            "memory: PyTorch's order, i, f, g, o.",
        ),
        Mistake(
            "candidate read from the last block",
            with_blocks(lambda i, f, g, o: opened(i, f, o, g)),
            "Papers often list the three gates first and the candidate last. PyTorch "
            "has it third, before the gate that shows.",
        ),
        Mistake(
            "old memory lost",
            with_blocks(lambda i, f, g, o: (i.sigmoid(), 0, g.tanh(), o.sigmoid())),
            "Only the candidate reaches the new memory. What the forget gate lets "
            "stand of the old one is added to it: that sum is the point of the LSTM.",
        ),
        Mistake(
            "nothing is ever forgotten",
            with_blocks(lambda i, f, g, o: (i.sigmoid(), 1, g.tanh(), o.sigmoid())),
            "This is the cell of 1997, before it had a forget gate: its memory grows "
            "and grows. Weigh the old memory by the second gate.",
        ),
        Mistake(
            "forget gate that drops",
            with_blocks(lambda i, f, g, o: opened(i, -f, g, o)),
            "In spite of its name a forget gate of 1 keeps everything, and 0 forgets. "
            "So a positive forget bias helps an LSTM to remember.",
        ),
        Mistake(
            "memory shown raw",
            with_gates(shown_raw),
            "The new memory can grow beyond 1. Before the last gate shows it, it passes"
            " through a tanh; the memory itself is handed on without.",
        ),
        Mistake(
            "h and c exchanged",
            with_gates(lambda drive, c: apply_gates(drive, c)[::-1]),
            "Both are right, in the wrong places: what is shown, h, comes first and "
            "the memory, c, second. Name the fields and no order can go wrong.",
        ),
        Mistake(
            "old h left out",
            with_drive(
                lambda x, state, weights: linear(x, weights.weight_ih, weights.bias)
            ),
            "The gates see only the new input here. What the cell showed a step ago "
            "drives them too, through the recurrent weights.",
        ),
        Mistake(
            "memory drives the gates",
            with_drive(lambda x, state, weights: driven(x, state.c, weights)),
            "The recurrent weights act on what the cell showed, h. The memory c is "
            "behind the gates: they weigh it, but do not look at it.",
        ),
        Mistake(
            "bias left out",
            with_drive(
                lambda x, state, weights: driven(x, state.h, weights) - weights.bias
            ),
            "Without its bias a gate that hears nothing stands half open, and the "
            "forget bias is lost. Add `weights.bias` to what drives them.",
        ),
        Mistake(
            "forget bias added once more",
            with_drive(more_forget_bias),
            "The bias of the weights has the forget bias in it already: it was put "
            "there once, at the start, and trains with the rest. Add nothing.",
        ),
    ),
    alternatives=(
        (written_out, stacked),
        (
            lambda drive, c: remembered(*opened(*drive.chunk(4, 1)), c),
            lambda x, state, weights: torch.lstm_cell(
                x, state, *weights, torch.zeros_like(weights.bias)
            ),
        ),
    ),
    hints=(
        "Draw the memory as a line from step to step. One gate weighs what stays on "
        "it, one what is added to it, one how much of it is shown.",
        "New memory: forget times old memory plus write times candidate. Shown: the "
        "show gate times the tanh of the new memory. Three sigmoids, two tanh in all.",
        "Cut the drive into four along axis 1 with `chunk`. In the cell, `x @` the "
        "transposed input weights gives a row for each member of the batch; h and the "
        "recurrent weights give another. Add the bias; hand the sum to your gates.",
    ),
)
