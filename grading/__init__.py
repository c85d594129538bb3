"""Grade submissions that are not trusted, by what they compute."""
