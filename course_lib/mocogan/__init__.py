"""Lesson 04: what stays and what moves."""
