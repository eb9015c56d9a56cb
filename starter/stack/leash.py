"""Becomes the given program, tied to its parent: `python leash.py PARENT_PID PROGRAM ARGUMENTS...`.

Linux kills the program when the thread that started it ends, so that even a stack killed with SIGKILL leaves nothing
behind. Elsewhere the program runs untied. Run by path: it imports nothing of ours and costs a few milliseconds.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From <sys/prctl.h>; it outlives exec."""


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died before the call above; then nobody would ever end us.
        if os.getppid() != parent:
            sys.exit(1)
    os.execvp(program[0], program)  # noqa: S606 - the program comes from our own stack


if __name__ == "__main__":
    main()
