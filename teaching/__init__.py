"""What a notebook shows and checks, independent of any lesson.

- Exercises: ``exercise`` (cases, mistakes), ``argument_copies``, ``observation`` (one
  call of an answer), ``difference`` (advice), ``assessment`` (the verdict),
  ``time_limit`` and ``torch_settings`` (isolation), ``source_code`` (stubs).
- Equations and derivations: ``receipt``, ``derivation``.
- Empirical claims: ``claims``. The lab: ``diagnosis``. Quizzes: ``quiz``.
- Widgets: ``explore``, ``static_frames``, ``static_player``.
- ``card``: the box in which results are displayed.
"""
