"""Complete MoCoGAN trainings on moving bars: clips of a few pixels, exactly "
"measured."""
