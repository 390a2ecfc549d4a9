"""Judges a world with time: who must have been told what, by when, at which revision.

It knows only what the world recorded: what the source listed when, who was registered when, which runs there were, when the servers
accepted messages, and what arrived. It is written from the contract, not from the planner. Where the contract leaves freedom, or where
nobody can know, everything is allowed; each allowance is a numbered rule below.

Problems:
  late             a message arrived after its expiry
  lost             someone could have been told, and was not
  duplicates       a message, or the same news, arrived twice
  wrong_revisions  a message told what the source had replaced, or news that was none
  losses           the ledger says sent, and it never arrived
  wrong            anything else: states that are not final, reminders too early, dates that are not those of sending
"""
import collections
import datetime

# A message may arrive this much after its expiry, in seconds of the world: between the check and the last byte the machine may stall.
LATE = 25
# A message that began within this time after a run had ended may have been judged before that run had stored what it read.
CLAIM = 30
# So many complete runs must have had the chance before something counts as lost: one finds the channel well, the next sends.
RUNS = 2
# A Date may differ from the arrival by so much: messages are rendered a little before they leave.
DATE = 120
REMINDERS = {"1h": 3600, "15m": 900}


class Judgment:
    def __init__(self):
        self.problems = []
        self.obligations = 0

    def add(self, kind, at, what):
        self.problems.append((kind, at, what))


class Line:
    """A value that changes at times."""

    def __init__(self):
        self.points = []

    def set(self, at, value):
        if not self.points or self.points[-1][1] != value:
            self.points.append((at, value))

    def at(self, time):
        found = None
        for at, value in self.points:
            if at > time:
                break
            found = value
        return found

    def since(self, time):
        """When the value at a time began."""
        return max((at for at, _ in self.points if at <= time), default=float("-inf"))

    def until(self, time):
        """When the value at a time ended."""
        return min((at for at, _ in self.points if at > time), default=float("inf"))

    def between(self, start, end):
        """All values in force at some time between two."""
        return [self.at(start)] + [value for at, value in self.points if start < at <= end]


def seconds(iso):
    return datetime.datetime.fromisoformat(iso.replace("Z", "+00:00")).timestamp()


class Told:
    """What a message told: `on` with start and subject, or off."""

    def __init__(self, arrival):
        facts = arrival["facts"]
        self.arrival, self.at, self.begun, self.outcome = arrival, arrival["at"], arrival["begun"], arrival["outcome"]
        self.id, self.channel = arrival["id"], arrival["channel"]
        self.kind, self.rule = facts["kind"], facts["rule"].rsplit("-", 1)[0]
        self.event, self.address = facts["event"], facts["email"]
        self.start, self.end = seconds(facts["start"]), seconds(facts["end"])
        self.state = None if self.kind == "canceled" else (self.start, facts["subject"])

    def __str__(self):
        return f"{self.channel} {self.rule} to {self.address} of {self.event} ({'off' if not self.state else datetime.datetime.fromtimestamp(self.start, datetime.timezone.utc).strftime('%H:%M ') + self.state[1]}, id {self.id[:8]})"


