"""Clips and pictures made or read on this machine, never downloaded silently."""
