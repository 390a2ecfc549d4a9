"""Scenarios of scripts/chaos with faults around a run, such as a full disk. Each is one world, and ends with the same comparison."""
import copy
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

from chaos_clock import Clock, Driver, instant
from chaos_world import PHASES, World


class Scenario(World):
    """A world whose runs are controlled by a scenario."""

    def start(self, now=PHASES[0], **chaos):
        """Starts a run; `chaos` are settings for the preloaded library."""
        environment = dict(os.environ, CHAOS_DIR=f"{self.folder}/var", LD_PRELOAD=self.options.library)
        environment.update({f"CHAOS_{name.upper()}": str(value) for name, value in chaos.items()})
        return subprocess.Popen(self.command(0, now), cwd=self.folder, env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, run, *statuses):
        """Waits for a run, and records a problem if its exit status is not one of those expected."""
        _, errors = run.communicate(timeout=120)
        self.tally.count["runs"] += 1
        self.receivers.drain()
        if run.returncode not in statuses:
            self.tally.problem("wrong", self.where, f"status {run.returncode}, not {statuses}: {errors[-400:]}")
        return errors

    def expect(self, fact, text):
        if not fact:
            self.tally.problem("wrong", self.where, text)

    def arrived(self):
        return sum(self.receivers.whole.values())

    def wait_for_arrivals(self, number):
        """Waits until this many messages have arrived completely."""
        until = time.monotonic() + 60
        while self.arrived() < number and time.monotonic() < until:
            time.sleep(0.002)
        self.expect(self.arrived() >= number, f"only {self.arrived()} arrived")

    def note_doubts(self):
        """Records the deliveries that are now in doubt, so that the comparison expects them."""
        for row in self.rows():
            if row.state in ("wire", "in_doubt") and row.name not in self.held:
                self.doubt(row, time.monotonic())

    def complete(self):
        """Runs the job at all its times without faults, and compares."""
        for now in PHASES:
            self.finish(self.start(now), 0, 79)
        self.compare()


def overlapping(scenario, number):
    """Several runs at once on one ledger, at each time: one plans, all deliver."""
    for now in PHASES:
        for run in [scenario.start(now) for _ in range(number)]:
            # One that ends just as another has enrolled its plan sees that something waits (75).
            scenario.finish(run, 0, 75)
    scenario.compare()


def two_runs(scenario):
    overlapping(scenario, 2)


def eight_runs(scenario):
    overlapping(scenario, 8)


def full_disk(scenario):
    """All writes fail from one call on; once there is space, the next run continues."""
    count = measure(scenario)
    for at in sorted({scenario.random.randint(1, count) for _ in range(12)} | set(range(1, 40, 3))):
        scenario.cycle, scenario.last = at, "full disk"
        run = scenario.start(mode="full", at=at)
        errors = scenario.finish(run, 0, 70, 74, 79)
        scenario.expect(run.returncode in (0, 79) or errors.strip(), "it failed without a message")
        scenario.note_doubts()
    scenario.complete()


def faulty_disk(scenario):
    """A single write fails."""
    count = measure(scenario)
    for at in sorted({scenario.random.randint(1, count) for _ in range(20)}):
        scenario.cycle, scenario.last = at, "one failed write"
        scenario.finish(scenario.start(mode="once", at=at), 0, 70, 74, 75, 79)
        scenario.note_doubts()
    scenario.complete()


def everywhere(scenario, mode):
    """A new small world for every call of a first run: that call fails, or all calls from it on."""
    options = copy.copy(scenario.options)
    options.people = 2
    fresh = Scenario(options, scenario.receivers, 0, (0, 0))
    count = measure(fresh)
    shutil.rmtree(fresh.folder)
    for at in range(1, count + 1):
        fresh = Scenario(options, scenario.receivers, at, (0, 0))
        fresh.last = f"{mode} from call {at}"
        try:
            fresh.finish(fresh.start(mode=mode, at=at), 0, 70, 73, 74, 75, 79)
            fresh.note_doubts()
            fresh.complete()
            scenario.tally.add(fresh.tally)
        finally:
            shutil.rmtree(fresh.folder)


def full_disk_everywhere(scenario):
    everywhere(scenario, "full")


def faulty_disk_everywhere(scenario):
    everywhere(scenario, "once")