class World:
    """The history, in the shape that the rules ask for."""

    def __init__(self, history):
        self.history = history
        self.sessions = collections.defaultdict(Line)
        self.ends = collections.defaultdict(Line)
        self.registered = collections.defaultdict(Line)
        self.moods = collections.defaultdict(Line)
        for at, event, start, end, subject, is_canceled in history["sessions"]:
            self.sessions[event].set(at, None if is_canceled else (start, subject))
            self.ends[event].set(at, end)
        for at, event, address, is_on in history["registrations"]:
            self.registered[event, address].set(at, is_on)
        for at, channel, mood in history["moods"]:
            self.moods[channel].set(at, mood)
        self.cuts = collections.defaultdict(Line)
        for at, event, is_cut in history["cuts"]:
            self.cuts[event].set(at, is_cut)
        self.truths = {}
        for event, address in self.registered:
            self.truths[event, address] = self.truth(event, address)
        self.told = collections.defaultdict(list)
        self.messages = sorted((Told(arrival) for arrival in history["arrivals"]), key=lambda message: message.at)
        for message in self.messages:
            self.told[message.channel, message.event, message.address].append(message)
        self.doubted = collections.defaultdict(list)
        self.doubted_ids = set()
        for at, name, channel, event, address in history["doubts"]:
            self.doubted[channel, event, address].append(at)
            self.doubted_ids.add((channel, name))
        # Rule 1: only a run that was not killed, read the source, and planned, certainly knows what the source said when it began.
        self.good = sorted(((run["start"], run["end"]) for run in history["runs"]
                            if not run["killed"] and run["planned"] and not run["ahead"] and run["code"] in (0, 65, 69, 75, 79)), key=lambda run: run[1])
        self.exhausted, self.window = [], 0
        if history["rate"]:
            number, self.window = history["rate"]
            times = [message.at for message in self.messages if message.channel == "mail"]
            most = int(number * 0.8)
            self.exhausted = [at for index, at in enumerate(times) if index >= most and at - times[index - most] <= self.window]
        self.runs = [(run["start"], run["end"]) for run in history["runs"]]

    def truth(self, event, address):
        """What is true for a person: None if there is nothing to attend, otherwise start and subject."""
        line = Line()
        for at in sorted({at for at, _ in self.sessions[event].points + self.registered[event, address].points}):
            line.set(at, self.sessions[event].at(at) if self.registered[event, address].at(at) else None)
        return line

    def may_say(self, message, since):
        """Whether a run that read what the source said since a time may tell what a message tells."""
        event, address = message.event, message.address
        if message.state in self.truths[event, address].between(since, message.at):
            return True
        # Rule 18: a run reads the people after the sessions, and waits in between where the source throttles. So it may tell someone who
        # registered after that what the session was before; the next one tells the change.
        points = [at for at, value in self.sessions[event].points + [(since, None)] if since <= at <= message.at]
        return any(self.sessions[event].at(at) == message.state and True in self.registered[event, address].between(at, message.at)
                   for at in points)

    def known_since(self, time):
        """The start of the last run that had certainly stored what it read before a time."""
        return max((start for start, end in self.good if end <= time - CLAIM), default=float("-inf"))


def judge(history):
    judgment, world = Judgment(), World(history)
    for message in world.messages:
        arrived(judgment, world, message)
    for tuple_, messages in world.told.items():
        repeats(judgment, world, tuple_, messages)
        news(judgment, world, tuple_, messages)
    for event, address in world.registered:
        for channel in ("mail", "hook"):
            owed(judgment, world, channel, event, address)
    codes(judgment, world)
    final(judgment, world)
    return judgment


# ---- Each message by itself ----

def arrived(judgment, world, message):
    if message.kind == "offset":
        before = REMINDERS[message.rule]
        expiry = message.start - (REMINDERS["15m"] if message.rule == "1h" else 0)
        if message.at < message.start - before - 1:
            judgment.add("wrong", message.at, f"too early: {message}")
    else:
        # Rule 2: "until its end" is judged by the end that the message tells, and for a cancellation by the latest end that the session had.
        ends = [end for at, end in world.ends[message.event].points if at <= message.at]
        expiry = max([message.end] + (ends if message.kind == "canceled" else []))
    if message.at > expiry + LATE:
        judgment.add("late", message.at, f"{message.at - expiry:.0f} s after its expiry: {message}")
    # Rule 3: a webhook that is in doubt is repeated as it was: same id, same bytes, and nothing is asked of its facts.
    earlier = [other for other in world.told[message.channel, message.event, message.address] if other.id == message.id and other.at < message.at]
    is_repeat = earlier or (message.channel, message.id) in world.doubted_ids
    if earlier and message.channel == "hook" and any(other.outcome != "refused" for other in earlier):
        if earlier[0].arrival["body"] != message.arrival["body"]:
            judgment.add("wrong_revisions", message.at, f"repeated under its id with other content: {message}")
    # Rule 17: a message that is ready waits for a connection while the server hangs.
    is_calm = all(mood == "up" for mood in world.moods["mail"].between(message.at - 900, message.at))
    if is_calm and message.arrival["date"] is not None and abs(message.arrival["date"] - message.at) > DATE:
        judgment.add("wrong", message.at, f"its Date is {message.at - message.arrival['date']:.0f} s before it left: {message}")
    if is_repeat and message.channel == "hook":
        return
    truth = world.truths.get((message.event, message.address))
    if truth is None:
        return judgment.add("wrong", message.at, f"to someone who never registered: {message}")
    since = world.known_since(message.begun)
    if not world.may_say(message, since):
        judgment.add("wrong_revisions", message.at, f"not true since {message.at - since:.0f} s: {message}")


