"""A seccomp filter that allows only the system calls that computing needs.

It uses libseccomp, which Debian and Ubuntu install with their package managers. A
process can open files for reading and start threads, but cannot start processes, open
connections or write files.
"""

import ctypes
import errno
import os
from functools import cache
from typing import Any

LIBRARY = "libseccomp.so.2"
CALLS = """
read readv pread64 write writev lseek close fstat newfstatat stat lstat statx
access faccessat faccessat2 readlink readlinkat getcwd getdents64 dup
mmap munmap mprotect mremap madvise brk membarrier
rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
futex futex_waitv set_robust_list get_robust_list rseq set_tid_address
sched_yield sched_getaffinity sched_getparam sched_getscheduler getcpu
sched_get_priority_max sched_get_priority_min
getpid gettid getppid getuid geteuid getgid getegid uname sysinfo getrusage getrlimit
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times
getrandom poll ppoll select pselect6 recvfrom sendto exit exit_group restart_syscall
"""
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_EQUAL, _MASKED = 4, 7
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_THREAD = 0x10000  # the flag of clone that makes a thread, not a process
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 1030)  # to duplicate descriptors, read and set flags


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


def works() -> bool:
    """Whether libseccomp is installed and can create the filter."""
    try:
        return bool(_filter())
    except OSError:
        return False


def refuse_all_else() -> None:
    """Install the filter in this process; this cannot be undone.

    Raises:
        OSError: if the kernel rejects it.
    """
    if _library().seccomp_load(_filter()) != 0:
        raise OSError("seccomp does not work here.")


@cache
def _filter() -> ctypes.c_void_p:
    chosen = ctypes.c_void_p(_library().seccomp_init(_REFUSE | errno.EPERM))
    for name in CALLS.split():
        _rule(chosen, name)
    _rule(chosen, "openat", _Comparison(2, _MASKED, _WRITING, 0))
    _rule(chosen, "open", _Comparison(1, _MASKED, _WRITING, 0))
    _rule(chosen, "prlimit64", _Comparison(2, _EQUAL, 0, 0))  # to read limits only
    _rule(chosen, "clone", _Comparison(0, _MASKED, _THREAD, _THREAD))
    for command in _FCNTL_COMMANDS:
        _rule(chosen, "fcntl", _Comparison(1, _EQUAL, command, 0))
    missing = _REFUSE | errno.ENOSYS  # the C library then falls back to clone
    _rule(chosen, "clone3", action=missing)
    return chosen


def _rule(
    chosen: ctypes.c_void_p, name: str, *conditions: _Comparison, action: int = _ALLOW
) -> None:
    number = _library().seccomp_syscall_resolve_name(name.encode())
    if number < 0:
        return  # this architecture has no such system call
    listed = (_Comparison * len(conditions))(*conditions)
    added = _library().seccomp_rule_add_array(
        chosen, ctypes.c_uint32(action), number, len(conditions), listed
    )
    if added != 0:
        raise OSError(f"seccomp knows no rule for {name}.")


@cache
def _library() -> Any:
    library = ctypes.CDLL(LIBRARY, use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    return library
