"""Lesson 03: a code for motion."""