# ---- Twice ----

def repeats(judgment, world, tuple_, messages):
    by_id = collections.defaultdict(list)
    for message in messages:
        by_id[message.id].append(message)
    for name, group in by_id.items():
        for earlier, later in zip(group, group[1:]):
            # Rule 4: a repeat is right after a refusal; a webhook may be repeated where no answer came, or where a run died before it had recorded one.
            is_right = earlier.outcome == "refused" or (later.channel == "hook" and (earlier.outcome == "doubt" or ("hook", name) in world.doubted_ids))
            if not is_right:
                judgment.add("duplicates", later.at, f"arrived again: {later}")


def news(judgment, world, tuple_, messages):
    """Follows what a person was told, message by message, as far as it is certain."""
    channel, event, address = tuple_
    truth = world.truths.get((event, address))
    if truth is None:
        return
    unsure = sorted(world.doubted[tuple_])
    last, seen, is_certain, looked = "nothing", set(), True, float("-inf")
    for message in messages:
        if message.outcome == "refused" or message.id in seen:
            continue
        # Rule 5: a doubt makes what the person was told uncertain, until something is told for certain.
        if any(looked < at <= message.at for at in unsure):
            is_certain = False
        if is_certain and last != "nothing":
            was_off = None in truth.between(last.at - 2 * world.history["tick"], message.at)
            if message.kind == "canceled" and not last.state:
                judgment.add("duplicates", message.at, f"told canceled twice: {message}")
            elif message.kind == "changed" and message.state == last.state:
                judgment.add("wrong_revisions", message.at, f"changed, but nothing changed: {message}")
            elif message.kind == "registered" and last.state and not was_off:
                judgment.add("duplicates", message.at, f"registered, told before: {message}")
            elif message.kind == "offset" and not was_off and any(
                    other.kind == "offset" and other.rule == message.rule and other.start == message.start for other in messages
                    if other.at < message.at and other.id in seen):
                judgment.add("duplicates", message.at, f"reminded twice: {message}")
        elif is_certain and message.kind == "canceled":
            judgment.add("wrong", message.at, f"told canceled, but never told of it: {message}")
        seen.add(message.id)
        last, looked = message, message.at
        is_certain = message.outcome == "accepted" and (channel, message.id) not in world.doubted_ids


# ---- What is owed ----

def owed(judgment, world, channel, event, address):
    truth = world.truths[event, address]
    for since, state in truth.points:
        until = min(truth.until(since), world.history["end"])
        if state is not None:
            end = state[0] + (world.ends[event].at(since) or 0) - (world.sessions[event].at(since) or state)[0]
            debt(judgment, world, channel, event, address, since, min(until, end - 60), end, state, None)
            for rule, before in REMINDERS.items():
                due = state[0] - before
                expiry = state[0] - (REMINDERS["15m"] if rule == "1h" else 0)
                # Rule 6: who was told of a change, or registered, after a reminder fell due, needs no reminder.
                if since < due:
                    debt(judgment, world, channel, event, address, due, min(until, expiry - 30), expiry, state, rule)
        elif since > world.registered[event, address].points[0][0]:
            # The end may move meanwhile: it must be told before the earliest, and a wait may serve the latest.
            ends = world.ends[event].between(since, until)
            debt(judgment, world, channel, event, address, since, min(until, min(ends) - 60), max(ends), None, None)


