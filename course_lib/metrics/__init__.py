"""Metrics of images and clips, one module a metric."""
