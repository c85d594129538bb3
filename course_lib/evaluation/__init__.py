"""Tables of trained models and of clips: the registry of metrics, the league."""