def debt(judgment, world, channel, event, address, since, until, expiry, state, rule):
    """What must have been told at the latest, if the runs, the server and the rate left enough time for it between two times."""
    settled = steady(world, channel, event, address, since, since, until, expiry)
    if settled is None:
        return
    judgment.obligations += 1
    # What is told after the truth has changed again says nothing about this one.
    latest = min(settled + 5, world.truths[event, address].until(since))
    messages = [message for message in world.told[channel, event, address] if message.outcome != "refused" and message.at <= latest]
    if rule:
        # Rule 7: any message with these facts after the reminder fell due takes its place.
        if not any(message.state == state and message.at >= since - 1 for message in messages):
            judgment.add("lost", settled, f"the {rule} reminder on {channel} to {address} of {event}")
        return
    # Rule 9: a receiver that knows the ids ignores what is repeated, and another takes it as news: both orders are right.
    last = messages[-1] if messages else None
    firsts = [message for index, message in enumerate(messages) if all(other.id != message.id for other in messages[:index])]
    words = {message.state for message in (messages[-1:] + firsts[-1:])}
    if state is None:
        # Rule 8: nothing is owed to someone who was never told; the last word decides.
        if words and None not in words:
            judgment.add("lost", settled, f"the cancellation on {channel} to {address} of {event}")
    elif state not in words:
        judgment.add("lost", settled, f"{state[1]} on {channel} to {address} of {event}; the last word was {last and str(last)}")


def steady(world, channel, event, address, since, start, until, expiry):
    """From a time on, for what has been owed since another: when enough runs had had their chance without a break; None if they had not."""
    unsure = [at for at in world.doubted[channel, event, address]] + [
        message.at for message in world.told[channel, event, address] if message.outcome == "doubt"]
    # Rule 10: mail in doubt is held for a person to decide, and may count as told or not; then nothing more is owed on this channel.
    if channel == "mail" and any(at <= until for at in unsure):
        return None
    while True:
        moved = start
        # Rule 11: the server must be well.
        line = world.moods[channel]
        for at, mood in line.points:
            if mood != "up" and at < until and line.until(at) > moved and at <= moved:
                moved = line.until(at)
        # Rule 11 again: and the source must list everyone; who is missing in a list is not reminded, and is owed everything when it is whole.
        if world.cuts[event].at(moved):
            moved = world.cuts[event].until(moved)
        # Rule 12: after an answer with Retry-After, it may wait as long as it was asked to, but at most half of the time that is left when
        # this fell due; without one, it may wait for the next run.
        for at, name, status, wait in world.history["answers"]:
            if name == channel and at <= moved:
                asked = max(at, since)
                moved = max(moved, min(at + (wait or 0), asked + max((expiry - asked) / 2, 0)))
        # Rule 13: a rate that is nearly used up has its window.
        if channel == "mail":
            for at in world.exhausted:
                if at <= moved < at + world.window:
                    moved = at + world.window
        # Rule 14: a run from before may hold what it has claimed until it ends.
        for begun, ended in world.runs:
            if begun < moved < ended:
                moved = ended
        # Rule 15: a webhook in doubt is repeated first.
        if channel == "hook":
            moved = max([moved] + [at for at in unsure if at <= moved + 1 and at > moved])
        if moved >= until:
            return None
        if moved == start:
            break
        start = moved
    # Count good runs from here; any trouble in between starts the count anew.
    chances = 0
    for begun, ended in sorted(world.good):
        if begun < start:
            continue
        if ended > until:
            return None
        trouble = [at for at, mood in world.moods[channel].points if start < at <= ended and mood != "up"]
        trouble += [at for at, name, _, _ in world.history["answers"] if name == channel and start < at <= ended]
        trouble += [at for at in unsure if start < at <= ended]
        trouble += [at for at in world.exhausted if channel == "mail" and start < at <= ended]
        trouble += [at for at, is_cut in world.cuts[event].points if start < at <= ended and is_cut]
        if trouble:
            return steady(world, channel, event, address, since, max(trouble) + 0.001, until, expiry)
        # Rule 14 again: what another run claimed meanwhile and still holds.
        holders = [other for other_begun, other in world.runs if other_begun < ended < other]
        if holders:
            return steady(world, channel, event, address, since, max(holders) + 0.001, until, expiry)
        chances += 1
        if chances >= RUNS:
            return ended
    return None