def measure(scenario):
    """The number of calls of a first run, measured on a copy of the same world."""
    copy = scenario.folder + "-measured"
    shutil.copytree(scenario.folder, copy)
    original, scenario.folder = scenario.folder, copy
    try:
        scenario.finish(scenario.start(count=f"{copy}/count"), 0)
        with open(f"{copy}/count") as file:
            return int(file.read())
    finally:
        scenario.folder = original
        shutil.rmtree(copy)
        scenario.receivers.reset()


def read_only_ledger(scenario):
    """Nothing is sent while the ledger cannot be written."""
    scenario.finish(scenario.start(), 0)
    before = scenario.arrived()
    errors = scenario.finish(scenario.start(PHASES[1], mode="locked"), 73, 74)
    scenario.expect(errors.strip(), "it failed without a message")
    scenario.expect(scenario.arrived() == before, "messages were sent although the ledger could not be written")
    scenario.complete()


def busy_ledger(scenario):
    """Another process holds the write lock for seconds during a run."""
    run = scenario.start()
    scenario.wait_for_arrivals(20)
    other = sqlite3.connect(f"{scenario.folder}/var/usher.sqlite", timeout=30, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(3)
    other.execute("COMMIT")
    other.close()
    scenario.finish(run, 0)
    scenario.complete()


def moving_clock(scenario):
    """The clock moves back and forth by hours between runs: nothing is sent twice."""
    for now in (PHASES[0], "2026-12-01T03:00:00Z", "2026-12-01T21:00:00Z", "2026-11-30T09:00:00Z", PHASES[1], PHASES[0],
                "2026-12-09T09:30:00Z", PHASES[1], PHASES[2], PHASES[1]):
        scenario.finish(scenario.start(now), 0)
    scenario.complete()


def sleeping_host(scenario):
    """A run is suspended, its lease expires, and another run recovers and delivers; then the first one resumes."""
    run = scenario.start()
    scenario.wait_for_arrivals(10)
    os.kill(run.pid, signal.SIGSTOP)
    time.sleep(0.05)
    # Expires the lease, as waiting for five minutes would.
    other = sqlite3.connect(f"{scenario.folder}/var/usher.sqlite", timeout=5, isolation_level=None)
    try:
        other.execute("UPDATE delivery SET lease_until = 1 WHERE lease_until IS NOT NULL")
        other.execute("UPDATE planning_lease SET until = 1")
        is_free = True
    except sqlite3.OperationalError:
        is_free = False
    other.close()
    if is_free:
        # What the suspended run was sending is in doubt for the second run.
        scenario.note_doubts()
        second = scenario.start()
        _, errors = second.communicate(timeout=120)
        scenario.expect(second.returncode in (0, 79), f"second run: status {second.returncode}: {errors[-300:]}")
    os.kill(run.pid, signal.SIGCONT)
    scenario.finish(run, 0, 75, 79)
    # The resumed run may have finished its deliveries after all; those are no longer in doubt.
    scenario.held = {row.name for row in scenario.rows() if row.state == "in_doubt"} & scenario.held
    scenario.complete()


def copied_ledger(scenario):
    """A copy of the ledger in another folder sends nothing until an operator takes it over."""
    scenario.finish(scenario.start(), 0)
    os.rename(f"{scenario.folder}/var", f"{scenario.folder}/old")
    shutil.copytree(f"{scenario.folder}/old", f"{scenario.folder}/moved")
    with open(f"{scenario.folder}/job.yaml") as file:
        text = file.read()
    with open(f"{scenario.folder}/job.yaml", "w") as file:
        file.write(text.replace("var/usher.sqlite", "moved/usher.sqlite"))
    os.mkdir(f"{scenario.folder}/var")
    before = scenario.arrived()
    scenario.finish(scenario.start(PHASES[1]), 76)
    scenario.expect(scenario.arrived() == before, "the copy sent messages")
    result = subprocess.run([scenario.options.usher, "ledger", "take-over", "--job", "job.yaml", "--yes"], cwd=scenario.folder,
                           capture_output=True, text=True)
    scenario.expect(result.returncode == 0, f"take-over: {result.stderr}")
    for now in PHASES:
        scenario.finish(scenario.start(now), 0)
    os.rmdir(f"{scenario.folder}/var")
    os.rename(f"{scenario.folder}/moved", f"{scenario.folder}/var")
    scenario.compare()


def stopped(scenario, number, is_silent):
    """A signal during a run: messages being sent are finished, none are started, and the run ends within ten seconds."""
    run = scenario.start()
    scenario.wait_for_arrivals(15)
    scenario.receivers.is_silent = is_silent
    if is_silent:
        # Wait until all connections are waiting for a reply.
        time.sleep(0.3)
    run.send_signal(number)
    started = time.monotonic()
    before = scenario.arrived()
    _, errors = run.communicate(timeout=60)
    seconds = time.monotonic() - started
    scenario.receivers.is_silent = False
    scenario.receivers.drain()
    scenario.expect(seconds < 10, f"it took {seconds:.1f} s to stop")
    scenario.expect(scenario.arrived() - before <= 16, f"{scenario.arrived() - before} started after the signal")
    scenario.expect(run.returncode == (79 if is_silent else 75), f"status {run.returncode}: {errors[-300:]}")
    states = [row.state for row in scenario.rows()]
    scenario.expect("claimed" not in states and "wire" not in states, f"deliveries left unfinished: {sorted(set(states))}")
    scenario.expect(("in_doubt" in states) == is_silent, f"in doubt: {states.count('in_doubt')}")
    scenario.expect("pending" in states, "the signal came too late to test anything")
    scenario.note_doubts()
    scenario.complete()


def sigterm(scenario):
    stopped(scenario, signal.SIGTERM, is_silent=False)


def sigint(scenario):
    stopped(scenario, signal.SIGINT, is_silent=False)


def sigterm_while_no_one_answers(scenario):
    stopped(scenario, signal.SIGTERM, is_silent=True)


def clock(scenario):
    """The clock of a world with time: hours take seconds, all processes agree, and one can be ahead."""
    start = instant("2026-12-01T08:00:00Z")
    world = Clock(f"{scenario.folder}/clock", start)
    driver = Driver(world)

    def run(*command, ahead=0):
        environment = dict(os.environ, LD_PRELOAD=scenario.options.library, CHAOS_CLOCK=world.path, CHAOS_CLOCK_OFFSET=str(ahead))
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        driver.add(process.pid)
        output, _ = process.communicate(timeout=120)
        driver.remove(process.pid)
        return output

    def near(value, expected, text):
        scenario.expect(abs(value - expected) < 30, f"{text}: {value:.1f}, not {expected:.1f}")

    try:
        near(float(run("date", "+%s")), start, "date")
        near(float(run("date", "+%s", ahead=31536000)), start + 31536000, "date a year ahead")
        real, before = time.monotonic(), world.now()
        run("sleep", "3600")
        near(world.now() - before, 3600, "sleep")
        scenario.expect(time.monotonic() - real < 60, "an hour took more than a minute")
        waits = "time.sleep(100); select.select([], [], [], 50); select.poll().poll(50000); threading.Event().wait(30); lock.acquire(timeout=20)"
        text = ("import select, sys, threading, time; lock = threading.Lock(); lock.acquire(); wall, steady = time.time(), time.monotonic(); "
                f"{waits}; print(time.time() - wall, time.monotonic() - steady)")
        for measured in run(sys.executable, "-S", "-c", text, ahead=86400).split():
            near(float(measured), 250, "waits in one process")
        world.move_to(start + 86400)
        near(float(run("date", "+%s")), start + 86400, "date after a day was skipped")
        near(float(run("sh", "-c", "date +%s")), start + 86400, "date of a child")
    finally:
        driver.close()
        world.close()


SCENARIOS = {function.__name__.replace("_", "-"): function for function in (
    two_runs, eight_runs, full_disk, faulty_disk, full_disk_everywhere, faulty_disk_everywhere, read_only_ledger, busy_ledger,
    moving_clock, sleeping_host, copied_ledger, sigterm, sigint, sigterm_while_no_one_answers, clock)}


def play(options, receivers, name):
    """Runs one scenario and returns its counts and problems."""
    scenario = Scenario(options, receivers, 0, (0, 0))
    scenario.last = name
    try:
        SCENARIOS[name](scenario)
        scenario.tally.count["worlds"] += 1
    finally:
        receivers.is_silent = False
        shutil.rmtree(scenario.folder, ignore_errors=True)
    return scenario.tally
