"""Runs the programs of scripts/bench-ical and prints their time and memory: bench-ical.py FOLDER N.

With `write N PATH` or `read PATH` it does the same work itself, with Python's icalendar."""
import os, sys, time
from datetime import datetime, timedelta, timezone

TEAMS = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjQ0YWE2ZmUtYzQ5OC00%40thread.v2/0?context=%7b%22Tid%22%3a%22x%22%7d"


def event(number):
    import icalendar
    start = datetime.fromtimestamp(1796824800 + number * 3600, timezone.utc)
    made = icalendar.Event()
    for name, value in [
        ("uid", f"6f1c2a3e-8f0b-5d5e-9d55-{number}"), ("dtstamp", start), ("created", start), ("last-modified", start),
        ("sequence", number % 5), ("dtstart", start), ("dtend", start + timedelta(seconds=5400)), ("status", "CONFIRMED"),
        ("transp", "OPAQUE"), ("class", "PUBLIC"), ("summary", f"Webinar {number}: Cloud security; what’s next, and why"),
        ("description", f"Join: {TEAMS}\n\nWe look at what changed during the year, and at what that means for those who run systems; "
                        "questions are welcome, at any time.\nMeeting ID: 123 456 789\nPasscode: a\\b"),
        ("location", "Microsoft Teams"), ("url", TEAMS), ("categories", ["Webinar", "Security"]),
        ("x-microsoft-skypeteamsmeetingurl", TEAMS)]:
        made.add(name, value)
    made.add("conference", TEAMS, parameters={"VALUE": "URI", "FEATURE": ["AUDIO", "VIDEO"], "LABEL": "Join: here"})
    made.add("organizer", "mailto:events@contoso.com", parameters={"CN": "Contoso: Events"})
    return made


def write(count, path):
    with open(path, "wb") as file:
        file.write(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Contoso//Events 1.0//EN\r\nCALSCALE:GREGORIAN\r\n")
        for number in range(count):
            file.write(event(number).to_ical())
        file.write(b"END:VCALENDAR\r\n")


def read(path):
    import icalendar
    with open(path, "rb") as file:
        calendar = icalendar.Calendar.from_ical(file.read())
    starts = [int(one["dtstart"].dt.timestamp()) for one in calendar.walk("VEVENT")]
    print(len(starts), sum(starts))


def run(arguments):
    """Runs a program; returns its CPU seconds, its peak memory in MiB, and its output."""
    out_read, out_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(out_write, 1)
        os.execv(arguments[0], arguments)
    os.close(out_write)
    with os.fdopen(out_read) as pipe:
        said = pipe.read()
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"bench-ical: {' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


def best(arguments, rounds):
    """The shortest time and the highest peak of several runs: the shortest was disturbed least by other processes."""
    runs = [run(arguments) for _ in range(rounds)]
    return min(seconds for seconds, _, _ in runs), max(peak for _, peak, _ in runs), runs[0][2]


def main(folder, count):
    # Python takes minutes where the others take seconds, so it gets a twentieth of the events, and its time is multiplied by 20.
    few = max(1, count // 20)
    programs = [("ICalendar", [f"{folder}/swift"], count, 3), ("libical", [f"{folder}/libical"], count, 3),
                ("Python icalendar", [sys.executable, os.path.abspath(__file__)], few, 1)]
    print(f"{count} events; CPU seconds, peak memory in MiB, and time as a multiple of ICalendar's")
    for work in ("write", "read"):
        base = None
        for name, command, number, rounds in programs:
            path = f"{folder}/{name.split()[0]}-{number}.ics" if work == "write" else f"{folder}/ICalendar-{number}.ics"
            if work == "read" and number != count:
                run([f"{folder}/swift", "write", str(number), path])
            arguments = command + [work] + ([str(number)] if work == "write" else []) + [path]
            seconds, peak, said = best(arguments, rounds)
            if work == "read" and said.split()[0] != str(number):
                sys.exit(f"bench-ical: {name} read {said}")
            seconds *= count / number
            base = base or seconds
            size = os.path.getsize(path) / 1e6 * count / number
            print(f"  {work:5} {name:17} {seconds:8.2f} s {peak:8.0f} MiB {size / seconds:8.1f} MB/s  {seconds / base:6.2f}")
    for number in (count // 10, count):
        path = f"{folder}/ICalendar-{number}.ics"
        written = run([f"{folder}/swift", "write", str(number), path])[1]
        print(f"  peak memory of ICalendar with {number} events: write {written:.1f} MiB, read {run([f'{folder}/swift', 'read', path])[1]:.1f} MiB")


if __name__ == "__main__":
    if sys.argv[1] == "write":
        write(int(sys.argv[2]), sys.argv[3])
    elif sys.argv[1] == "read":
        read(sys.argv[2])
    else:
        main(sys.argv[1], int(sys.argv[2]))
