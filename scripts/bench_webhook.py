"""Sends signed webhooks for N attendees with usher and with wrk, over as many connections to the same nginx.

bench_webhook.py USHER N
"""
import contextlib, os, pwd, shutil, sqlite3, subprocess, sys, tempfile, time
from http.server import BaseHTTPRequestHandler, HTTPServer
from bench_world import NOW, Server, down_then_up, free_port, world

CONNECTIONS = int(os.environ.get("USHER_BENCH_CONNECTIONS", 64))
SECONDS = 5
JOB = """name: bench
source: {kind: file, path: events.json, attendees: {csv: people.csv}}
ledger: usher.sqlite
channels:
  hook: {kind: webhook, url: "http://127.0.0.1:%d/hook", secret: {env: HOOK_SECRET}, connections: %d}
rules:
  - {when: registered, to: attendees, via: hook, template: webhook}
limits: {deliveries-per-run: 1000000}
"""
SECRET = {"HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
CONFIGURATION = """daemon off; pid %(folder)s/pid; error_log stderr emerg; worker_processes 1;%(user)s
events { worker_connections 1024; }
http { access_log off; keepalive_requests 100000000; keepalive_timeout 300; client_body_temp_path %(folder)s/body;
  proxy_temp_path %(folder)s/p; fastcgi_temp_path %(folder)s/f; uwsgi_temp_path %(folder)s/u; scgi_temp_path %(folder)s/s;
  server { listen 127.0.0.1:%(port)d; location / { client_max_body_size 1m; return 204; } } }
"""


@contextlib.contextmanager
def nginx():
    """Starts nginx on a free loopback port; it reads each request completely and answers 204."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="usher-bench-nginx-") as folder:
        user = f" user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        with open(f"{folder}/nginx.conf", "w") as file:
            file.write(CONFIGURATION % dict(folder=folder, port=port, user=user))
        with Server([shutil.which("nginx") or "/usr/sbin/nginx", "-c", f"{folder}/nginx.conf", "-p", folder], port) as server:
            yield server


def run(program, folder, now):
    start = time.monotonic()
    status = subprocess.run([program, "run", "job.yaml", "--now", now, "--confirm-now", "--quiet"], cwd=folder, env=os.environ | SECRET,
                            stderr=subprocess.DEVNULL).returncode
    return status, time.monotonic() - start


def usher(program, count):
    """Seconds of a first run that reads and plans but finds no server, of a second run that only delivers, and of SQLite alone."""
    with nginx() as server:
        folder = world(JOB % (1, CONNECTIONS), count)
        try:
            times = []
            for port, now in down_then_up(server.port, nobody=1):
                open(f"{folder}/job.yaml", "w").write(JOB % (port, CONNECTIONS))
                status, seconds = run(program, folder, now)
                times.append(seconds)
                if len(times) == 1:
                    bare = sqlite_alone(folder)
            ledger = sqlite3.connect(f"{folder}/usher.sqlite")
            sent = ledger.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0]
            if sent != count or status != 0:
                sys.exit(f"bench: {sent} of {count} were sent, status {status}")
            return *times, bare
        finally:
            shutil.rmtree(folder)


def sqlite_alone(folder, batch=256):
    """Seconds that SQLite takes for usher's updates of all deliveries, on a copy of the ledger with the same durability; sends no requests."""
    shutil.copyfile(f"{folder}/usher.sqlite", f"{folder}/copy.sqlite")
    copy = sqlite3.connect(f"{folder}/copy.sqlite", isolation_level=None)
    copy.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32000; PRAGMA wal_autocheckpoint = 4000")
    keys = [key for key, in copy.execute("SELECT key FROM delivery WHERE state = 'pending' ORDER BY due_at, key")]
    on_wire = []
    start = time.monotonic()
    for first in range(0, len(keys) + batch, batch):
        part = keys[first:first + batch]
        copy.execute("BEGIN IMMEDIATE")
        copy.executemany("UPDATE delivery SET state = 'claimed', owner = 'bench', lease_until = 1, attempts = attempts + 1 WHERE key = ?",
                         [(key,) for key in part])
        copy.execute("COMMIT")
        copy.execute("BEGIN IMMEDIATE")
        copy.executemany("UPDATE delivery SET state = 'sent', owner = NULL, lease_until = NULL, finished_at = 1, evidence = '204' WHERE key = ?", on_wire)
        copy.executemany("UPDATE delivery SET state = 'wire', told_revision = 0, told_order = ?, wired_at = 1 WHERE key = ?",
                         [(first + number, key) for number, key in enumerate(part)])
        copy.execute("COMMIT")
        on_wire = [(key,) for key in part]
    seconds = time.monotonic() - start
    finished = copy.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0]
    copy.close()
    if finished != len(keys) or not keys:
        sys.exit(f"bench: SQLite finished {finished} of {len(keys)} deliveries")
    return seconds


def example(program):
    """Returns the headers and the body of one request as usher sends it."""
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    folder = world(JOB % (server.server_port, 1), 1)
    try:
        process = subprocess.Popen([program, "run", "job.yaml", "--now", NOW, "--confirm-now", "--quiet"], cwd=folder, env=os.environ | SECRET,
                                   stderr=subprocess.DEVNULL)
        server.timeout = 30
        server.handle_request()
        server.server_close()
        process.wait()
        return received[0]
    finally:
        shutil.rmtree(folder)


def lua(text):
    return '"' + "".join(f"\\{octet:03d}" for octet in text) + '"'


def wrk(fields, body):
    """Requests per second of wrk with the same headers and body, over as many connections."""
    with nginx() as server, tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\n')
        for name, value in fields.items():
            if name.lower() not in ("host", "content-length"):
                script.write(f"wrk.headers[{lua(name.encode())}] = {lua(value.encode())}\n")
        script.write(f"wrk.body = {lua(body)}\n")
        script.write('done = function(s) print("rate " .. s.requests / (s.duration / 1e6) .. " " .. s.errors.status + s.errors.read) end\n')
        script.flush()
        printed = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script.name, f"http://127.0.0.1:{server.port}/hook"],
                                 check=True, capture_output=True, text=True).stdout
        rate, errors = next(line for line in printed.splitlines() if line.startswith("rate ")).split()[1:]
        if float(errors):
            sys.exit(f"bench: wrk counted {errors} errors")
        return float(rate)


def measure(program, count):
    fields, body = example(program)
    print(f"webhook: {count:,} signed requests with bodies of {len(body):,} bytes, {CONNECTIONS} connections, nginx on loopback")
    planned, whole, bare = usher(program, count)
    print(f"webhook: usher {whole:7.1f} s ({count / whole:,.0f}/s) to deliver; reading and planning before that {planned:.1f} s")
    print(f"webhook: SQLite alone, without requests, in batches of 256 {bare:4.1f} s ({count / bare:,.0f}/s): usher reaches {bare / whole:.2f} of its speed")
    rate = wrk(fields, body)
    print(f"webhook: wrk {count / rate:9.1f} s ({rate:,.0f}/s): usher reaches {count / whole / rate:.2f} of its speed (required: 0.5)")
    return count / whole / rate >= 0.5


if __name__ == "__main__":
    sys.exit(0 if measure(sys.argv[1], int(sys.argv[2])) else 1)
