"""Train the models that the course ships: configuration, loop, checkpoints."""
