"""The one loop: steps in order, reports on time, state in and out."""

import pytest

from course_lib.runs.unattended import train_unattended


def test_the_loop_is_the_step_applied_again_and_again():
    assert train_unattended(1, lambda s: 2 * s, 10, every=3, report=print) == 2**10


def test_reports_come_every_so_many_steps_and_after_the_last():
    seen = []
    train_unattended(
        0, lambda s: s + 1, 10, every=4, report=lambda *news: seen.append(news)
    )
    assert seen == [(4, 4), (8, 8), (10, 10)]


def test_no_step_gives_the_state_back_unreported():
    state = object()
    assert train_unattended(state, lambda s: 1 / 0, 0, every=1, report=print) is state


@pytest.mark.parametrize("every", [0, -3])
def test_reports_that_never_come_are_refused(every):
    with pytest.raises(ValueError, match="1 or more"):
        train_unattended(0, lambda s: s, 5, every=every, report=print)
