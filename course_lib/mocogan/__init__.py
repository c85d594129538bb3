"""MoCoGAN, VGAN and TGAN: generators of clips and their discriminators."""
