"""Reads a calendar collection as people do, with vdirsyncer and khal, and prints its agenda.

reader.py URL USER PASSWORD FOLDER FROM UNTIL
"""
import os, subprocess, sys

url, user, password, folder, start, end = sys.argv[1:]
os.makedirs(f"{folder}/calendars", exist_ok=True)
with open(f"{folder}/vdirsyncer", "w") as file:
    file.write(f"""[general]
status_path = "{folder}/status/"
[pair p]
a = "there"
b = "here"
collections = null
[storage there]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"
read_only = true
[storage here]
type = "filesystem"
path = "{folder}/calendars/ours/"
fileext = ".ics"
""")
with open(f"{folder}/khal", "w") as file:
    file.write(f"""[calendars]
[[ours]]
path = {folder}/calendars/ours/
readonly = True
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
default_timezone = Europe/Berlin
local_timezone = Europe/Berlin
[sqlite]
path = {folder}/khal.db
""")
environment = {**os.environ, "HOME": folder, "XDG_CONFIG_HOME": folder, "NO_PROXY": "*"}


def run(*words):
    done = subprocess.run([sys.executable, "-m", *words], env=environment, input="y\n" * 9, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words}: {done.stdout}{done.stderr}")
    return done.stdout


run("vdirsyncer", "-c", f"{folder}/vdirsyncer", "discover")
run("vdirsyncer", "-c", f"{folder}/vdirsyncer", "sync")
print(run("khal", "-c", f"{folder}/khal", "list", "--format", "{start-time} {end-time} {title} {location} {status}",
          "--day-format", "{date}", start, end), end="")
