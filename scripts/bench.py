"""The benchmarks of memory, idle runs and Graph; see scripts/bench."""
import os, shutil, subprocess, sys, tempfile, time
from bench_world import world

usher, what, attendees = sys.argv[1], sys.argv[2], int(sys.argv[3])
NOW = "2026-12-01T09:00:00Z"
JOB = """name: bench
source: {kind: file, path: events.json, attendees: {csv: people.csv}}
ledger: usher.sqlite
channels:
  outbox: {kind: outbox, to: outbox, from: "Events <events@contoso.example>"}
rules:
  - {when: registered,       to: attendees, via: outbox, template: invite}
  - {when: 24h before start, to: attendees, via: outbox, template: reminder}
  - {when: changed,          to: attendees, via: outbox, template: update}
  - {when: canceled,         to: attendees, via: outbox, template: cancel}
publish:
  - {kind: calendar, to: public/calendar.ics}
limits: {deliveries-per-run: 1000000}
"""

def run(folder):
    """Runs the job once; returns the seconds and the peak memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen([usher, "run", "job.yaml", "--now", NOW, "--confirm-now", "--quiet"], cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"bench: usher ended with status {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def memory():
    small, large = world(JOB, 1000), world(JOB, attendees)
    try:
        seconds, low = run(small)
        print(f"memory: {1000:>9,} attendees: {seconds:7.1f} s, peak {low:6.1f} MB")
        seconds, high = run(large)
        print(f"memory: {attendees:>9,} attendees: {seconds:7.1f} s, peak {high:6.1f} MB")
        print(f"memory: difference {high - low:.1f} MB (must be within 64 MB): {'good' if high - low <= 64 else 'BAD'}")
        return high - low <= 64, large
    finally:
        shutil.rmtree(small)


def idle(large):
    if large is None:
        large = world(JOB, attendees)
        run(large)
    empty = world(JOB, 0)
    try:
        time.sleep(3)
        run(empty), run(large)
        pairs = [(run(empty)[0], run(large)[0]) for _ in range(9)]
        low, high = min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
        print(f"idle: nothing due: empty ledger {low * 1000:6.1f} ms, ledger with {attendees:,} finished deliveries {high * 1000:6.1f} ms")
        print(f"idle: ratio {high / low:.2f} (must be within 2): {'good' if high / low <= 2 else 'BAD'}")
        return high / low <= 2
    finally:
        shutil.rmtree(empty)


def fetch(events, registrations):
    """A first run against a Graph server with this many events of three sessions; returns seconds, peak memory in MB, and the server's request counts."""
    server = subprocess.Popen([f"{os.path.dirname(usher)}/graph-rehearsal", str(events), "3", str(registrations)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    folder = tempfile.mkdtemp(prefix="usher-bench-")
    try:
        source = server.stdout.readline().strip()
        open(f"{folder}/job.yaml", "w").write(f"""name: bench
source: {source}
channels: {{outbox: {{kind: outbox, to: outbox, from: a@example.com}}}}
rules: [{{when: 1m before start, to: attendees, via: outbox, template: reminder}}]
""")
        os.environ.update(TENANT="contoso.example", CLIENT="0f6c9b1e-client", SECRET="the~right.secret")
        seconds, peak = run(folder)
        server.stdin.write("\n")
        server.stdin.flush()
        return seconds, peak, server.stdout.readline().strip()
    finally:
        server.stdin.close()
        server.wait()
        shutil.rmtree(folder)


def graph():
    peaks = []
    for events in (50, 500):
        seconds, peak, asked = fetch(events, 400)
        peaks.append(peak)
        requests = int(asked.split()[0].split("=")[1])
        print(f"graph: {events} events, {3 * events} sessions, {400 * events:,} registrations: {seconds:.1f} s "
              f"({requests / seconds:,.0f} requests/s), peak {peak:.1f} MB; {asked}")
    print(f"graph: difference {peaks[1] - peaks[0]:.1f} MB (must be within 64 MB): {'good' if peaks[1] - peaks[0] <= 64 else 'BAD'}")
    return peaks[1] - peaks[0] <= 64


good, large = True, None
if what in ("all", "graph"):
    good = graph()
if what in ("", "all", "memory"):
    isWithin, large = memory()
    good = good and isWithin
if what in ("", "all", "idle"):
    good = idle(large) and good
if large:
    shutil.rmtree(large)
sys.exit(0 if good else 1)
