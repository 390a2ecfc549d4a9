"""Servers that refuse whoever signs in, and quote what they were given: an HTTP server and a mail server, each on a free port."""

import base64
import http.server
import socketserver
import sys
import threading

CALENDAR = open(sys.argv[1], "rb").read()


class Web(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command == "GET" and self.path.startswith("/good"):
            return self.send(200, "OK", "text/calendar", CALENDAR)
        quoted = " | ".join(f"{name}: {value}" for name, value in self.headers.items()) + f" | {self.path}"
        self.send(403, "Forbidden for " + quoted[:400], "text/plain", (quoted + "\n").encode() + body[:2000])

    def send(self, status, reason, kind, body):
        self.send_response(status, reason.encode("latin-1", "replace").decode("latin-1"))
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = do_PROPFIND = answer


class Mail(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 quoting ESMTP")
        while line := self.rfile.readline(4096).decode("utf-8", "replace").strip():
            word = line.upper().split()[0]
            if word == "EHLO":
                self.say("250-quoting\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                given = line.split()[2:] or self.ask()
                plain = base64.b64decode(given[0]).decode("utf-8", "replace").split("\0")
                self.say(f"535-5.7.8 refused: {given[0]}\r\n535 5.7.8 {plain[-1]} is not your password")
            elif word == "QUIT":
                return self.say("221 bye")
            else:
                self.say("530 5.7.0 sign in")

    def ask(self):
        self.say("334 ")
        return [self.rfile.readline(4096).decode().strip()]


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


servers = [Server(("127.0.0.1", 0), handler) for handler in (Web, Mail)]
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", *[server.server_address[1] for server in servers], flush=True)
threading.Event().wait()
