"""Generative adversarial networks: objectives, penalties, models, training."""
