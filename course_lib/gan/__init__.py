"""Lesson 01: the mathematics of a forger."""
