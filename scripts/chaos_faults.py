"""What happens around a run rather than in it: each scenario is one world of scripts/chaos, and ends with the same comparison."""
import copy
import os
import shutil
import signal
import sqlite3
import subprocess
import time

from chaos_world import PHASES, World


class Scene(World):
    """A world whose runs a scenario steers itself."""

    def start(self, now=PHASES[0], **chaos):
        """Begins a run; `chaos` goes to the library."""
        environment = dict(os.environ, CHAOS_DIR=f"{self.folder}/var", LD_PRELOAD=self.options.library)
        environment.update({f"CHAOS_{name.upper()}": str(value) for name, value in chaos.items()})
        return subprocess.Popen(self.command(0, now), cwd=self.folder, env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, run, *statuses):
        """Waits for a run, and notes it where it ends as it should not."""
        _, errors = run.communicate(timeout=120)
        self.tally.count["runs"] += 1
        self.receivers.settle()
        if run.returncode not in statuses:
            self.tally.problem("wrong", self.where, f"status {run.returncode}, not {statuses}: {errors[-400:]}")
        return errors

    def expect(self, fact, text):
        if not fact:
            self.tally.problem("wrong", self.where, text)

    def arrived(self):
        return sum(self.receivers.whole.values())

    def wait_for_arrivals(self, number):
        """Returns when so many messages have arrived whole."""
        until = time.monotonic() + 60
        while self.arrived() < number and time.monotonic() < until:
            time.sleep(0.002)
        self.expect(self.arrived() >= number, f"only {self.arrived()} arrived")

    def note_doubts(self):
        """Takes what is in doubt now as known: a person would look at it."""
        for row in self.rows():
            if row.state in ("wire", "in_doubt") and row.name not in self.held:
                self.doubt(row, time.monotonic())

    def complete(self):
        """The runs after the trouble, and the comparison."""
        for now in PHASES:
            self.finish(self.start(now), 0, 79)
        self.compare()


def overlapping(scene, number):
    """So many runs at once on one ledger, three times over: one plans, all deliver."""
    for now in PHASES:
        for run in [scene.start(now) for _ in range(number)]:
            scene.finish(run, 0)
    scene.compare()


def two_runs(scene):
    overlapping(scene, 2)


def eight_runs(scene):
    overlapping(scene, 8)


def full_disk(scene):
    """Every write fails from one call on; whatever it is, the next run with room goes on."""
    count = measure(scene)
    for at in sorted({scene.random.randint(1, count) for _ in range(12)} | set(range(1, 40, 3))):
        scene.cycle, scene.last = at, "full disk"
        run = scene.start(mode="full", at=at)
        errors = scene.finish(run, 0, 70, 74, 79)
        scene.expect(run.returncode in (0, 79) or errors.strip(), "it failed without a word")
        scene.note_doubts()
    scene.complete()


def faulty_disk(scene):
    """One write fails, and all others do not."""
    count = measure(scene)
    for at in sorted({scene.random.randint(1, count) for _ in range(20)}):
        scene.cycle, scene.last = at, "one failed write"
        scene.finish(scene.start(mode="once", at=at), 0, 70, 74, 75, 79)
        scene.note_doubts()
    scene.complete()


def everywhere(scene, mode):
    """A fresh small world for every call of a first run: that call fails, or all from it on."""
    options = copy.copy(scene.options)
    options.people = 2
    fresh = Scene(options, scene.receivers, 0, (0, 0))
    count = measure(fresh)
    shutil.rmtree(fresh.folder)
    for at in range(1, count + 1):
        fresh = Scene(options, scene.receivers, at, (0, 0))
        fresh.last = f"{mode} from call {at}"
        try:
            fresh.finish(fresh.start(mode=mode, at=at), 0, 70, 73, 74, 75, 79)
            fresh.note_doubts()
            fresh.complete()
            scene.tally.add(fresh.tally)
        finally:
            shutil.rmtree(fresh.folder)


def full_disk_everywhere(scene):
    everywhere(scene, "full")


def faulty_disk_everywhere(scene):
    everywhere(scene, "once")


def measure(scene):
    """How many calls a first run makes: on another copy of the same world."""
    copy = scene.folder + "-measured"
    shutil.copytree(scene.folder, copy)
    original, scene.folder = scene.folder, copy
    try:
        scene.finish(scene.start(count=f"{copy}/count"), 0)
        with open(f"{copy}/count") as file:
            return int(file.read())
    finally:
        scene.folder = original
        shutil.rmtree(copy)
        scene.receivers.forget()


def read_only_ledger(scene):
    """Nothing leaves where nothing can be remembered."""
    scene.finish(scene.start(), 0)
    before = scene.arrived()
    errors = scene.finish(scene.start(PHASES[1], mode="locked"), 73, 74)
    scene.expect(errors.strip(), "it failed without a word")
    scene.expect(scene.arrived() == before, "something left, and the ledger could not be written")
    scene.complete()


