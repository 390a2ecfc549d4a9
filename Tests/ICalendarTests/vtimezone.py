"""Reads the VTIMEZONE of a calendar with dateutil and compares its offsets with those of the original TZif file.

vtimezone.py TZIF FROM TO CALENDAR: compares thousands of instants in the span, and those around every change."""
import random, sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
from dateutil.tz import tzical
import icalendar

tzif, start, end, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
with open(tzif, "rb") as file:
    truth = ZoneInfo.from_file(file)
text = open(path, encoding="utf-8", newline="").read()
zone = tzical(open(path, encoding="utf-8")).get()
icalendar.Calendar.from_ical(text)


def offset(zone, local):
    return int(zone.utcoffset(local.replace(tzinfo=zone)).total_seconds())


def true_offset(instant):
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=instant)
    return int(moment.astimezone(truth).utcoffset().total_seconds())


instants = [random.Random(5545).randint(start, end) for _ in range(3000)]
step = 6 * 3600
before = true_offset(start)
for instant in range(start, end, step):
    after = true_offset(min(instant + step, end))
    if after != before:
        low, high = instant, min(instant + step, end)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if true_offset(middle) == before else (low, middle)
        # Local times near a change are ambiguous or missing, so stay a little away from it.
        jump = abs(after - before)
        instants += [moment for moment in (high - jump - 1, high + jump + 1) if start <= moment <= end]
    before = after

wrong = 0
for instant in instants:
    expected = true_offset(instant)
    if any(true_offset(instant + near) != expected for near in (-90000, 90000)):
        # A program that works with local times cannot tell the two offsets apart this near to a change.
        local = datetime(1970, 1, 1) + timedelta(seconds=instant + expected)
        if any(true_offset(instant + d) != expected and abs(d) <= abs(true_offset(instant + d) - expected) for d in (-90000, -7200, -3600, -1800, 1800, 3600, 7200, 90000)):
            continue
    local = datetime(1970, 1, 1) + timedelta(seconds=instant + expected)
    actual = offset(zone, local)
    if actual != expected:
        wrong += 1
        if wrong <= 5:
            print(f"at {instant} ({local}): {actual} instead of {expected}")
print("good" if not wrong else f"{wrong} of {len(instants)} wrong")
sys.exit(1 if wrong else 0)
