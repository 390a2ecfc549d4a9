"""One world of scripts/chaos: a job, its receivers, the kills of its runs, and the comparison of what arrived with the ledger."""
import collections
import glob
import math
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from chaos_receivers import KEY

HERE = os.path.dirname(os.path.abspath(__file__))
WIDTH = 4
PHASES = ["2026-12-01T09:00:00Z", "2026-12-09T15:30:00Z", "2026-12-10T14:10:00Z"]
JOB = """name: chaos
source: {{kind: file, path: events.json, attendees: {{csv: people.csv}}}}
ledger: var/usher.sqlite
channels:
  mail: {{kind: smtp, url: "smtp://127.0.0.1:{mail}", tls: none, from: "Events <events@contoso.example>", connections: {width}}}
  hook: {{kind: webhook, url: "http://127.0.0.1:{hook}/", secret: {{file: secret}}, connections: {width}}}
rules:
  - {{when: registered,       to: attendees, via: mail, template: invite}}
  - {{when: registered,       to: attendees, via: hook, template: webhook}}
  - {{when: 24h before start, to: attendees, via: mail, template: reminder}}
  - {{when: 24h before start, to: attendees, via: hook, template: webhook}}
  - {{when: 1h before start,  to: attendees, via: mail, template: reminder}}
  - {{when: 1h before start,  to: attendees, via: hook, template: webhook}}
"""
EVENTS = """{"webinars": [{"id": "e1", "displayName": "Chaos", "status": "published", "sessions": [{"id": "s1", "subject": "One session",
"startDateTime": "2026-12-10T15:00:00Z", "endDateTime": "2026-12-10T16:00:00Z", "joinWebUrl": "https://teams.microsoft.com/l/a"}]}]}"""


def death(draw, quota, calls):
    """How to kill the next run: mode, moment within the call, number of the call, and seed for kept writes; None once the quota is used up.

    Half of the kills are distributed evenly over all calls, half are nearer to the beginning, where the ledger is created and the plan stored.
    """
    kills, powers = quota
    if kills + powers == 0:
        return None
    mode = "power" if draw.random() * (kills + powers) < powers else "kill"
    when = draw.choice(["before", "after", "half"])
    calls = max(calls, 20)
    at = draw.randint(1, calls) if draw.random() < 0.5 else int(math.exp(draw.random() * math.log(calls)))
    keep = draw.choice([0, draw.randint(1, 1 << 60)])
    return mode, when, max(at, 1), keep


def verify(options, ledger, problem):
    """Calls `problem` with what `usher ledger verify` says of a ledger, unless it says that all is well."""
    if options.worker == "usher":
        result = subprocess.run([options.usher, "ledger", "verify", "--ledger", ledger], capture_output=True, text=True)
        if result.returncode != 0:
            problem(f"ledger verify: exit status {result.returncode}: {result.stderr.strip()[-500:]}")


class Row:
    """A delivery in the ledger."""

    def __init__(self, key, state, channel, recipient, rule):
        self.name, self.state, self.channel, self.recipient, self.rule = key[:KEY], state, channel, recipient, rule


class Tally:
    """The counts and problems of one or more worlds."""

    COUNTS = ("kills", "powers", "runs", "worlds", "time_worlds", "deliveries", "mails", "webhooks", "obligations", "duplicates", "losses", "wrong",
              "late", "lost", "wrong_revisions", "doubts",
              "doubts_before_last_byte", "doubts_without_reply", "doubts_reply_not_recorded", "resent", "most_doubts_at_once")

    def __init__(self):
        self.count = collections.Counter()
        self.problems = []

    def problem(self, kind, where, text):
        self.count[kind] += 1
        if len(self.problems) < 50:
            self.problems.append(f"{where}: {text}")

    def add(self, other):
        most = max(self.count["most_doubts_at_once"], other.count["most_doubts_at_once"])
        self.count.update(other.count)
        self.count["most_doubts_at_once"] = most
        self.problems += other.problems

    def outcome(self):
        return {name: self.count[name] for name in self.COUNTS} | {"problems": self.problems[:50]}


