"""Equations as data: what is displayed is the object that is checked."""
