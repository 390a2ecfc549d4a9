"""Two plain workers for comparison, as they are commonly written to send each mail once.

    chaos_worker.py after FOLDER PORT PHASE      sends, then records it as sent; if killed in between, it sends the mail again
    chaos_worker.py before FOLDER PORT PHASE     records it as sent, then sends; if killed in between, the mail is lost
"""
import csv
import hashlib
import smtplib
import sqlite3
import sys

order, folder, port, phase = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
ledger = sqlite3.connect(f"{folder}/var/usher.sqlite", isolation_level=None)
ledger.execute("PRAGMA synchronous = FULL")
ledger.execute("CREATE TABLE IF NOT EXISTS delivery (key TEXT PRIMARY KEY, state TEXT, channel TEXT, recipient TEXT, rule TEXT)")
people = [row["email"] for row in csv.DictReader(open(f"{folder}/people.csv"))]


def mark(key, person):
    ledger.execute("INSERT INTO delivery VALUES (?, 'sent', 'mail', ?, ?)", (key, person, phase))


with smtplib.SMTP("127.0.0.1", port) as server:
    for person in people:
        key = hashlib.sha256(f"{phase} {person}".encode()).hexdigest()
        if ledger.execute("SELECT 1 FROM delivery WHERE key = ?", (key,)).fetchone():
            continue
        if order == "before":
            mark(key, person)
        server.sendmail("a@contoso.example", [person], f"Message-ID: <{key[:40]}@contoso.example>\r\nSubject: {phase}\r\n\r\nHello\r\n")
        if order == "after":
            mark(key, person)
