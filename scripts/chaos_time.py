"""A world with time: hours of cron runs, of sessions that move, people who change their minds, servers that are away, and kills.

It only records what happened; chaos_oracle.py judges.
"""
import copy
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import chaos_oracle
from chaos_clock import Clock, Driver, instant, text
from chaos_receivers import KEY
from chaos_servers import MOODS
from chaos_world import Tally, death, verify

START = instant("2026-12-01T08:00:00Z")
TICK = 300
# How much later than a real message a reply may come, in real seconds.
REPLY_DELAY = 0.002
# No run may last longer: a source that throttles is waited for three times, for five minutes each.
LONGEST_RUN = 2400
FACTS = ["id={{message.id}}", "kind={{moment.kind}}", "rule={{moment.rule}}", "event={{session.eventId}}", "start={{time.startIso}}",
         "end={{time.endIso}}", "subject={{session.subject}}", "canceled={{session.isCanceled}}", "own={{moment.isRegistration}}",
         "revision={{session.revision}}", "email={{attendee.email}}", "registration={{attendee.registrationId}}"]
JOB = """name: chaos-time
source: {source}
window: {{past: 1d, future: 7d}}
ledger: var/usher.sqlite
templates: templates
defaults: {{time-zone: UTC}}
channels:
  mail: {{kind: smtp, url: "smtp://127.0.0.1:{mail}", tls: none, from: "Events <events@contoso.example>", connections: 3{rate}}}
  hook: {{kind: webhook, url: "http://127.0.0.1:{hook}/", secret: {{file: secret}}, connections: 3}}
rules:
"""
RULES = [("registered", "registered"), ("changed", "changed"), ("canceled", "canceled"), ("1h before start", "1h"), ("15m before start", "15m")]


