"""Metrics of images and video clips, each in a module of its own."""
