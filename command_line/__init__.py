"""The command `course`: open the lessons, train, evaluate, grade, diagnose."""
