"""Show what lesson 01 claims: pure draw functions, each from numbers to one figure.

Home: 1.1 Two players to 1.8 First pictures.
"""
