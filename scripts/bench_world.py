"""A job in a folder of its own, with one session and as many attendees as wanted; for the benchmarks."""
import os, tempfile, time

EVENTS = """{"webinars": [{"id": "e1", "displayName": "Bench", "status": "published", "sessions": [{"id": "s1", "subject": "One session",
"startDateTime": "2026-12-10T15:00:00Z", "endDateTime": "2026-12-10T16:00:00Z", "joinWebUrl": "https://teams.microsoft.com/l/a"}]}]}"""


def world(job, count):
    """The folder, on a disk: /tmp may be none."""
    folder = tempfile.mkdtemp(prefix="usher-bench-", dir=os.environ.get("TMPDIR", "/var/tmp"))
    open(f"{folder}/job.yaml", "w").write(job)
    open(f"{folder}/events.json", "w").write(EVENTS)
    with open(f"{folder}/people.csv", "w") as people:
        people.write("email,first-name,last-name,time-zone,language\n")
        for number in range(count):
            people.write(f"person{number}@example.com,First{number},Last{number},Europe/Berlin,{'en de fr'.split()[number % 3]}\n")
    # Files that have only just changed are read again, as a second change could go unseen.
    old = time.time() - 60
    os.utime(f"{folder}/people.csv", (old, old))
    return folder
