"""Watch three gates of one unit: what is let in, what is kept, what is shown."""

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

SIGNS = torch.tensor(
    [0, 1, -1, -1, 1, -1, 0, -1, 1, -1, 1, -1, -1, 1, -1, 0], dtype=torch.float64
)
STORED, ASKED = 1, len(SIGNS) - 1  # steps
SURE = 6.0  # of a gate that is all but open or shut


class Trace(NamedTuple):
    """The gates of a unit, (step, 3): write, forget, show; and its memory, (step,)."""

    gates: Tensor
    memory: Tensor


@course_style
def gates_over_time(forget_bias: Number = 1.0, listening: Number = 2.0) -> Figure:
    """One unit, weighted by hand, that is to store one sign and to answer at the end.

    Its write gate is driven by ``listening`` where a flag says "store" and by the
    negative of it elsewhere: at 0 it stands half open all the time. Its forget gate
    hears nothing but its bias. The unit does not read what it shows.

    Below: the memory, and dashed the part of it that the stored sign is. That part
    decays as forget^t; what lies between are distractors that the write gate let in.
    """
    trace = _run(SIGNS, forget_bias, listening)
    only = torch.zeros_like(SIGNS)
    only[STORED] = SIGNS[STORED]
    alone = _run(only, forget_bias, listening).memory
    layout = Layout(0.65, 1.15, 0.45, 0.35, 0.0, 0.38, height_ratios=(0.75, 1, 1.35))
    drawing, (inputs, gates, memory) = figure(7, 4.5, layout)
    _inputs(inputs)
    _gates(gates, trace.gates)
    memory.axhline(0, color=INK, linewidth=0.8, label="_")
    between = {"color": FAINT, "alpha": 0.25, "linewidth": 0}
    memory.fill_between(range(len(SIGNS)), trace.memory, alone, **between)
    memory.plot(trace.memory, color=MODEL, label="all of it")
    memory.plot(alone, "--", color=DATA, label="stored sign")
    memory.set(ylim=(-1.7, 1.2), ylabel="memory $c$", xlabel="step")
    for axes in (inputs, gates, memory):
        axes.set(xlim=(-0.5, ASKED + 0.5), xticks=range(len(SIGNS)))
        axes.tick_params(labelbottom=axes is memory)
    label_lines(memory)
    kept = float(trace.gates[0, 1])
    fading = f"keeps {100 * kept:.3g} % a step: half-life {log(0.5) / log(kept):.1f}"
    at_end, own = float(trace.memory[-1]), float(alone[-1])
    verdict = "right" if at_end > 0 else "wrong"
    title(inputs, f"Store the flagged +, answer at the end: {verdict}", above=5)
    title(gates, f"The forget gate {fading} steps", above=5)
    title(
        memory,
        f"At the end c = {format_number(at_end)}, of which the stored sign is {format_number(own)}",
        above=5,
    )
    return describe(
        drawing,
        f"One LSTM unit with forget bias {forget_bias:g}, its write gate listening by "
        f"{listening:g}. It {fading} steps. At the end its memory is "
        f"{format_number(at_end)}, of which the stored sign is {format_number(own)}; the answer is "
        f"{verdict}.",
    )


def _run(signs: Tensor, forget_bias: Number, listening: Number) -> Trace:
    step = torch.arange(len(signs))
    write = listening * torch.where(step == STORED, 1.0, -1.0)
    show = SURE * torch.where(step == ASKED, 1.0, -1.0)
    forget = torch.full_like(signs, forget_bias)
    drive = torch.stack((write, forget, 2 * signs, show), dim=1)
    c, memory = signs.new_zeros(1, 1), []
    for now in drive.split(1):
        _, c = apply_gates(now, c)
        memory.append(c.squeeze())
    return Trace(drive[:, [0, 1, 3]].sigmoid(), torch.stack(memory))


def _inputs(axes: Axes) -> None:
    axes.axhline(0, color=INK, linewidth=0.8)
    for step, sign in enumerate(SIGNS.tolist()):
        flagged = step == STORED
        colour, marker = (DATA, "s") if flagged else (FAINT, "o")
        if sign:
            axes.plot([step, step], [0, sign], "-", color=colour, linewidth=1.2)
            axes.plot(step, sign, marker, color=colour, markersize=7 if flagged else 5)
    axes.text(STORED + 0.3, 0.75, "store", color=DATA, va="center")
    axes.text(ASKED, 0.25, "?", color=INK, ha="center", weight="bold", fontsize=12)
    axes.set(
        ylim=(-1.4, 1.4), yticks=[-1, 0, 1], yticklabels=["\N{MINUS SIGN}", "", "+"]
    )
    axes.set_ylabel("input")


def _gates(axes: Axes, gates: Tensor) -> None:
    looks = (("write", ACCENT, "-"), ("forget", MODEL, "--"), ("show", INK, ":"))
    for gate, (name, colour, style) in zip(gates.T, looks, strict=True):
        axes.step(range(len(gate)), gate, style, where="mid", color=colour, label=name)
    axes.set(ylim=(-0.08, 1.08), yticks=[0, 0.5, 1], ylabel="gates")
    label_lines(axes)
