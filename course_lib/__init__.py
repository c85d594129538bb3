"""Reference implementations, derivations and checks behind the five lessons."""
