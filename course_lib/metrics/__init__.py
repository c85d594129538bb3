"""Lesson 05: judging what nobody has seen."""
