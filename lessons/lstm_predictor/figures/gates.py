"""Gates and cell state of one LSTM unit that stores one input."""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from course_lib.plotting import (
    ACCENT,
    DATA,
    FAINT,
    INK,
    MODEL,
    Axes,
    Figure,
    Layout,
    Number,
    course_style,
    describe,
    figure,
    format_number,
    label_lines,
    title,
)
from course_lib.predictor.lstm_cell import apply_gates

INPUTS = torch.tensor(
    [0, 1, -1, -1, 1, -1, 0, -1, 1, -1, 1, -1, -1, 1, -1, 0], dtype=torch.float64
)
STORE_STEP, OUTPUT_STEP = 1, len(INPUTS) - 1
SATURATED = 6.0  # pre-activation of an output gate near 1; its negative, near 0


class Trace(NamedTuple):
    """Input, forget and output gate, (step, 3), and the cell state, (step,)."""

    gates: Tensor
    cell_state: Tensor


@course_style
def gates_over_time(forget_bias: Number = 1.0, input_gate_gain: Number = 2.0) -> Figure:
    """One LSTM unit, with weights set by hand, that has to store the sign of one input.

    The pre-activation of the input gate is ``input_gate_gain`` where a flag marks the
    input to store, and its negative elsewhere; with a gain of 0 the gate is always ½.
    The forget gate depends on its bias alone. The unit has no recurrent weights.

    Below: the cell state, and dashed the part of it that comes from the stored input,
    which decays as (forget gate)^t. The difference is the sum of the distractors that
    passed the input gate.
    """
    trace = _run(INPUTS, forget_bias, input_gate_gain)
    stored_input = torch.zeros_like(INPUTS)
    stored_input[STORE_STEP] = INPUTS[STORE_STEP]
    stored = _run(stored_input, forget_bias, input_gate_gain).cell_state
    layout = Layout(0.65, 1.15, 0.45, 0.35, 0.0, 0.38, height_ratios=(0.75, 1, 1.35))
    drawing, (inputs, gates, cell_state) = figure(7, 4.5, layout)
    _draw_inputs(inputs)
    _draw_gates(gates, trace.gates)
    cell_state.axhline(0, color=INK, linewidth=0.8, label="_")
    between = {"color": FAINT, "alpha": 0.25, "linewidth": 0}
    cell_state.fill_between(range(len(INPUTS)), trace.cell_state, stored, **between)
    cell_state.plot(trace.cell_state, color=MODEL, label="cell state")
    cell_state.plot(stored, "--", color=DATA, label="stored input")
    cell_state.set(ylim=(-1.7, 1.2), ylabel="cell state $c$", xlabel="step")
    for axes in (inputs, gates, cell_state):
        axes.set(xlim=(-0.5, OUTPUT_STEP + 0.5), xticks=range(len(INPUTS)))
        axes.tick_params(labelbottom=axes is cell_state)
    label_lines(cell_state)
    forget = float(trace.gates[0, 1])
    half_life = log(0.5) / log(forget)
    decay = f"keeps {100 * forget:.3g} % a step: half-life {half_life:.1f} steps"
    last, last_stored = (
        format_number(float(curve[-1])) for curve in (trace.cell_state, stored)
    )
    answer = "right" if trace.cell_state[-1] > 0 else "wrong"
    title(inputs, f"Sign of the flagged input, output at the end: {answer}", above=5)
    title(gates, f"The forget gate {decay}", above=5)
    title(
        cell_state,
        f"At the end c = {last}, of which {last_stored} is the stored input",
        above=5,
    )
    return describe(
        drawing,
        f"One LSTM unit with forget bias {forget_bias:g} and input gate gain "
        f"{input_gate_gain:g}. Its forget gate {decay}. At the end its cell state is "
        f"{last}, of which {last_stored} is the stored input; the answer is {answer}.",
    )


def _run(inputs: Tensor, forget_bias: Number, input_gate_gain: Number) -> Trace:
    step = torch.arange(len(inputs))
    input_gate = input_gate_gain * torch.where(step == STORE_STEP, 1.0, -1.0)
    output_gate = SATURATED * torch.where(step == OUTPUT_STEP, 1.0, -1.0)
    forget_gate = torch.full_like(inputs, forget_bias)
    blocks = (input_gate, forget_gate, 2 * inputs, output_gate)
    pre_activations = torch.stack(blocks, dim=1)
    c, cell_states = inputs.new_zeros(1, 1), []
    for row in pre_activations.split(1):
        _, c = apply_gates(row, c)
        cell_states.append(c.squeeze())
    return Trace(pre_activations[:, [0, 1, 3]].sigmoid(), torch.stack(cell_states))


def _draw_inputs(axes: Axes) -> None:
    axes.axhline(0, color=INK, linewidth=0.8)
    for step, value in enumerate(INPUTS.tolist()):
        flagged = step == STORE_STEP
        colour, marker = (DATA, "s") if flagged else (FAINT, "o")
        if value:
            axes.plot([step, step], [0, value], "-", color=colour, linewidth=1.2)
            axes.plot(step, value, marker, color=colour, markersize=7 if flagged else 5)
    axes.text(STORE_STEP + 0.3, 0.75, "store", color=DATA, va="center")
    axes.text(
        OUTPUT_STEP, 0.25, "?", color=INK, ha="center", weight="bold", fontsize=12
    )
    axes.set(
        ylim=(-1.4, 1.4), yticks=[-1, 0, 1], yticklabels=["\N{MINUS SIGN}", "", "+"]
    )
    axes.set_ylabel("input")


def _draw_gates(axes: Axes, gates: Tensor) -> None:
    styles = (("input", ACCENT, "-"), ("forget", MODEL, "--"), ("output", INK, ":"))
    for gate, (name, colour, style) in zip(gates.T, styles, strict=True):
        axes.step(range(len(gate)), gate, style, where="mid", color=colour, label=name)
    axes.set(ylim=(-0.08, 1.08), yticks=[0, 0.5, 1], ylabel="gates")
    label_lines(axes)
