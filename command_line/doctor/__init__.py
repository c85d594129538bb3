"""Examine an installation, and name the command that mends each fault."""
