"""Variational autoencoders of images, of whole clips and of sequences of frames."""
