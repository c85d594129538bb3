"""Lesson 04: MoCoGAN."""
