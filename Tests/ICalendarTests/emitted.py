"""Collects every calendar in the tests' golden files, including those in mails: emitted.py TESTS FOLDER."""
import email, email.policy, pathlib, sys

tests, folder = map(pathlib.Path, sys.argv[1:])
for path in sorted(tests.glob("Usher*Tests/Golden/**/*")):
    name = "-".join(path.relative_to(tests).parts)
    if path.suffix == ".ics":
        found = [path.read_bytes()]
    elif path.suffix == ".eml":
        parts = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP).walk()
        calendars = ("text/calendar", "application/ics")
        found = [part.get_payload(decode=True) for part in parts if part.get_content_type() in calendars]
    else:
        continue
    for number, calendar in enumerate(found):
        (folder / f"{name}-{number}.ics").write_bytes(calendar)
