"""Build the notebooks of every lesson, ``notebooks/`` and ``solutions/``."""
