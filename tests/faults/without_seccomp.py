"""Runs a command in which no process can load a seccomp filter, as on a kernel without it: the filter that this program
loads answers seccomp(2) and prctl(PR_SET_SECCOMP) with EINVAL."""

import ctypes
import os
import platform
import struct
import sys

LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 22  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO with EINVAL
NUMBERS = {"x86_64": (317, 157), "aarch64": (277, 167)}  # seccomp, prctl
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("lines", ctypes.c_char_p)]


seccomp, prctl = NUMBERS[platform.machine()]
lines = [(LOAD, 0, 0, 0),               # the number of the call
         (EQUALS, 4, 0, seccomp),
         (EQUALS, 0, 2, prctl),
         (LOAD, 0, 0, 16),              # its first argument
         (EQUALS, 1, 0, PR_SET_SECCOMP),
         (RETURN, 0, 0, ALLOW),
         (RETURN, 0, 0, REFUSE)]
code = b"".join(struct.pack("HBBI", *line) for line in lines)
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(lines), code)), 0, 0) != 0:
    sys.exit("cannot load the filter: " + os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], sys.argv[1:])
