"""Name what is wrong with an installation, with the command that mends it."""
