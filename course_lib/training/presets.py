"""Presets: the length of each training.

Results and durations of what is shipped are on the cards beside the weights. Durations
here are wall-clock times on two idle cores of an AMD EPYC.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """Length of a training.

    Attributes:
        steps: Number of optimizer steps.
        batch: Batch size.
        every: Steps from one row of the training log to the next.
    """

    steps: int
    batch: int
    every: int


RING_SMOKE = Preset(steps=1100, batch=128, every=50)
"""Recommended loss: 8 modes, more than .3 good. 3 s."""

RING_LAPTOP = Preset(steps=6000, batch=128, every=50)
"""Recommended loss: 8 modes, more than .91 good. 16 s."""

LAB_SMOKE = Preset(steps=400, batch=128, every=20)
"""One fault of the lab: its losses and outputs can be read. 2 s."""

LAB_LAPTOP = Preset(steps=2400, batch=128, every=80)
"""One fault of the lab: its samples can be read too. 6 s."""

DIGITS_SMOKE = Preset(steps=20, batch=64, every=10)
"""The loop runs; nothing is learned. 1 s."""

DIGITS_LAPTOP = Preset(steps=1000, batch=64, every=250)
"""Result and duration: see the card of ``digits_gan``."""


@dataclass(frozen=True)
class LearningPreset(Preset):
    """A preset with a learning rate for Adam.

    Attributes:
        rate: The learning rate after the warm-up.
    """

    rate: float


DIGIT_CLASSIFIER_SMOKE = LearningPreset(steps=6, batch=64, every=2, rate=2e-3)
"""The loop runs; nothing is learned. 1 s."""

DIGIT_CLASSIFIER_LAPTOP = LearningPreset(steps=1200, batch=64, every=100, rate=2e-3)
"""Result and duration: see the card of ``digit_classifier``."""

PREDICTOR_SMOKE = LearningPreset(steps=6, batch=8, every=2, rate=1e-3)
"""The loop runs; nothing is learned. 3 s."""

PREDICTOR_LAPTOP = LearningPreset(steps=18_000, batch=8, every=100, rate=1e-3)
"""Result and duration: see the card of ``predictor``."""

PREDICTOR_GPU = LearningPreset(steps=60_000, batch=32, every=500, rate=1e-3)
"""Not trained to the end yet."""

LIVE_SMOKE = LearningPreset(steps=20, batch=8, every=10, rate=2e-3)
"""The curve begins; nothing is learned. 2 s."""

LIVE_LAPTOP = LearningPreset(steps=600, batch=8, every=20, rate=2e-3)
"""A small ConvLSTM in a lesson: see the band ``predictor_small``. 40 s."""

WARP_LAPTOP = LearningPreset(steps=2000, batch=8, every=100, rate=1e-3)
"""Result and duration: see the card of ``predictor_warp``."""

LSTM_LAPTOP = LearningPreset(steps=6000, batch=8, every=100, rate=1e-3)
"""Result and duration: see the card of ``predictor_lstm``."""

RECALL_SMOKE = Preset(steps=30, batch=64, every=30)
"""Twelve trainings that run; the convolution has learned short lags. 3 s."""

RECALL_LAPTOP = Preset(steps=600, batch=64, every=600)
"""RNN: chance from lag 32 on. LSTM: lag 32. Convolution: receptive field. 30 s."""

PREDICTOR_LAB_SMOKE = Preset(steps=120, batch=16, every=4)
"""Six small runs of lesson 02's lab; the symptoms can be read. 5 s."""

PREDICTOR_LAB_LAPTOP = Preset(steps=600, batch=16, every=20)
"""Six small runs of lesson 02's lab; every symptom is plain. 14 s."""

SWEEP_SMOKE = Preset(steps=150, batch=64, every=150)
"""Nine small VAEs of digits: the order of the standard deviations is visible. 4 s."""

