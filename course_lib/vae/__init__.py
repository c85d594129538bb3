"""Variational autoencoders: of images, of whole clips, of sequences."""
