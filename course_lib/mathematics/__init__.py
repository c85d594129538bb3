"""Equations and derivations as data: the displayed formula is the one that is checked.

Reading order: ``notation`` (mathematical notation that SymPy lacks), ``formula``
(numerical evaluation), ``equation`` (an equation checked in random cases),
``derivation`` (a derivation checked line by line).
"""