SWEEP_LAPTOP = Preset(steps=1000, batch=64, every=1000)
"""Nine small VAEs of digits: 10 active units at sigma .1, none at 3.2. 24 s."""

VAE_LAB_SMOKE = Preset(steps=300, batch=64, every=10)
"""Six small VAEs of lesson 03's lab; the symptoms can be read. 4 s."""

VAE_LAB_LAPTOP = Preset(steps=1500, batch=64, every=50)
"""Six small VAEs of lesson 03's lab; every symptom is plain. 12 s."""

STOCHASTIC_PREDICTOR_SMOKE = LearningPreset(steps=6, batch=8, every=2, rate=1e-3)
"""The loop runs; nothing is learned. 3 s."""

STOCHASTIC_PREDICTOR_LAPTOP = LearningPreset(steps=9000, batch=8, every=100, rate=1e-3)
"""Result and duration: see the card of ``stochastic_predictor``."""

STOCHASTIC_PREDICTOR_GPU = LearningPreset(steps=60_000, batch=32, every=500, rate=1e-3)
"""Not trained to the end yet."""

PREDICTOR_RESTLESS_LAPTOP = LearningPreset(steps=10_000, batch=8, every=100, rate=1e-3)
"""Result and duration: see the card of ``predictor_restless``."""

CLASSIFIER_SMOKE = LearningPreset(steps=6, batch=32, every=2, rate=1e-3)
"""The loop runs; nothing is learned. 1 s."""

CLASSIFIER_LAPTOP = LearningPreset(steps=3000, batch=32, every=100, rate=2e-3)
"""Result and duration: see the card of ``clip_classifier``."""

CLIP_VAE_SMOKE = LearningPreset(steps=4, batch=16, every=2, rate=1e-3)
"""The loop runs; nothing is learned. 2 s."""

CLIP_VAE_LAPTOP = LearningPreset(steps=9000, batch=16, every=100, rate=2e-3)
"""Result and duration: see the card of ``clip_vae``."""

AUTOENCODER_LAPTOP = LearningPreset(steps=9000, batch=16, every=100, rate=2e-3)
"""Result and duration: see the card of ``autoencoder``."""

CONDITIONAL_LAPTOP = LearningPreset(steps=4000, batch=16, every=100, rate=2e-3)
"""Result and duration: see the card of ``conditional_vae``."""

CLIP_VAE_GPU = LearningPreset(steps=60_000, batch=64, every=500, rate=1e-3)
"""Not trained to the end yet."""

BARS_SMOKE = Preset(steps=300, batch=16, every=20)
"""Moving bars: the category loss has begun to fall. 5 s."""

BARS_LAPTOP = Preset(steps=1200, batch=16, every=20)
"""Moving bars: see the band ``moving_bars``. 16 s."""

ABLATION_SMOKE = Preset(steps=40, batch=16, every=40)
"""Twelve trainings on moving bars run; nothing is learned. 8 s."""

ABLATION_LAPTOP = Preset(steps=800, batch=16, every=800)
"""Twelve trainings on moving bars, about half converged. 160 s."""

TRIALS_LAPTOP = Preset(steps=1200, batch=16, every=1200)
"""Eighty trainings on moving bars, kept in ``data/trials.csv``. 7 min."""

BARS_LAB_SMOKE = Preset(steps=150, batch=16, every=5)
"""Five small trainings of lesson 04's lab; the symptoms are visible. 10 s."""

BARS_LAB_LAPTOP = Preset(steps=600, batch=16, every=20)
"""Five small trainings of lesson 04's lab; every symptom is clear. 40 s."""

MOCOGAN_SMOKE = LearningPreset(steps=2, batch=16, every=1, rate=1e-3)
"""The loop runs; nothing is learned. 20 s."""

MOCOGAN_LAPTOP = LearningPreset(steps=4000, batch=16, every=250, rate=1e-3)
"""Result and duration: see the card of ``mocogan``."""
