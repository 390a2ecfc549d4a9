"""The time of a world of scripts/chaos: shared with its processes through a file that chaos_clock.c reads, and driven from here."""
import datetime
import mmap
import os
import struct
import threading
import time

SECOND = 1_000_000_000
# No more than this passes without the harness: when the machine stalls, the world stalls with it.
LONGEST = 5_000_000


def instant(text):
    """Seconds since 1970 of an RFC 3339 time."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def text(seconds):
    """RFC 3339 in UTC, whole seconds."""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Clock:
    """A clock that stands still until it is told to go; `now()` is in seconds since 1970."""

    def __init__(self, path, start):
        with open(path, "wb") as file:
            file.write(bytes(40))
        self.path = path
        self.file = open(path, "r+b")
        self.memory = mmap.mmap(self.file.fileno(), 40)
        self.lock = threading.Lock()
        self.sequence, self.real, self.world, self.speed = 0, time.monotonic_ns(), int(start * SECOND), 0
        self.write()

    def close(self):
        self.memory.close()
        self.file.close()
        os.remove(self.path)

    def write(self):
        self.sequence += 2
        struct.pack_into("=q", self.memory, 0, self.sequence - 1)
        struct.pack_into("=qqqq", self.memory, 8, self.real, self.world, int(self.speed * 1000), LONGEST)
        struct.pack_into("=q", self.memory, 0, self.sequence)

    def read(self, now):
        passed = min(max(now - self.real, 0), LONGEST)
        return self.world + passed // 1000 * int(self.speed * 1000)

    def now(self):
        with self.lock:
            return self.read(time.monotonic_ns()) / SECOND

    def go(self, speed):
        """Goes on at this speed; must be called again within LONGEST, or time stops."""
        with self.lock:
            now = time.monotonic_ns()
            self.world, self.real, self.speed = self.read(now), now, speed
            self.write()

    def move_to(self, seconds):
        """Moves forward to a time."""
        with self.lock:
            now = time.monotonic_ns()
            self.world, self.real = max(self.read(now), int(seconds * SECOND)), now
            self.write()


class Driver:
    """Drives a clock while processes run: slowly while anything happens, and faster and faster while all of them only wait.

    What happens is seen from the processor time that the processes use or wait for, and from the bytes that reach the servers (`touch`).
    Delays of a loaded machine therefore cost little time of the world, and hours of waiting take seconds.
    """

    SLOW, FAST, GROWTH = 8.0, 400.0, 1.25
    TICK = 0.0015
    # A process that only waits uses less than this part of a processor: its threads look at the clock.
    IDLE = 0.35
    # For so long after something happened nothing is hurried.
    CALM = 0.02

    def __init__(self, clock):
        self.clock = clock
        self.touched = 0.0
        self.used = {}
        self.is_closed = False
        self.thread = threading.Thread(target=self.drive, daemon=True)
        self.lock = threading.Lock()
        self.thread.start()

    def add(self, pid):
        with self.lock:
            self.used[pid] = (time.monotonic_ns(), 0)
        self.touch()

    def remove(self, pid):
        with self.lock:
            self.used.pop(pid, None)

    def touch(self):
        self.touched = time.monotonic()

    def close(self):
        self.is_closed = True
        self.thread.join()

    def is_busy(self):
        busy = False
        with self.lock:
            for pid, (at, used) in list(self.used.items()):
                try:
                    # The processor time of another process: CPUCLOCK_SCHED of its id.
                    total = time.clock_gettime_ns((~pid << 3) | 2) + self.delay(pid)
                except OSError:
                    continue
                now = time.monotonic_ns()
                if now - at < 4_000_000:
                    continue
                busy = busy or total - used > (now - at) * self.IDLE
                self.used[pid] = (now, total)
        return busy

    @staticmethod
    def delay(pid):
        """How long the threads of a process have waited for a processor, in nanoseconds: on a loaded machine that is not idleness."""
        total = 0
        for thread in os.listdir(f"/proc/{pid}/task"):
            try:
                with open(f"/proc/{pid}/task/{thread}/schedstat", "rb") as file:
                    total += int(file.read().split()[1])
            except (FileNotFoundError, ProcessLookupError):
                # The thread has ended; the total falls, which looks idle for one tick.
                pass
        return total

    def drive(self):
        speed = self.SLOW
        while not self.is_closed:
            if self.is_busy():
                self.touched = time.monotonic()
            if not self.used:
                self.clock.go(0)
            else:
                is_calm = time.monotonic() - self.touched > self.CALM
                speed = min(speed * self.GROWTH, self.FAST) if is_calm else self.SLOW
                self.clock.go(speed)
            time.sleep(self.TICK)
