"""Reads a mail as other programs do: mail.py FILE SUBJECT NAME LINK."""
import email, email.header, email.policy, email.utils, sys
import icalendar

source = open(sys.argv[1], "rb").read()
message = email.message_from_bytes(source, policy=email.policy.default)
# The newer parser leaves blanks between encoded words in a phrase; RFC 2047 §6.2 says they are not there.
raw = email.message_from_bytes(source)["To"].replace("\r", "").replace("\n", "")
_, _, subject, name, link = sys.argv
faults = [f"{part.get_content_type()}: {part.defects}" for part in message.walk() if part.defects]
phrase, address = email.utils.parseaddr(raw)
decoded = str(email.header.make_header(email.header.decode_header(phrase)))
expected = [("subject", str(message["subject"]).split(": ", 1)[1], subject), ("name", decoded, name),
            ("address", address, "jana@example.com"), ("auto", message["auto-submitted"], "auto-generated")]
plain = message.get_body(("plain",)).get_content()
expected += [("link in the text", link in plain.splitlines(), True), ("link in the HTML", link.replace("&", "&amp;") in message.get_body(("html",)).get_content(), True)]
parts = [part for part in message.walk() if part.get_content_type() in ("text/calendar", "application/ics")]
for part in parts:
    calendar = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    event = calendar.walk("VEVENT")[0]
    expected += [("SUMMARY", str(event["SUMMARY"]), subject), ("URL", str(event["URL"]), link), ("METHOD", str(calendar["METHOD"]), "REQUEST"),
                 ("ATTENDEE", str(event["ATTENDEE"]), "mailto:jana@example.com")]
expected += [("parts", [part.get_content_type() for part in message.walk()],
              ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"])]
faults += [f"{what}: {got!r} instead of {wanted!r}" for what, got, wanted in expected if got != wanted]
print("\n".join(faults) or "good")
sys.exit(1 if faults else 0)
