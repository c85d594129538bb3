"""Judge, explain and show: the machinery that knows no lesson."""
