"""Generative adversarial networks: models, losses, penalties, toy problems."""
