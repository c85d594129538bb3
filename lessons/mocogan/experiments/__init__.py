"""Complete MoCoGAN trainings on moving bars, whose quality is measured exactly."""
