"""An IMAP server with one mail that sends wrong data in the way its argument specifies."""

import os
import socket
import sys
import threading

MAIL = b"From: a@b.test\r\nSubject: x\r\n\r\nu1 OK done\r\n* BYE\r\nu3 OK done)\r\n* 1 FETCH (UID 9 BODY[]<0> {3}\r\n"


def fetched(fault):
    if fault == "quoted":
        return b'* 1 FETCH (BODY[]<0> "Subject: \\"x\\"" UID 1)\r\n'
    if fault == "order":
        return b"* 1 FETCH (BODY[]<0> {%d}\r\n%b UID 1 FLAGS (\\Seen))\r\n" % (len(MAIL), MAIL)
    if fault == "nil":
        return b"* 1 FETCH (UID 1 BODY[]<0> NIL)\r\n"
    if fault == "huge":
        return b"* 1 FETCH (UID 1 BODY[]<0> {4294967296}\r\nx"
    if fault == "negative":
        return b"* 1 FETCH (UID 1 BODY[]<0> {-5}\r\nx"
    if fault == "other":
        return b"* 1 FETCH (UID 77 BODY[]<0> {2}\r\nhi)\r\n* 1 FETCH (FLAGS (\\Seen))\r\n"
    if fault == "cut":
        return b"* 1 FETCH (UID 1 BODY[]<0> {500}\r\nhalf of it"
    if fault == "nested":
        return b"* 1 FETCH " + b"(" * 5000 + b"\r\n"
    return b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%b)\r\n" % (len(MAIL), MAIL)


def serve(link, fault):
    file = link.makefile("rwb")

    def say(text):
        file.write(text)
        file.flush()

    say(b"* OK ready\r\n")
    while line := file.readline():
        tag, _, command = line.strip().partition(b" ")
        word = command.upper()
        if word.startswith(b"CAPABILITY"):
            say(b"* CAPABILITY IMAP4rev1\r\n")
        elif word.startswith(b"EXAMINE"):
            if fault == "refused":
                say(tag + b" NO [NONEXISTENT] no such mailbox\r\n")
                continue
            say({"no-validity": b"", "zero": b"* OK [UIDVALIDITY 0] x\r\n"}.get(fault, b"* OK [UIDVALIDITY 5] x\r\n"))
            say(b"* 1 EXISTS\r\n")
        elif word.startswith(b"UID SEARCH"):
            say(b"* SEARCH " + b"7" * 9_000_000 if fault == "long" else b"* SEARCH 1\r\n")
        elif word.startswith(b"UID FETCH"):
            if fault == "bye":
                return say(b"* BYE too much\r\n")
            say(fetched(fault))
            if fault == "cut":
                return None
        elif word.startswith(b"LOGOUT"):
            return say(b"* BYE\r\n")
        elif not word.startswith(b"LOGIN"):
            print("unexpected: " + repr(line), file=sys.stderr)
        say(tag + b" OK done\r\n")
    return None


def exit_with_input():
    """Exits at the end of input, when the process that started it is gone."""
    sys.stdin.read()
    os._exit(0)


def main(fault):
    threading.Thread(target=exit_with_input, daemon=True).start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        link, _ = listener.accept()
        with link:
            try:
                serve(link, fault)
            except OSError:
                pass


if __name__ == "__main__":
    main(sys.argv[1])
