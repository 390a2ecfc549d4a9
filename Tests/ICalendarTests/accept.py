"""Reads calendars with the icalendar package and prints its complaints: accept.py FOLDER."""
import pathlib, sys
import icalendar

faults = []
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.ics")):
    try:
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
    except ValueError as error:
        faults.append(f"{path.name}: {error}")
        continue
    for component in calendar.walk():
        faults += [f"{path.name}: {component.name}: {name}: {error}" for name, error in component.errors]
    again = icalendar.Calendar.from_ical(calendar.to_ical())
    if len(again.walk()) != len(calendar.walk()):
        faults.append(f"{path.name}: components are lost")
    print(f"{path.name}: {len(calendar.walk('VEVENT'))} events")
print("\n".join(faults))
sys.exit(1 if faults else 0)
