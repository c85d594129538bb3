"""Lesson 03: variational autoencoders of clips."""
