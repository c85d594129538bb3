"""What a notebook shows and checks: exercises, receipts, widgets, quizzes."""
