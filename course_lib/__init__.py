"""Reference implementations and derivations behind the five lessons."""

from course_lib.allocator import keep_freed_memory

keep_freed_memory()