class TimeWorld:
    """One job, one day, and everything that goes wrong in it."""

    def __init__(self, options, servers, index, quota):
        self.options, self.servers, self.index, self.quota = options, servers, index, quota
        self.random = random.Random(f"time/{options.seed}/{index}")
        self.tally = Tally()
        self.folder = tempfile.mkdtemp(prefix="usher-time-", dir=options.scratch)
        self.calls = 400
        self.clock = Clock(f"{self.folder}/clock", START)
        self.driver = Driver(self.clock)
        self.running, self.expired = [], set()
        self.number = 0
        self.history = {"start": START, "sessions": [], "registrations": [], "moods": [], "answers": [], "arrivals": [], "runs": [], "doubts": [],
                        "rows": [], "cuts": [], "expired": [], "rate": None, "tick": TICK}
        self.invent()
        self.write()

    # ---- The story ----

    def invent(self):
        """Invents what happens when: a list of (time, function, arguments)."""
        draw = self.random
        self.story, self.events, self.throttles = [], {}, []
        self.moods = {"mail": "up", "hook": "up"}
        last = START
        self.people = draw.choice([1, 1, 1, 4]) * self.options.time_people
        for number in range(draw.choice([1, 2, 2])):
            name = f"w{number}"
            begin = START + 60 * draw.randrange(100, 300, 5) + draw.choice([0, 0, 15, 70])
            self.events[name] = {"start": begin, "end": begin + 3600, "subject": f"Session {number}", "canceled": False, "people": {}}
            last = max(last, begin + 3600)
            for person in range(self.people):
                at = START - 60 if draw.random() < 0.6 else draw.uniform(START, begin)
                self.story.append((at, self.register, (name, f"p{number}-{person}@example.com", True)))
                for _ in range(draw.choice([0, 0, 0, 1, 1, 2])):
                    at = draw.uniform(at, begin)
                    self.story.append((at, self.register, (name, f"p{number}-{person}@example.com", False)))
                    if draw.random() < 0.6:
                        at += draw.choice([120, 400, 1500, 4000])
                        self.story.append((at, self.register, (name, f"p{number}-{person}@example.com", True)))
            for _ in range(draw.choice([0, 1, 1, 2])):
                at = draw.uniform(START + 400, begin - 900)
                what = draw.choice(["move", "move", "back", "rename", "cancel", "restore"])
                if what in ("move", "back"):
                    shift = 60 * draw.choice([-45, -20, 15, 40, 90])
                    self.story.append((at, self.change, (name, {"shift": shift})))
                    if what == "back":
                        self.story.append((at + draw.choice([200, 700, 2500]), self.change, (name, {"shift": -shift})))
                    last = max(last, begin + 3600 + shift)
                elif what == "rename":
                    self.story.append((at, self.change, (name, {"subject": f"Renamed {number} at {int(at - START)}"})))
                else:
                    self.story.append((at, self.change, (name, {"canceled": True})))
                    if what == "restore":
                        self.story.append((at + draw.choice([200, 700, 2500]), self.change, (name, {"canceled": False})))
        self.last = last + 1800
        for channel in ("mail", "hook"):
            at = START
            while draw.random() < 0.75:
                at += draw.expovariate(1 / 5000)
                length = draw.choice([200, 900, 2400, 7200, 14400])
                # Every trouble ends in time for the world to calm down.
                if at + length > self.last - 1500:
                    break
                mood = draw.choice(MOODS)
                # Doubts on mail stay: a short time of them is enough.
                self.story += [(at, self.turn, (channel, mood)), (at + (min(length, 900) if mood in ("mute", "cut", "hang") else length), self.turn, (channel, "up"))]
                at += length
        # A server that is well again just before a session starts, or before a reminder expires.
        for event in self.events.values():
            if draw.random() < 0.5:
                until = event["start"] - draw.choice([0, 900]) - draw.choice([15, 60, 320, 700])
                channel = draw.choice(["mail", "hook"])
                self.story += [(until - draw.choice([400, 2000, 5000]), self.turn, (channel, draw.choice(["away", "throttle", "busy"]))),
                               (until, self.turn, (channel, "up"))]
        # For one run or two the list of attendees is cut, or empty.
        self.cut = {}
        for name, event in self.events.items():
            if draw.random() < 0.2:
                at = draw.uniform(START + 600, event["start"] - 1200)
                self.story += [(at, self.shorten, (name, draw.choice([0, 1, self.people // 2]))),
                               (at + draw.choice([310, 620]), self.shorten, (name, None))]
        self.is_graph = draw.random() < 0.6
        if self.is_graph:
            for _ in range(draw.choice([0, 1, 2])):
                at = draw.uniform(START, self.last - 3600)
                self.throttles.append([at, draw.choice(["registrations", "sessions", "registrations"]), draw.choice([[290, 50], [290], [290, 290, 40]])])
                # What is read before the throttled request changes while the run waits.
                if self.events and draw.random() < 0.8:
                    self.story.append((at + draw.uniform(30, 400), self.change, (draw.choice(list(self.events)), {"shift": 60 * draw.choice([30, 60])})))
        self.rate = draw.choice([None, None, ("600/min", 600, 60), ("30/min", 30, 60), ("20/min", 20, 60), ("6/min", 6, 60), ("200/h", 200, 3600)])
        self.history["rate"] = self.rate and self.rate[1:]
        self.jumps = {round(draw.uniform(5, (self.last - START) / TICK)) for _ in range(draw.choice([0, 0, 1, 1, 2]))}
        self.story.sort(key=lambda part: part[0])
        for name in self.events:
            self.note(name)
        for channel in self.moods:
            self.history["moods"].append((START - 3600, channel, "up"))

    def shorten(self, name, number):
        if number is None:
            self.cut.pop(name, None)
        else:
            self.cut[name] = number
        self.write()
        self.history["cuts"].append((self.clock.now(), name, number is not None))

    def note(self, name):
        event = self.events[name]
        self.history["sessions"].append((self.clock.now(), name, event["start"], event["end"], event["subject"], event["canceled"]))

    def register(self, name, address, is_registered):
        self.events[name]["people"][address] = is_registered
        self.write()
        self.history["registrations"].append((self.clock.now(), name, address, is_registered))

    def change(self, name, what):
        event = self.events[name]
        shift = what.pop("shift", 0)
        event["start"] += shift
        event["end"] += shift
        event |= what
        self.write()
        self.note(name)

    def turn(self, channel, mood):
        self.moods[channel] = mood
        self.history["moods"].append((self.clock.now(), channel, mood))

    # ---- What the servers ask ----

    def mood(self, channel):
        return self.moods[channel]

    def retry_after(self):
        return self.random.choice([1, 30, 290, 3600, 99999999])

    def answer(self, channel, status, seconds):
        self.history["answers"].append((self.clock.now(), channel, status, seconds))

    def arrive(self, arrival):
        self.history["arrivals"].append(arrival)

    def delay(self):
        return self.random.random() * REPLY_DELAY

    def throttled(self, parts):
        """The Retry-After of this request, or nil."""
        kind = parts[2] if len(parts) > 2 else parts[0]
        for throttle in self.throttles:
            if throttle[0] <= self.clock.now() and throttle[1] == kind and throttle[2]:
                return throttle[2].pop(0)
        return None

    def document(self):
        stamp = lambda seconds: {"dateTime": text(seconds).removesuffix("Z"), "timeZone": "UTC"}
        return {"webinars": [{
            "id": name, "displayName": f"Event {name}", "status": "canceled" if event["canceled"] else "published",
            "startDateTime": stamp(event["start"]), "endDateTime": stamp(event["end"]),
            "sessions": [{"id": f"{name}-s", "subject": event["subject"], "startDateTime": stamp(event["start"]),
                          "endDateTime": stamp(event["end"]), "joinWebUrl": f"https://teams.microsoft.com/l/{name}"}],
            "registrations": [{"id": address, "email": address, "firstName": address.split("@")[0], "lastName": "Person",
                               "status": "registered" if on else "canceled", "registrationDateTime": text(START - 86400) } for address, on in list(event["people"].items())[:self.cut.get(name)]],
        } for name, event in list(self.events.items())]}

    def write(self):
        with open(f"{self.folder}/events.new", "w") as file:
            json.dump(self.document(), file)
        os.utime(f"{self.folder}/events.new", (self.clock.now(),) * 2)
        os.rename(f"{self.folder}/events.new", f"{self.folder}/events.json")

    def prepare(self):
        os.mkdir(f"{self.folder}/var")
        source = "{kind: file, path: events.json}"
        if self.is_graph:
            url = f"http://127.0.0.1:{self.servers.graph_port}"
            source = f'{{kind: graph, graph-url: "{url}", login-url: "{url}", tenant: {{file: token}}, auth: {{kind: token, token: {{file: token}}}}, events: [{{webinars: all}}]}}'
        job = JOB.format(source=source, mail=self.servers.mail_port, hook=self.servers.hook_port, rate=f', rate: "{self.rate[0]}"' if self.rate else "")
        for when, name in RULES:
            for channel in ("mail", "hook"):
                job += f"  - {{id: {name}-{channel}, when: {when}, to: attendees, via: {channel}, template: fact}}\n"
        mail, hook = f"{self.folder}/templates/email/fact", f"{self.folder}/templates/webhook"
        os.makedirs(mail)
        os.makedirs(hook)
        files = {
            f"{self.folder}/job.yaml": job, f"{self.folder}/token": "token.of.chaos", f"{self.folder}/secret": "whsec_" + "QUJDRA" * 6,
            f"{mail}/subject.txt.mustache": "{{session.subject}}", f"{mail}/body.txt.mustache": "\n".join(FACTS) + "\n",
            f"{mail}/body.html.mustache": "<p>{{session.subject}}</p>",
            f"{hook}/fact.json.mustache": json.dumps(dict(fact.split("=", 1) for fact in FACTS), indent=1)}
        for path, content in files.items():
            with open(path, "w") as file:
                file.write(content)

    # ---- The day ----

    @property
    def where(self):
        return f"seed {self.options.seed} time world {self.index}"

    def play(self):
        try:
            self.prepare()
            self.servers.begin(self)
            self.live()
            self.servers.end()
            self.history["rows"] = self.rows()
            verify(self.options, f"{self.folder}/var/usher.sqlite", lambda text: self.tally.problem("wrong", self.where, text))
            self.history["end"] = self.clock.now()
            if self.options.tamper == "each":
                self.tamper()
            else:
                if self.options.tamper:
                    chaos_oracle.TAMPER[self.options.tamper][0](self.history)
                self.judge()
            self.tally.count["worlds"] += 1
            self.tally.count["time_worlds"] += 1
        finally:
            for run in self.running:
                run["process"].kill()
                run["process"].wait()
            self.servers.world = None
            self.driver.close()
            self.clock.close()
            if self.options.keep and self.tally.problems:
                with open(f"{self.folder}/history.json", "w") as file:
                    json.dump(self.history, file, indent=1)
                print(f"kept: {self.folder} ({self.where})", file=sys.stderr)
            else:
                shutil.rmtree(self.folder)
        return self.tally

    def live(self):
        tick = 0
        while True:
            at = START + tick * TICK
            self.pass_until(at)
            if at > self.last + 4 * TICK:
                break
            # The last runs are left alone, so that every state can become final.
            is_calm = at > self.last
            # A power failure undoes what was not flushed, below every process; so a run that may die of one stays alone.
            if len(self.running) < 4 and not any(run["death"] and run["death"][0] == "power" for run in self.running):
                if tick in self.jumps and not self.running:
                    self.start(None, ahead=self.random.choice([30, 366]) * 86400)
                    self.pass_until(self.clock.now() + 20, is_waiting=True)
                self.start(None if is_calm else self.death())
            tick += 1
        deadline = time.monotonic() + 60
        while self.running and time.monotonic() < deadline:
            self.reap()
            time.sleep(0.001)
        if self.running:
            self.tally.problem("wrong", self.where, "a run does not end")

    def pass_until(self, at, is_waiting=False):
        """Lives until a time: the story goes on, and runs end. Without runs, time is skipped."""
        while True:
            self.reap()
            following = min(at, self.story[0][0]) if self.story else at
            if not self.running:
                if is_waiting:
                    return
                self.clock.move_to(following + 0.001)
            now = self.clock.now()
            while self.story and self.story[0][0] <= now:
                _, act, arguments = self.story.pop(0)
                act(*arguments)
            if now >= at:
                return
            if self.running:
                time.sleep(0.0008)

    def death(self):
        if self.random.random() > self.options.time_kill_share or sum(self.quota) == 0:
            return None
        mode = death(self.random, self.quota, self.calls)
        if mode and mode[0] == "power" and self.running:
            return ("kill", *mode[1:])
        return mode

    def start(self, death, ahead=0):
        if death and death[0] == "kill" and self.quota[0] == 0:
            death = None
        self.number += 1
        environment = dict(os.environ, CHAOS_DIR=f"{self.folder}/var", LD_PRELOAD=self.options.library, CHAOS_CLOCK=self.clock.path,
                           CHAOS_CLOCK_OFFSET=str(ahead), CHAOS_COUNT=f"{self.folder}/count-{self.number}")
        if death:
            mode, when, at, keep = death
            environment.update(CHAOS_MODE=mode, CHAOS_WHEN=when, CHAOS_AT=str(at), CHAOS_KEEP=str(keep))
        output = open(f"{self.folder}/output-{self.number}", "w+")
        process = subprocess.Popen([self.options.usher, "run", "job.yaml", "--log-format", "text"], cwd=self.folder, env=environment,
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.driver.add(process.pid)
        self.running.append({"number": self.number, "process": process, "output": output, "start": self.clock.now(), "death": death, "ahead": ahead})
        self.tally.count["runs"] += 1

    def reap(self):
        for run in list(self.running):
            code = run["process"].poll()
            if code is None and self.clock.now() - run["start"] > LONGEST_RUN:
                self.tally.problem("wrong", self.where, f"{text(run['start'])}: a run does not end within {LONGEST_RUN // 60} minutes")
                run["process"].kill()
                code = run["process"].wait()
                run["death"] = ("stuck",)
            if code is None:
                continue
            self.driver.remove(run["process"].pid)
            self.running.remove(run)
            run["output"].seek(0)
            said = run["output"].read()
            run["output"].close()
            os.remove(f"{self.folder}/output-{run['number']}")
            is_killed = code == -signal.SIGKILL and run["death"] is not None
            record = {"start": run["start"], "end": self.clock.now(), "code": code, "killed": is_killed, "ahead": run["ahead"],
                      "planned": "planning this job" not in said and "source unreachable" not in said, "said": said[-400:]}
            self.history["runs"].append(record)
            if is_killed and run["death"][0] == "stuck":
                pass
            elif is_killed:
                self.died(run["death"][0])
            elif code not in (0, 65, 69, 75, 79) and not (code == 76 and self.may_ask(run)):
                self.tally.problem("wrong", self.where, f"{text(run['start'])}: exit status {code}: {said.strip()[-300:]}")
            try:
                with open(f"{self.folder}/count-{run['number']}") as file:
                    self.calls = max(int(file.read()), 60)
                os.remove(f"{self.folder}/count-{run['number']}")
            except (OSError, ValueError):
                pass
            self.look(record)

    def may_ask(self, run):
        """Whether a guard may stop a run: its clock is far ahead, or a list of attendees was cut meanwhile."""
        cuts = self.history["cuts"]
        return run["ahead"] or self.cut or any(at >= run["start"] for at, _, _ in cuts)

    def died(self, mode):
        kills, powers = self.quota
        self.tally.count["kills" if mode == "kill" else "powers"] += 1
        self.quota = (kills - 1, powers) if mode == "kill" else (kills, powers - 1)
        if mode == "power" and os.path.exists(f"{self.folder}/var/usher.sqlite-shm") and not self.running:
            os.remove(f"{self.folder}/var/usher.sqlite-shm")

    def look(self, run):
        """Notes what the ledger says after a run: what nobody can know, what waits, and what has expired before its time."""
        now = self.clock.now()
        run["waiting"] = 0
        for row in self.rows():
            if row["state"] in ("wire", "in_doubt"):
                self.history["doubts"].append((now, row["id"], row["channel"], row["event"], row["registration"]))
            elif row["state"] == "pending" and row["attempts"] > 0 and not self.running:
                run["waiting"] += 1
            elif row["reason"] == "expired" and row["expires_at"] > now + 5 and row["id"] not in self.expired:
                self.expired.add(row["id"])
                self.history["expired"].append((now, f"{row['channel']} {row['rule']} to {row['registration']} of {row['event']}", row["expires_at"]))

    def rows(self):
        path = f"{self.folder}/var/usher.sqlite"
        if not os.path.exists(path):
            return []
        # A copy, so that the next run finds the ledger as a kill left it; beside other runs, a reader of its own.
        twin = f"{self.folder}/copy.sqlite"
        if not self.running:
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(twin + suffix):
                    os.remove(twin + suffix)
                if suffix != "-shm" and os.path.exists(path + suffix):
                    shutil.copyfile(path + suffix, twin + suffix)
            path = twin
        database = None
        try:
            database = sqlite3.connect(path if path == twin else f"file:{path}?mode=ro", uri=path != twin, timeout=5)
            names = ("id", "channel", "event", "registration", "rule", "state", "reason", "attempts", "expires_at")
            query = f"SELECT substr(key, 1, {KEY}), channel, event, registration, rule, state, reason, attempts, expires_at FROM delivery"
            return [dict(zip(names, row)) for row in database.execute(query)]
        except sqlite3.DatabaseError as error:
            if not self.running and "no such table" not in str(error):
                self.tally.problem("wrong", self.where, f"the ledger cannot be read: {error}")
            return []
        finally:
            if database:
                database.close()

    def tamper(self):
        """Falsifies copies of the record in every way: the oracle must find each."""
        known = chaos_oracle.judge(self.history)
        self.tally.count["obligations"] += known.obligations
        for name, (falsify, kind) in chaos_oracle.TAMPER.items():
            record = copy.deepcopy(self.history)
            falsify(record)
            found, before = ([problem for problem in judgment.problems if problem[0] == kind] for judgment in (chaos_oracle.judge(record), known))
            if len(found) <= len(before):
                self.tally.problem("wrong", self.where, f"the oracle does not find a record falsified by {name}")

    def judge(self):
        history, count = self.history, self.tally.count
        count["deliveries"] += len(history["rows"])
        for channel, name in (("mail", "mails"), ("hook", "webhooks")):
            count[name] += sum(arrival["channel"] == channel for arrival in history["arrivals"])
        count["doubts"] += len({(doubt[1], doubt[2]) for doubt in history["doubts"]})
        judgment = chaos_oracle.judge(history)
        count["obligations"] += judgment.obligations
        for kind, at, what in judgment.problems:
            self.tally.problem(kind, self.where, f"{text(at)[11:]} {kind}: {what}")
