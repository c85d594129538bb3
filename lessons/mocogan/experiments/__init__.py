"""Play the whole game in a world of a few pixels, where the truth can be read off."""
