"""Train with nobody watching: one loop for every model, which reports now and then.

Home: 1.8 First pictures.
"""

from collections.abc import Callable
from typing import TypeVar

State = TypeVar("State")


def train_unattended(
    state: State,
    step: Callable[[State], State],
    n_steps: int,
    *,
    every: int,
    report: Callable[[State, int], None],
) -> State:
    """Apply ``step`` to the state ``n_steps`` times; hand it to ``report`` on the way.

    ``report`` gets the state and the number of steps done, every so many steps and
    after the last: the place to measure, print or save.

    Raises:
        ValueError: if ``every`` is below 1.
    """
    if every < 1:
        raise ValueError(f"every is {every}; it counts steps, so give 1 or more.")
    for done in range(1, n_steps + 1):
        state = step(state)
        if done % every == 0 or done == n_steps:
            report(state, done)
    return state
