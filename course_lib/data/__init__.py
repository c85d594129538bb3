"""Data sets that are generated or read on this machine."""
