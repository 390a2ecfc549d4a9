"""The receivers of scripts/chaos: a mail server and a webhook endpoint that count messages by their id."""
import asyncio
import collections
import random
import re
import socket
import threading
import time

# The maximum delay of a receiver's reply in seconds: long enough that a kill can happen between the last byte and the reply.
REPLY_DELAY = 0.003

# The number of digits of a delivery's key that its id contains; enough to identify every message.
KEY = 20


class Receivers:
    """Both receivers, each on a loopback port, served by one thread.

    `whole` counts, by id, the messages received completely; `answered` has the times (time.monotonic) at which they were accepted.
    """

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.whole = collections.Counter()
        self.answered = collections.defaultdict(list)
        self.open = 0
        self.is_silent = False
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def serve(self, started):
        asyncio.set_event_loop(self.loop)
        start = lambda session: self.loop.run_until_complete(
            asyncio.start_server(lambda r, w: self.attend(session, r, w), "127.0.0.1", 0, backlog=64, limit=1 << 20))
        self.servers = [start(self.mail), start(self.hook)]
        self.mail_port, self.hook_port = (server.sockets[0].getsockname()[1] for server in self.servers)
        started.set()
        self.loop.run_forever()

    def reset(self):
        """Clears all counts, for a new world."""
        self.whole, self.answered = collections.Counter(), collections.defaultdict(list)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def drain(self):
        """Waits until everything that a killed client had sent has been read.

        Connections are accepted in order: once the probe's is accepted, so are all earlier ones.
        """
        for port in (self.mail_port, self.hook_port):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as probe:
                probe.shutdown(socket.SHUT_WR)
                while probe.recv(4096):
                    pass
        done = threading.Event()

        def look():
            if self.open == 0:
                done.set()
            else:
                self.loop.call_later(0.0005, look)

        self.loop.call_soon_threadsafe(look)
        if not done.wait(15):
            raise RuntimeError("a connection outlived its client")

    async def attend(self, session, reader, writer):
        self.open += 1
        try:
            await session(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            self.open -= 1

    async def delay(self):
        while self.is_silent:
            await asyncio.sleep(0.01)
        await asyncio.sleep(self.random.random() * REPLY_DELAY)

    async def mail(self, reader, writer):
        """A minimal mail server (RFC 5321)."""
        writer.write(b"220 chaos ESMTP\r\n")
        while True:
            line = await reader.readline()
            word = line[:4].upper()
            if not line.endswith(b"\n") or word == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            if word == b"EHLO":
                writer.write(b"250-chaos\r\n250 8BITMIME\r\n")
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                await self.message(reader, writer)
            else:
                writer.write(b"250 fine\r\n")

    async def message(self, reader, writer):
        name = identify(await reader.readuntil(b"\r\n.\r\n"))
        self.whole[name] += 1
        await self.delay()
        self.answered[name].append(time.monotonic())
        writer.write(b"250 2.0.0 accepted\r\n")

    async def hook(self, reader, writer):
        """A minimal HTTP server for requests with a Content-Length (RFC 9112)."""
        while True:
            try:
                head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
            fields = {name.lower(): value for name, value in fields.items()}
            name = fields.get("webhook-id", "").removeprefix("msg_")[:KEY]
            await reader.readexactly(int(fields.get("content-length", "0")))
            self.whole[name] += 1
            await self.delay()
            self.answered[name].append(time.monotonic())
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def identify(message):
    """The key in a mail's Message-ID, or an empty string."""
    match = re.search(rb"^Message-ID: <([0-9a-f]+)[@.]", message, re.M | re.I)
    return match.group(1).decode()[:KEY] if match else ""
