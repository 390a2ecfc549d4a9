#!/usr/bin/env python3
"""Runs a command and fails if any process that it started, directly or indirectly, is still running ten seconds after the command ended.

    scripts/survivors.py COMMAND…

Daemons are included, because this process adopts the orphans of its descendants (prctl(2), PR_SET_CHILD_SUBREAPER). Survivors are listed and killed.
"""
import ctypes, os, pathlib, signal, subprocess, sys, time

PR_SET_CHILD_SUBREAPER = 36
GRACE = 10  # Seconds: mail servers take some time to stop.


def reap():
    """Collects the exit statuses of orphans that have ended."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def children():
    """The running child processes, with their command lines."""
    running = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            # The second field of stat, the name in parentheses, may contain blanks (proc(5)).
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == os.getpid() and state != "Z":
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                running[int(folder.name)] = words.strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return running


if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
    sys.exit(f"survivors: prctl: {os.strerror(ctypes.get_errno())}")
status = subprocess.run(sys.argv[1:]).returncode
deadline = time.monotonic() + GRACE
while (survivors := children()) and time.monotonic() < deadline:
    time.sleep(0.1)
    reap()
for number, words in survivors.items():
    print(f"survivors: process {number} is still running: {words}", file=sys.stderr)
while left := children():
    # This process adopts the children of a killed one.
    for number in left:
        os.kill(number, signal.SIGKILL)
    time.sleep(0.05)
    reap()
if survivors:
    print("survivors: a test must stop every process that it starts, also when it fails", file=sys.stderr)
sys.exit(1 if survivors and status == 0 else 128 - status if status < 0 else status)