class World:
    """One job in its own folder, run and killed until all its times have passed."""

    def __init__(self, options, receivers, index, quota):
        self.options, self.receivers, self.index, self.quota = options, receivers, index, quota
        self.random = random.Random(f"{options.seed}/{index}")
        self.tally = Tally()
        self.folder = tempfile.mkdtemp(prefix="usher-chaos-", dir=options.scratch)
        self.held, self.resent, self.seen = set(), collections.Counter(), collections.Counter()
        self.calls = 3000
        self.cycle = 0
        self.last = ""
        receivers.reset()
        receivers.random.seed(f"{options.seed}/{index}")
        os.mkdir(f"{self.folder}/var")
        for name, text in {
            "job.yaml": JOB.format(mail=receivers.mail_port, hook=receivers.hook_port, width=WIDTH), "events.json": EVENTS,
            "secret": "whsec_" + "QUJDRA" * 6,
            "people.csv": "email,first-name\n" + "".join(f"p{n}@example.com,P{n}\n" for n in range(options.people)),
        }.items():
            with open(f"{self.folder}/{name}", "w") as file:
                file.write(text)
        # usher would read a file again that changed shortly before the previous run.
        os.utime(f"{self.folder}/people.csv", (time.time() - 60,) * 2)

    @property
    def where(self):
        return f"seed {self.options.seed} world {self.index} cycle {self.cycle} ({self.last})"

    def play(self):
        """Runs the job at all its times, with the planned kills, and compares."""
        try:
            for phase, now in enumerate(PHASES):
                while self.run(phase, now, self.death()):
                    pass
            self.receivers.drain()
            before = sum(self.receivers.whole.values())
            self.run(len(PHASES) - 1, PHASES[-1], None)
            if sum(self.receivers.whole.values()) != before:
                self.tally.problem("duplicates", self.where, "a run with nothing due sent messages")
            self.compare()
            self.tally.count["worlds"] += 1
        finally:
            if self.options.keep and self.tally.problems:
                print(f"kept: {self.folder}", file=sys.stderr)
            else:
                shutil.rmtree(self.folder)
        return self.tally

    def death(self):
        return death(self.random, self.quota, self.calls)

    def run(self, phase, now, death):
        """Runs once; returns whether this phase needs another run."""
        self.cycle += 1
        self.tally.count["runs"] += 1
        environment = dict(os.environ, CHAOS_DIR=f"{self.folder}/var", LD_PRELOAD=self.options.library,
                           CHAOS_COUNT=f"{self.folder}/count")
        if self.options.lying_disk:
            environment["CHAOS_LYING"] = "1"
        self.last = "no kill"
        if death:
            mode, when, at, keep = death
            self.last = f"{mode} {when} call {at}" + (f" keep {keep}" if mode == "power" else "")
            environment.update(CHAOS_MODE=mode, CHAOS_WHEN=when, CHAOS_AT=str(at), CHAOS_KEEP=str(keep))
        result = subprocess.run(self.command(phase, now), cwd=self.folder, env=environment, capture_output=True, text=True)
        ended = time.monotonic()
        self.receivers.drain()
        for removed in glob.glob(f"{self.folder}/.removed-*"):
            os.remove(removed)
        if result.returncode == -signal.SIGKILL and death:
            self.died(mode, ended)
            return True
        with open(f"{self.folder}/count") as file:
            self.calls = max(int(file.read()), self.calls // 2 if death else 0)
        if result.returncode not in (0, 79):
            self.tally.problem("wrong", self.where, f"exit status {result.returncode}: {result.stderr.strip()[-500:]}")
        states = collections.Counter(row.state for row in self.rows())
        return states["pending"] + states["claimed"] + states["wire"] > 0 and death is not None

    def command(self, phase, now):
        if self.options.worker == "usher":
            return [self.options.usher, "run", "job.yaml", "--now", now, "--confirm-now", "--quiet"]
        return [sys.executable, f"{HERE}/chaos_worker.py", self.options.worker, self.folder, str(self.receivers.mail_port), str(phase)]

    def died(self, mode, ended):
        kills, powers = self.quota
        self.tally.count["kills" if mode == "kill" else "powers"] += 1
        self.quota = (kills - 1, powers) if mode == "kill" else (kills, powers - 1)
        if mode == "power" and os.path.exists(f"{self.folder}/var/usher.sqlite-shm"):
            os.remove(f"{self.folder}/var/usher.sqlite-shm")
        rows = self.rows(is_checked=mode == "power")
        stored = {row.name: row for row in rows}
        wires = [row for row in rows if row.state == "wire"]
        if len(wires) > 2 * WIDTH:
            self.tally.problem("wrong", self.where, f"{len(wires)} in doubt with only {2 * WIDTH} connections")
        self.tally.count["most_doubts_at_once"] = max(self.tally.count["most_doubts_at_once"], len(wires))
        for row in wires:
            self.doubt(row, ended)
        if self.options.worker != "usher":
            return
        for name, count in self.receivers.whole.items():
            row = stored.get(name)
            if row is None or (row.state in ("pending", "claimed") and name not in self.resent):
                self.tally.problem("wrong", self.where, f"{name[:12]} arrived, but the ledger says {row and row.state}")
        for row in rows:
            if row.state == "sent" and not self.receivers.whole[row.name]:
                self.tally.problem("losses", self.where, f"{row.name[:12]} is recorded as sent, but did not arrive")

    def doubt(self, row, ended):
        """Classifies a delivery that was recorded as started but not as finished, by what the receivers got of this attempt."""
        self.tally.count["doubts"] += 1
        if self.receivers.whole[row.name] <= self.seen[row.name]:
            kind = "before_last_byte"
        elif any(at <= ended for at in self.receivers.answered[row.name][self.seen[row.name]:]):
            kind = "reply_not_recorded"
        else:
            kind = "without_reply"
        self.tally.count["doubts_" + kind] += 1
        self.seen[row.name] = self.receivers.whole[row.name]
        if row.channel == "mail":
            self.held.add(row.name)
        else:
            self.resent[row.name] += 1
            self.tally.count["resent"] += 1

    def rows(self, is_checked=False):
        """The ledger's deliveries, read from a copy, so that the next run finds the ledger as the kill left it."""
        copy = f"{self.folder}/copy.sqlite"
        for suffix in ("", "-wal", "-journal"):
            if os.path.exists(copy + suffix):
                os.remove(copy + suffix)
            if os.path.exists(f"{self.folder}/var/usher.sqlite{suffix}"):
                shutil.copyfile(f"{self.folder}/var/usher.sqlite{suffix}", copy + suffix)
        database = sqlite3.connect(copy)
        try:
            if is_checked:
                lines = database.execute("PRAGMA integrity_check").fetchall()
                if lines != [("ok",)]:
                    self.tally.problem("wrong", self.where, f"integrity check: {lines[:3]}")
            if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'delivery'").fetchone():
                return []
            return [Row(*row) for row in database.execute("SELECT key, state, channel, recipient, rule FROM delivery")]
        except sqlite3.DatabaseError as error:
            self.tally.problem("wrong", self.where, f"the ledger cannot be read: {error}")
            return []
        finally:
            database.close()

    def verify(self):
        """Every world ends with a sound ledger."""
        verify(self.options, f"{self.folder}/var/usher.sqlite", lambda text: self.tally.problem("wrong", self.where, text))

    def compare(self):
        """Compares what the receivers got with the ledger, after the last run."""
        self.verify()
        channels = ["mail", "hook"] if self.options.worker == "usher" else ["mail"]
        rows = {row.name: row for row in self.rows(is_checked=True)}
        self.tally.count["deliveries"] += len(rows)
        pairs = collections.Counter((row.channel, row.recipient, row.rule) for row in rows.values())
        for pair, number in pairs.items():
            if number > 1:
                self.tally.problem("duplicates", self.where, f"{pair} has {number} rows")
        wanted = self.options.people * len(PHASES) * len(channels)
        if len(rows) < wanted:
            self.tally.problem("losses", self.where, f"{wanted - len(rows)} of {wanted} deliveries were never planned")
        for name, number in self.receivers.whole.items():
            row = rows.get(name)
            if row is None:
                self.tally.problem("wrong", self.where, f"{name[:12]} arrived, but is not in the ledger")
                continue
            self.tally.count["mails" if row.channel == "mail" else "webhooks"] += 1
            # After a doubt, a webhook is sent again with the same id, as documented; a mail is never sent again.
            if number > 1 + self.resent[name]:
                self.tally.problem("duplicates", self.where, f"{row.channel} {name[:12]} arrived {number} times")
        for row in rows.values():
            self.check(row)

    def check(self, row):
        arrived = self.receivers.whole[row.name]
        if row.state == "sent":
            if not arrived:
                self.tally.problem("losses", self.where, f"{row.channel} {row.name[:12]} is recorded as sent, but did not arrive")
        elif row.state == "in_doubt" and row.channel == "mail":
            if row.name not in self.held:
                self.tally.problem("wrong", self.where, f"mail {row.name[:12]} is in doubt, but was never being sent at a kill")
        else:
            self.tally.problem("wrong", self.where, f"{row.channel} {row.name[:12]} ended {row.state}")
        if row.name in self.held and row.state != "in_doubt":
            self.tally.problem("wrong", self.where, f"mail {row.name[:12]} was being sent at a kill, but is {row.state}")
