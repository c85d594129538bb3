"""Recurrent and convolutional predictors of the next frame."""
