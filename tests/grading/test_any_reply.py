"""Corrupted replies of a worker: the grader continues, gives no points, says why.

The worker's program runs in this process, so that hundreds of replies can be corrupted
in a second; one part of each is replaced or deleted at random.
"""

import copy
import json
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from classroom import NAME, SECRET, graded_rows, notebook, only
from jaxtyping import config
from module_exercises import EXERCISES, LESSON

from grading import silent_lessons
from grading.cases import questions_of, slug
from grading.connection import ForkServer, Link
from grading.grader import Grader
from grading.limits import LIMITS
from grading.wire import Frame
from grading.worker import Worker

WRONG = {  # answers that are called to the end, and earn nothing
    "X1.4": f"def {NAME}(logits_fake):\n    return logits_fake.sum()",
    "X2.3": """
def apply_gates(pre_activations, c):
    return pre_activations[:, : c.shape[1]], c
def lstm_cell(x, state, weights):
    return state
""",
    "X3.3": "def reparameterize(mu, logvar, rng):\n    return [mu, {'a': (logvar, 1)}]",
    "X4.2": """
def generate_clips(image_generator, path):
    return image_generator(path.flatten(0, 1))
""",
    "X4.6": """
def generator_gradients(
    generator, image_discriminator, video_discriminator, latents, times
):
    return tuple(generator.parameters())
""",
}
MODULES = {  # also wrong, of the exercises that ask for modules and training steps
    "X9.1": """
import torch
from small_gan import Critic as Right
class Critic(Right):
    def forward(self, x):
        return 2 * super().forward(x)
""",
    "X9.3": """
from small_gan import discriminator_step as right
def discriminator_step(discriminator, generator, optimizer, x, rng):
    return 2 * right(discriminator, generator, optimizer, x, rng)
""",
}
TOLD = ("wrong", "raised", "died", "not attempted", "incomplete")
BY_ID = {exercise.id: exercise for exercise in EXERCISES}
SHARED = {"tensor": ["float64", [1 << 17], 0, True]}
JUNK = (
    *(None, True, -1, 2**70, 1e308, float("nan"), "", "\ud800", "\0", "x" * 5000),
    *(
        [],
        {},
        [[]],
        [None],
        [1, 2, 3],
        ["x"] * 5000,
        {"a": 1},
        {"raised": "ValueError"},
    ),
    *({"kind": "\ud800"}, {"kind": "list"}, {"kind": 3}, {"list": 3}, {"tuple": []}),
    *({"dict": [{"list": [{"list": []}, 1]}]}, {"dict": [{"list": ["a", 1]}]}),
    *(SHARED, {"list": [SHARED] * 9}, {"list": [0] * 30000}),
    {"tensor": ["float16", [2**31, 0], 0, True]},
    {"dict": [{"list": ["parameters", SHARED]}]},
    [["first.weight", "float64", [2**62, 4], True, True]],
    [["first.weight", "float64", [3, 2], True, True]] * 9,
    {"tensor": ["bool", [], 0, True]},
    {"raised": "NotImplementedError", "text": "\ud800"},
    {"status": "missing", "reason": "None of your business."},
    [["x", 9, True]],
    [["no name", 1, 1], ["x", 1, 0], ["x", 1, 0]],
)


class CorruptingServer(Link, ForkServer):
    """Replaces fork server and connection, and corrupts one reply of the worker."""

    cpu = 0.0

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.n_corrupted = 0

    @contextmanager
    def worker(self, cpu: float = 0.0) -> Iterator["CorruptingServer"]:
        self.behind, self.raised = Worker(), set()
        if not self.n_corrupted:
            self.at = self.chance.randrange(1, 7)
        before = {name: sys.modules[name] for name in ("__main__", silent_lessons.NAME)}
        finders = [*sys.meta_path]
        try:
            yield self
        finally:  # a worker's own process would end here
            sys.modules.update(before)
            sys.meta_path[:] = finders

    def within(self, seconds: float) -> None:
        pass

    def ask(self, request: dict[str, Any], blob: bytes = b"") -> Frame:
        text = json.dumps(request | {"number": "7"})
        reply, numbers = self.behind.answer(Frame(json.loads(text), blob))
        counts = request["do"] not in ("read", "survey", "open")
        self.at -= counts
        if counts and self.at == 0:
            self.n_corrupted += 1
            reply = self.another(reply)
            numbers = self.chance.choice([numbers, numbers[:-1], b"", b"7" * (1 << 20)])
        return Frame(json.loads(json.dumps(reply)), numbers)

    def another(self, reply: dict[str, Any]) -> dict[str, Any]:
        """The reply with one part replaced or deleted."""
        found = copy.deepcopy(reply)
        places = [(found, key) for key in found]
        for inside, key in places:
            node = inside[key]
            if isinstance(node, dict | list):
                keys = node if isinstance(node, dict) else range(len(node))
                places += [(node, k) for k in keys]
        inside, key = self.chance.choice(places)
        if self.chance.random() < 0.2:
            del inside[key]
        else:
            inside[key] = copy.deepcopy(self.chance.choice(JUNK))
        return found


@pytest.mark.parametrize("id", [*WRONG, *MODULES])
def test_corrupted_reply_earns_nothing_and_is_no_grader_error(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Types are enforced in tests, and nowhere else: not where classes are graded.
    monkeypatch.setattr(config, "jaxtyping_disable", True)
    (asked,) = only(id) if id in WRONG else questions_of(LESSON, [BY_ID[id]], SECRET)
    handed = notebook({slug(asked.exercise): (WRONG | MODULES)[id]})
    for seed in range(30):
        fork_server = CorruptingServer(seed)
        found = graded_rows(Grader(fork_server, [asked]), handed)[id]
        assert fork_server.n_corrupted == 1
        assert found.points == 0, (seed, found)
        assert found.status in TOLD, (seed, found)
        assert 3 <= len(found.advice.split())
        assert len(found.advice) <= LIMITS.text
