"""Build both editions of every lesson from its text."""