def busy_ledger(scene):
    """Another process holds the write lock for seconds, in the middle of a run."""
    run = scene.start()
    scene.wait_for_arrivals(20)
    other = sqlite3.connect(f"{scene.folder}/var/usher.sqlite", timeout=30, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(3)
    other.execute("COMMIT")
    other.close()
    scene.finish(run, 0)
    scene.complete()


def moving_clock(scene):
    """The clock of a run goes back and forward by hours between runs: nothing is told again."""
    for now in (PHASES[0], "2026-12-01T03:00:00Z", "2026-12-01T21:00:00Z", "2026-11-30T09:00:00Z", PHASES[1], PHASES[0],
                "2026-12-09T09:30:00Z", PHASES[1], PHASES[2], PHASES[1]):
        scene.finish(scene.start(now), 0)
    scene.complete()


def sleeping_host(scene):
    """A run sleeps in the middle, its lease ends, another run recovers and delivers; then the first one wakes up."""
    run = scene.start()
    scene.wait_for_arrivals(10)
    os.kill(run.pid, signal.SIGSTOP)
    time.sleep(0.05)
    # The lease ends: moved into the past, as waiting for five minutes would do.
    other = sqlite3.connect(f"{scene.folder}/var/usher.sqlite", timeout=5, isolation_level=None)
    try:
        other.execute("UPDATE delivery SET lease_until = 1 WHERE lease_until IS NOT NULL")
        other.execute("UPDATE planning_lease SET until = 1")
        is_free = True
    except sqlite3.OperationalError:
        is_free = False
    other.close()
    if is_free:
        # What is on the wire of the sleeper is in doubt for the second run.
        scene.note_doubts()
        second = scene.start()
        _, errors = second.communicate(timeout=120)
        scene.expect(second.returncode in (0, 79), f"second run: status {second.returncode}: {errors[-300:]}")
    os.kill(run.pid, signal.SIGCONT)
    scene.finish(run, 0, 75, 79)
    # The sleeper knows better what became of its own: a doubt that it ended is none.
    scene.held = {row.name for row in scene.rows() if row.state == "in_doubt"} & scene.held
    scene.complete()


def copied_ledger(scene):
    """A copy elsewhere sends nothing until a person takes it over."""
    scene.finish(scene.start(), 0)
    os.rename(f"{scene.folder}/var", f"{scene.folder}/old")
    shutil.copytree(f"{scene.folder}/old", f"{scene.folder}/moved")
    with open(f"{scene.folder}/job.yaml") as file:
        text = file.read()
    with open(f"{scene.folder}/job.yaml", "w") as file:
        file.write(text.replace("var/usher.sqlite", "moved/usher.sqlite"))
    os.mkdir(f"{scene.folder}/var")
    before = scene.arrived()
    scene.finish(scene.start(PHASES[1]), 76)
    scene.expect(scene.arrived() == before, "a copy has sent")
    taken = subprocess.run([scene.options.usher, "ledger", "take-over", "--job", "job.yaml", "--yes"], cwd=scene.folder,
                           capture_output=True, text=True)
    scene.expect(taken.returncode == 0, f"take-over: {taken.stderr}")
    for now in PHASES:
        scene.finish(scene.start(now), 0)
    os.rmdir(f"{scene.folder}/var")
    os.rename(f"{scene.folder}/moved", f"{scene.folder}/var")
    scene.compare()


def stopped(scene, number, is_silent):
    """A signal in the middle: what is on the wire is finished, nothing new begins, and it ends within ten seconds."""
    run = scene.start()
    scene.wait_for_arrivals(15)
    scene.receivers.is_silent = is_silent
    if is_silent:
        # All connections come to wait for a reply that does not come.
        time.sleep(0.3)
    run.send_signal(number)
    begun = time.monotonic()
    before = scene.arrived()
    _, errors = run.communicate(timeout=60)
    seconds = time.monotonic() - begun
    scene.receivers.is_silent = False
    scene.receivers.settle()
    scene.expect(seconds < 10, f"it took {seconds:.1f} s to stop")
    scene.expect(scene.arrived() - before <= 16, f"{scene.arrived() - before} began after the signal")
    scene.expect(run.returncode == (79 if is_silent else 0), f"status {run.returncode}: {errors[-300:]}")
    states = [row.state for row in scene.rows()]
    scene.expect("claimed" not in states and "wire" not in states, f"left taken up: {sorted(set(states))}")
    scene.expect(("in_doubt" in states) == is_silent, f"in doubt: {states.count('in_doubt')}")
    scene.expect("pending" in states, "the signal came too late to show anything")
    scene.note_doubts()
    scene.complete()


def sigterm(scene):
    stopped(scene, signal.SIGTERM, is_silent=False)


def sigint(scene):
    stopped(scene, signal.SIGINT, is_silent=False)


def sigterm_while_no_one_answers(scene):
    stopped(scene, signal.SIGTERM, is_silent=True)


SCENES = {function.__name__.replace("_", "-"): function for function in (
    two_runs, eight_runs, full_disk, faulty_disk, full_disk_everywhere, faulty_disk_everywhere, read_only_ledger, busy_ledger,
    moving_clock, sleeping_host, copied_ledger, sigterm, sigint, sigterm_while_no_one_answers)}


def play(options, receivers, name):
    """One scenario: what it found."""
    scene = Scene(options, receivers, 0, (0, 0))
    scene.last = name
    try:
        SCENES[name](scene)
        scene.tally.count["worlds"] += 1
    finally:
        receivers.is_silent = False
        shutil.rmtree(scene.folder, ignore_errors=True)
    return scene.tally
