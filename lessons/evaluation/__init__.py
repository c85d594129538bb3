"""Lesson 05: evaluation."""
