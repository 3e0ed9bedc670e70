"""What a worker gives up before it touches any data: the network, other programs, memory, time.

The limits of resources are those of POSIX. The filter of system calls is there on Linux on x86-64;
elsewhere the scan of the text alone keeps SERVICE and LOAD out, and :data:`NONE` says so.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import time
from contextlib import suppress

SECCOMP = "seccomp"
"""No network, no other program, no other process can be reached."""

NONE = "text scan only: this system has no filter of system calls that we know"
"""SERVICE and LOAD are refused by their text, and nothing else stands behind that."""

MAX_FILE = 4 << 30
"""Longest file that a worker may write, in bytes; the engine's own files are far shorter."""

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_SYS_SECCOMP, _SET_MODE_FILTER, _TSYNC = 317, 1, 1
_AUDIT_ARCH_X86_64, _X32 = 0xC000003E, 0x40000000
_LOWEST = 19
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_CLONE, _CLONE3, _CLONE_THREAD = 56, 435, 0x00010000

_DENIED = (
    *range(41, 56),  # socket, connect, accept, sendto … getsockopt
    57, 58, 59, 62,  # fork, vfork, execve, kill
    101, 135, 155, 161, 163,  # ptrace, personality, pivot_root, chroot, acct
    *range(165, 171),  # mount, umount2, swapon, swapoff, reboot, sethostname
    171, 172, 173, 175, 176,  # setdomainname, iopl, ioperm, init_module, delete_module
    200, 246, 248, 249, 250,  # tkill, kexec_load, add_key, request_key, keyctl
    272, 288, 298, 299, 303, 304, 307,  # unshare, accept4, perf_event_open, recvmmsg, *_handle_at, sendmmsg
    308, 310, 311, 313, 320, 321, 322, 323,  # setns, process_vm_*, finit_module, kexec, bpf, execveat, userfaultfd
    *range(424, 435),  # pidfd_send_signal, io_uring_*, the new mount calls, pidfd_open
    438, 442,  # pidfd_getfd, mount_setattr
)  # fmt: skip


def expected() -> str:
    """Which sandbox a worker gets on this system."""
    return SECCOMP if sys.platform == "linux" and platform.machine() == "x86_64" and sys.maxsize > 2**32 else NONE


def enter(owner: int) -> str:
    """Give up what a worker does not need, for good; threads that start later are bound by it too.

    :param owner: number of the process whose end ends this one.
    :returns: :data:`SECCOMP` or :data:`NONE`.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit(resource.RLIMIT_FSIZE, MAX_FILE)
    if sys.platform != "linux":
        return NONE
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != owner:  # it ended before the line above
        os._exit(1)
    if expected() == NONE or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return NONE
    return SECCOMP if _filter(libc) else NONE


def quieten() -> None:
    """Let the threads of the engine's storage, which tidy up in the background, wait for all others."""
    with suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            if int(thread) != os.getpid():
                os.setpriority(os.PRIO_PROCESS, int(thread), _LOWEST)


def held() -> tuple[int, int]:
    """How many bytes of address space and of memory this process has; 0 if the system does not tell."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as f:
            space, memory = f.read().split()[:2]
    except OSError:
        return 0, 0
    return int(space) * resource.getpagesize(), int(memory) * resource.getpagesize()


def bound(memory: int, seconds: float) -> None:
    """Let this process have so much address space in all, and so much more processor time.

    Beyond the first the engine aborts, beyond the second the system ends the process. The owner
    ends it earlier; this is for an owner that cannot.
    """
    until = int(time.process_time() + 4 * seconds) + 5
    for which, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, until)):
        _limit(which, most)


def _limit(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    with suppress(OSError, ValueError):  # a system that does not know this limit
        resource.setrlimit(which, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _filter(libc: ctypes.CDLL) -> bool:
    """Install the filter in every thread."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    code = _program()
    buffer = ctypes.create_string_buffer(code, len(code))
    program = Program(len(code) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    return int(libc.syscall(_SYS_SECCOMP, _SET_MODE_FILTER, _TSYNC, ctypes.byref(program))) == 0


def _program() -> bytes:
    """The filter: another architecture ends the process, a denied call fails with EPERM.

    A new thread is allowed, a new process is not; ``clone3``, whose flags no filter can see, is
    told to be unknown, so that the C library goes back to ``clone``.
    """
    load, equal, above, masked, give = 0x20, 0x15, 0x35, 0x45, 0x06

    def op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    lines = [
        op(load, 4),
        op(equal, _AUDIT_ARCH_X86_64, 1, 0),
        op(give, _KILL),
        op(load, 0),
        op(above, _X32, 0, 1),
        op(give, _KILL),
    ]
    for number in _DENIED:
        lines += [op(equal, number, 0, 1), op(give, _ERRNO | _EPERM)]
    lines += [op(equal, _CLONE3, 0, 1), op(give, _ERRNO | _ENOSYS)]
    lines += [op(equal, _CLONE, 0, 3), op(load, 16), op(masked, _CLONE_THREAD, 1, 0), op(give, _ERRNO | _EPERM)]
    return b"".join([*lines, op(give, _ALLOW)])
