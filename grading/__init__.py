"""Grade submissions that are not trusted by what they do, never by what they say."""
