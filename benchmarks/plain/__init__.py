"""Peers that no package offers: the plain reading of what was published."""
