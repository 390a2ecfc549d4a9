"""Sends mails with HTML, text and calendar to N attendees with usher, smtp-source and a plain Python program, to the same smtp-sink.

bench_mail.py USHER N
"""
import csv, glob, os, shutil, sqlite3, smtplib, statistics, subprocess, sys, tempfile, time
from datetime import datetime, timezone
from email.message import EmailMessage
from zoneinfo import ZoneInfo
from bench_world import NOW, Server, down_then_up, free_port, world

CONNECTIONS = int(os.environ.get("USHER_BENCH_CONNECTIONS", 256))
# usher and smtp-source take turns, so that other load on the machine affects both; the medians are compared.
ROUNDS = 3
JOB = """name: bench
source: {kind: file, path: events.json, attendees: {csv: people.csv}}
ledger: usher.sqlite
channels:
  mail: {kind: %s, from: "Events <events@contoso.example>"}
rules:
  - {when: registered, to: attendees, via: mail, template: invite}
  - {when: changed,    to: attendees, via: mail, template: update}
  - {when: canceled,   to: attendees, via: mail, template: cancel}
limits: {deliveries-per-run: 1000000}
"""

def sink():
    """Starts smtp-sink on a free loopback port."""
    port = free_port()
    identity = ["-u", "nobody"] if os.getuid() == 0 else []
    return Server(["/usr/sbin/smtp-sink", "-c", *identity, f"127.0.0.1:{port}", "1000"], port)


def mail_to(url):
    return f'smtp, url: "smtp://{url}", tls: none, connections: {CONNECTIONS}, messages-per-connection: 100000'


def usher(program, count):
    """Seconds of a first run that reads and plans but finds no server, and of a second run that only delivers."""
    with sink() as server:
        folder = world(JOB % mail_to("127.0.0.1:1"), count)
        try:
            times = []
            for url, now in down_then_up(f"127.0.0.1:{server.port}"):
                open(f"{folder}/job.yaml", "w").write(JOB % mail_to(url))
                start = time.monotonic()
                subprocess.run([program, "run", "job.yaml", "--now", now, "--confirm-now", "--quiet"], cwd=folder, stderr=subprocess.DEVNULL)
                times.append(time.monotonic() - start)
            ledger = sqlite3.connect(f"{folder}/usher.sqlite")
            sent = ledger.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0]
            if sent != count:
                sys.exit(f"bench: {sent} of {count} were sent")
            return tuple(times)
        finally:
            shutil.rmtree(folder)


def example(program):
    """Returns one mail as usher writes it."""
    folder = world(JOB % "outbox, to: outbox", 1)
    try:
        subprocess.run([program, "run", "job.yaml", "--now", NOW, "--confirm-now", "--quiet"], cwd=folder, check=True)
        return open(glob.glob(f"{folder}/outbox/**/*.eml", recursive=True)[0], "rb").read()
    finally:
        shutil.rmtree(folder)


def source(mail, count):
    """Seconds of smtp-source with the same bytes over as many persistent connections."""
    with sink() as server, tempfile.NamedTemporaryFile() as file:
        # smtp-source adds the CR of each line end itself.
        file.write(mail.replace(b"\r\n", b"\n"))
        file.flush()
        os.chmod(file.name, 0o644)
        start = time.monotonic()
        subprocess.run(["/usr/sbin/smtp-source", "-d", "-m", str(count), "-s", str(CONNECTIONS), "-F", file.name,
                        "-f", "events@contoso.example", "-t", "person@example.com", f"127.0.0.1:{server.port}"], check=True)
        return time.monotonic() - start


HTML = """<html><body><p>Hello {{ first }},</p><h1>{{ subject }}</h1><p>{{ start }}</p><p><a href="{{ link }}">Join</a></p>
{% for line in lines %}<p>{{ line }}</p>{% endfor %}<p>{{ last }}</p></body></html>"""
TEXT = """Hello {{ first }},\n\n{{ subject }}\n{{ start }}\nJoin: {{ link }}\n{% for line in lines %}{{ line }}\n{% endfor %}\n{{ last }}\n"""


