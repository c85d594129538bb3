"""Evaluation of models and clips: the registry of metrics, and tables that use it."""
