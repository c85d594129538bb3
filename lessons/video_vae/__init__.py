"""Lesson 03: variational autoencoders for clips."""