def python(count):
    """Seconds of a plain program for the same job, which commits before and after each mail."""
    import icalendar, jinja2
    with sink() as server:
        folder = world(JOB % "outbox, to: outbox", count)
        try:
            begin = time.monotonic()
            database = sqlite3.connect(f"{folder}/sent.sqlite", isolation_level=None)
            database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE sent (email TEXT PRIMARY KEY, state TEXT)")
            environment = jinja2.Environment(autoescape=True)
            html, text = environment.from_string(HTML), jinja2.Environment().from_string(TEXT)
            start = datetime(2026, 12, 10, 15, tzinfo=timezone.utc)
            link, lines = "https://teams.microsoft.com/l/a", ["When", "Where", "Who"]
            server = smtplib.SMTP("127.0.0.1", server.port)
            for person in csv.DictReader(open(f"{folder}/people.csv")):
                email = person["email"]
                database.execute("INSERT INTO sent VALUES (?, 'claimed')", (email,))
                local = start.astimezone(ZoneInfo(person["time-zone"]))
                values = dict(first=person["first-name"], last=person["last-name"], subject="One session", link=link, lines=lines,
                              start=local.strftime("%A, %d %B %Y, %H:%M %Z"))
                calendar, event = icalendar.Calendar(), icalendar.Event()
                for name, value in (("prodid", "-//Bench//EN"), ("version", "2.0"), ("method", "REQUEST")):
                    calendar.add(name, value)
                for name, value in (("uid", "e1/s1"), ("dtstamp", start), ("dtstart", start), ("summary", "One session"),
                                    ("location", link), ("organizer", "mailto:events@contoso.example"), ("attendee", f"mailto:{email}")):
                    event.add(name, value)
                calendar.add_component(event)
                message = EmailMessage()
                message["From"], message["To"], message["Subject"] = "Events <events@contoso.example>", email, "One session"
                message.set_content(text.render(values))
                message.add_alternative(html.render(values), subtype="html")
                message.add_alternative(calendar.to_ical().decode(), subtype="calendar", params={"method": "REQUEST"})
                message.add_attachment(calendar.to_ical(), maintype="application", subtype="ics", filename="invite.ics")
                server.send_message(message)
                database.execute("UPDATE sent SET state = 'sent' WHERE email = ?", (email,))
            server.quit()
            return time.monotonic() - begin
        finally:
            shutil.rmtree(folder)


def measure(program, count):
    mail = example(program)
    print(f"mail: {count:,} messages of {len(mail):,} bytes (HTML, text, calendar), {CONNECTIONS} connections, smtp-sink on loopback")
    ours, plain = [], []
    for _ in range(ROUNDS):
        planned, whole = usher(program, count)
        ours.append(whole)
        plain.append(source(mail, count))
    whole, bare = statistics.median(ours), statistics.median(plain)
    print(f"mail: usher {whole:7.1f} s ({count / whole:,.0f}/s) to deliver; reading and planning before that {planned:.1f} s")
    ratios = ", ".join(f"{theirs / own:.2f}" for own, theirs in zip(ours, plain))
    print(f"mail: smtp-source {bare:7.1f} s ({count / bare:,.0f}/s): usher reaches {bare / whole:.2f} of its speed (required: 0.5; each round: {ratios})")
    part = max(1, count // 10)
    slow = python(part) * count / part
    print(f"mail: Python {slow:7.1f} s ({count / slow:,.0f}/s; extrapolated from a tenth): usher is {slow / whole:.1f} times as fast (required: 20)")
    return bare / whole >= 0.5 and slow / whole >= 20


if __name__ == "__main__":
    sys.exit(0 if measure(sys.argv[1], int(sys.argv[2])) else 1)
