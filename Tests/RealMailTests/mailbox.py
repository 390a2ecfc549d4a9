"""Reads mailboxes and delivers to them, with Python's imaplib and smtplib."""

import base64
import email
import email.policy
import imaplib
import json
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile


def connect(port, authority, user, password):
    context = ssl.create_default_context(cafile=authority)
    # Dovecot sends a keepalive every two minutes; a mail that has not arrived by then will not arrive.
    box = imaplib.IMAP4_SSL("127.0.0.1", int(port), ssl_context=context, timeout=100)
    box.login(user, password)
    return box


def await_mail(box, count):
    """Waits by IDLE (RFC 2177) until the open mailbox has `count` mails."""
    while int(box.untagged_responses.get("EXISTS", [b"0"])[-1]) < count:
        box.send(b"w1 IDLE\r\n")
        box.readline()
        line = box.readline()
        box.send(b"DONE\r\n")
        while True:
            words = line.split()
            if len(words) == 3 and words[2] == b"EXISTS":
                box.untagged_responses["EXISTS"] = [words[1]]
            if not line or line.startswith(b"w1 "):
                break
            line = box.readline()
        if not line:
            sys.exit("the server ended the connection")


def content(part):
    if part.get_content_maintype() == "message":
        return part.get_payload(0).as_bytes()
    return part.get_payload(decode=True) or b""


def mail(uid, flags, raw):
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [
        {
            "type": part.get_content_type(),
            "method": part.get_param("method"),
            "filename": part.get_filename(),
            "content": base64.b64encode(content(part)).decode(),
        }
        for part in message.walk()
        if not part.is_multipart() or part.get_content_maintype() == "message"
    ]
    return {
        "uid": uid,
        "flags": sorted(flags),
        "raw": base64.b64encode(raw).decode(),
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "parts": parts,
    }


def listing(port, authority, user, password, folder, count):
    box = connect(port, authority, user, password)
    box.select(folder, readonly=True)
    await_mail(box, int(count))
    mails = []
    _, data = box.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])")
    for item in data:
        if isinstance(item, tuple):
            head = item[0].decode()
            uid = int(head.split("UID ")[1].split()[0])
            flags = [flag.decode() for flag in imaplib.ParseFlags(item[0])]
            mails.append(mail(uid, [flag for flag in flags if flag != "\\Recent"], item[1]))
    box.logout()
    print(json.dumps(mails))


def deliver(port, user, path):
    with smtplib.LMTP("127.0.0.1", int(port)) as link, open(path, "rb") as file:
        link.sendmail("", [user], file.read())


def run(*words):
    """Runs a program that may start a daemon, which inherits only a file to write to.

    Signals are unblocked first: the caller blocks all of them, and a daemon that inherits that cannot be stopped.
    """
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    with tempfile.TemporaryFile() as output:
        status = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output).returncode
        output.seek(0)
        sys.stdout.buffer.write(output.read())
    sys.exit(status)


def sink(port, folder):
    """Runs Postfix's smtp-sink, which writes each mail to a file, until the input ends."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    words = ["smtp-sink", "-u", "nobody", "-d", folder + "/mail.", "127.0.0.1:" + port, "256"]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    print("ready", flush=True)
                    sys.stdin.read()
                    break
        process.terminate()


if __name__ == "__main__":
    {"list": listing, "deliver": deliver, "run": run, "sink": sink}[sys.argv[1]](*sys.argv[2:])
