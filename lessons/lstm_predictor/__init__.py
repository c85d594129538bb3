"""Lesson 02: predicting the next frame."""
