"""Say what a game of three networks costs, and what it brings, before it is started.

Prices are wall-clock on two cores of an AMD EPYC with nothing else running.
"""

from course_lib.training.presets import LearningPreset, Preset

BARS_SMOKE = Preset(steps=300, batch=16, every=20)
"""Moving bars: the generator has begun to obey. 5 s."""

BARS_LAPTOP = Preset(steps=1200, batch=16, every=20)
"""Moving bars: see the band ``moving_bars``. 16 s."""

ABLATION_SMOKE = Preset(steps=40, batch=16, every=40)
"""Twelve games of moving bars that run; nothing is learnt. 8 s."""

ABLATION_LAPTOP = Preset(steps=800, batch=16, every=800)
"""Twelve games of moving bars, about half learnt. 160 s."""

TRIALS_LAPTOP = Preset(steps=1200, batch=16, every=1200)
"""Eighty games of moving bars, kept in ``data/trials.csv``. 7 min."""

BARS_LAB_SMOKE = Preset(steps=150, batch=16, every=5)
"""Five small games of lesson 04's lab; the symptoms can be read. 10 s."""

BARS_LAB_LAPTOP = Preset(steps=600, batch=16, every=20)
"""Five small games of lesson 04's lab; every symptom is plain. 40 s."""

MOCOGAN_SMOKE = LearningPreset(steps=2, batch=16, every=1, rate=1e-3)
"""The loop runs; nothing is learnt. 20 s."""

MOCOGAN_LAPTOP = LearningPreset(steps=4000, batch=16, every=250, rate=1e-3)
"""See the card of ``mocogan``, trained on one core beside another game. 61 min."""
