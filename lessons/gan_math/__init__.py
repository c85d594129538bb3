"""Lesson 01: the mathematics of generative adversarial networks."""
