"""Creates the benchmarks' jobs, each in its own folder, with one session and any number of attendees, and starts servers."""
import os, socket, subprocess, sys, tempfile, time

NOW, LATER = "2026-12-01T09:00:00Z", "2026-12-01T11:00:00Z"
EVENTS = """{"webinars": [{"id": "e1", "displayName": "Bench", "status": "published", "sessions": [{"id": "s1", "subject": "One session",
"startDateTime": "2026-12-10T15:00:00Z", "endDateTime": "2026-12-10T16:00:00Z", "joinWebUrl": "https://teams.microsoft.com/l/a"}]}]}"""


def world(job, count):
    """Creates the folder of a job. It is not in /tmp, which may be in memory."""
    folder = tempfile.mkdtemp(prefix="usher-bench-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    open(f"{folder}/job.yaml", "w").write(job)
    open(f"{folder}/events.json", "w").write(EVENTS)
    with open(f"{folder}/people.csv", "w") as people:
        people.write("email,first-name,last-name,time-zone,language\n")
        for number in range(count):
            people.write(f"person{number}@example.com,First{number},Last{number},Europe/Berlin,{'en de fr'.split()[number % 3]}\n")
    # usher reads a file again if it changed within the last seconds before the previous run, since it could miss a second change.
    time.sleep(4)
    return folder


def down_then_up(server, nobody="127.0.0.1:1"):
    """The addresses and times of two runs: the first reads and plans but finds no server; the second only delivers."""
    return (nobody, NOW), (server, LATER)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Server:
    """A server program on a loopback port, running until the block ends."""

    def __init__(self, command, port):
        self.command, self.port = command, port

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        sys.exit(f"bench: {self.command[0]} did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