# ---- Exit codes, and what expired ----

def codes(judgment, world):
    for run in world.history["runs"]:
        # Rule 16: what waits after an attempt waits with trouble, and every run says so; beside other runs nobody can tell who let it wait.
        if run["code"] == 0 and run["waiting"] and not run["ahead"]:
            judgment.add("wrong", run["start"], f"a run ended with 0 while {run['waiting']} waited after a refusal")
    for at, what, expiry in world.history["expired"]:
        judgment.add("wrong", at, f"expired {expiry - at:.0f} s before its time: {what}")


# ---- The ledger at the end ----

def final(judgment, world):
    end = world.history["end"]
    arrived = collections.defaultdict(list)
    for message in world.messages:
        arrived[message.channel, message.id].append(message)
    for row in world.history["rows"]:
        name = f"{row['channel']} {row['rule']} to {row['registration']} of {row['event']}"
        got = arrived.get((row["channel"], row["id"]), [])
        is_there = any(message.outcome != "refused" for message in got)
        is_certain = any(message.outcome == "accepted" for message in got) and (row["channel"], row["id"]) not in world.doubted_ids
        if row["state"] == "sent" and not is_there:
            judgment.add("losses", end, f"recorded as sent, but did not arrive: {name}")
        elif row["state"] in ("pending", "claimed", "wire") and row["expires_at"] < end - world.history["tick"]:
            judgment.add("wrong", end, f"still {row['state']} at the end: {name}")
        elif row["state"] == "in_doubt" and row["channel"] == "hook" and row["expires_at"] < end - world.history["tick"]:
            judgment.add("wrong", end, f"in doubt for ever: {name}")
        elif row["state"] in ("skipped", "failed") and is_certain:
            judgment.add("wrong", end, f"arrived, but the ledger says {row['state']}: {name}")
        elif row["state"] == "failed":
            judgment.add("wrong", end, f"failed, though no answer was final: {name}")


# ---- Histories that are tampered with, to show that the oracle finds it ----

def added(history, change):
    accepted = [arrival for arrival in history["arrivals"]
                if arrival["outcome"] == "accepted" and arrival["channel"] == "mail" and arrival["facts"]["kind"] == "registered"]
    copy = dict(accepted[len(accepted) // 2])
    copy["facts"] = dict(copy["facts"])
    change(copy)
    history["arrivals"].append(copy)


def late(history):
    def change(arrival):
        arrival["id"] = "tampered"
        arrival["at"] = arrival["begun"] = seconds(arrival["facts"]["end"]) + 3600
        arrival["date"] = None
    added(history, change)


def lost(history):
    """Nobody at one address gets anything."""
    addresses = sorted({arrival["facts"]["email"] for arrival in history["arrivals"]})
    history["arrivals"] = [arrival for arrival in history["arrivals"] if arrival["facts"]["email"] != addresses[0]]


def duplicate(history):
    """A mail arrives again, as after a crash of a worker that records after sending."""
    added(history, lambda arrival: arrival.update(at=arrival["at"] + 1))


def stale(history):
    def change(arrival):
        arrival["id"] = "tampered"
        arrival["date"] = None
        arrival["facts"]["subject"] = "what it was called long ago"
    added(history, change)


# Each with the kind of problem that must be found.
TAMPER = {"late": (late, "late"), "lost": (lost, "lost"), "duplicate": (duplicate, "duplicates"), "stale": (stale, "wrong_revisions")}
