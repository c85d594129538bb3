"""Measure what the course calls fast: ours and a named peer in turn, in one run."""
