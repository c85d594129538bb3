"""Presets of lesson 04: priced as the others are, in test_presets.py."""

from course_lib.training import video_gan_presets
from lessons.mocogan.experiments.moving_bars import BATCH


def test_the_bars_batch_stands_in_one_place():
    games = [
        p for n, p in vars(video_gan_presets).items() if n.startswith(("BARS", "ABL"))
    ]
    assert {game.batch for game in games} == {BATCH}
