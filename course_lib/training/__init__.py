"""Unattended runs: presets, curves over many seeds, checkpoints."""
