"""The servers of a world with time: a mail server, a webhook endpoint and a Microsoft Graph, each with its moods."""
import asyncio
import email
import email.utils
import json
import re
import socket
import struct
import threading
import urllib.parse

from chaos_receivers import KEY

# What a server does with whoever comes:
#   up        accepts
#   away      resets every connection
#   throttle  421 at the greeting, or 429 with Retry-After
#   busy      451 after the final dot, or 503 without Retry-After
#   hang      accepts the connection, and never answers
#   mute      takes the message, and never answers it: nobody can know whether it arrived
#   cut       takes the message, and breaks the connection in place of an answer
MOODS = ("away", "throttle", "busy", "hang", "mute", "cut")
# Moods in which a message is taken, so that it may have arrived.
DOUBTFUL = ("mute", "cut")


class Servers:
    """All three on loopback ports, served by one thread, in the time of the present world."""

    def __init__(self):
        self.world = None
        self.loop = asyncio.new_event_loop()
        self.tasks = set()
        started = threading.Event()
        self.thread = threading.Thread(target=self.serve, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def serve(self, started):
        asyncio.set_event_loop(self.loop)
        start = lambda session: self.loop.run_until_complete(
            asyncio.start_server(lambda r, w: self.attend(session, r, w), "127.0.0.1", 0, backlog=64, limit=1 << 20))
        self.servers = [start(self.mail), start(self.hook), start(self.graph)]
        self.mail_port, self.hook_port, self.graph_port = (server.sockets[0].getsockname()[1] for server in self.servers)
        started.set()
        self.loop.run_forever()

    def begin(self, world):
        self.world = world

    def end(self):
        """Ends what still hangs, and reads what a killed client had sent."""
        self.drain()
        self.world = None

    def drain(self):
        done = threading.Event()

        async def wait():
            # A client that died has closed its sockets: each session ends by itself, except those that wait to no purpose.
            for _ in range(3000):
                if not self.tasks:
                    break
                await asyncio.sleep(0.0007)
            for task in list(self.tasks):
                task.cancel()
            done.set()

        asyncio.run_coroutine_threadsafe(wait(), self.loop)
        if not done.wait(20):
            raise RuntimeError("a connection outlived its client")

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def attend(self, session, reader, writer):
        world = self.world
        self.tasks.add(asyncio.current_task())
        try:
            if world is not None:
                world.driver.touch()
                await session(world, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self.tasks.discard(asyncio.current_task())
            writer.close()

    @staticmethod
    def reset(writer):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    @staticmethod
    async def hang(reader):
        while await reader.read(65536):
            pass

    # ---- Mail (RFC 5321) ----

    async def mail(self, world, reader, writer):
        mood = world.mood("mail")
        if mood == "away":
            return self.reset(writer)
        if mood == "hang":
            return await self.hang(reader)
        if mood == "throttle":
            world.answer("mail", 421, None)
            writer.write(b"421 4.7.0 too much mail, try again later\r\n")
            return
        writer.write(b"220 chaos ESMTP\r\n")
        begun = world.clock.now()
        while True:
            line = await reader.readline()
            world.driver.touch()
            word = line[:4].upper()
            if not line.endswith(b"\n") or word == b"QUIT":
                writer.write(b"221 bye\r\n")
                return
            if word == b"EHLO":
                writer.write(b"250-chaos\r\n250 8BITMIME\r\n")
            elif word == b"MAIL":
                begun = world.clock.now()
                writer.write(b"250 fine\r\n")
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                message = await reader.readuntil(b"\r\n.\r\n")
                world.driver.touch()
                mood = world.mood("mail")
                is_taken = mood not in ("busy", "away", "hang", "throttle")
                arrival = self.mailed(message, begun, world.clock.now(), "doubt" if mood in DOUBTFUL else "accepted" if is_taken else "refused")
                world.arrive(arrival)
                if mood == "mute":
                    return await self.hang(reader)
                if mood in ("cut", "away", "hang"):
                    # Away or hanging since the connection was opened: not taken, but the client cannot know it.
                    if mood != "cut":
                        arrival["outcome"] = "doubt"
                    return self.reset(writer)
                if not is_taken:
                    world.answer("mail", 451, None)
                    writer.write(b"451 4.3.2 try again later\r\n")
                    continue
                await asyncio.sleep(world.delay())
                writer.write(b"250 2.0.0 accepted\r\n")
            else:
                writer.write(b"250 fine\r\n")

    @staticmethod
    def mailed(message, begun, now, outcome):
        parsed = email.message_from_bytes(message[:-3])
        text = next((part.get_payload(decode=True).decode() for part in parsed.walk() if part.get_content_type() == "text/plain"), "")
        facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        match = re.search(r"<([0-9a-f]+)[@.]", parsed["Message-ID"] or "")
        return {"channel": "mail", "id": match.group(1)[:KEY] if match else "", "begun": begun, "at": now, "outcome": outcome,
                "date": email.utils.parsedate_to_datetime(parsed["Date"]).timestamp(), "body": text, "facts": facts}

    # ---- Webhook (RFC 9112) ----

    async def hook(self, world, reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            begun = world.clock.now()
            world.driver.touch()
            fields = self.fields(head)
            body = await reader.readexactly(int(fields.get("content-length", "0")))
            mood = world.mood("hook")
            if mood == "away":
                # Refused for certain, as a proxy in front of it would say; a reset here would leave a doubt.
                world.answer("hook", 503, None)
                return self.reply(writer, 503, b"")
            outcome = "doubt" if mood in DOUBTFUL or mood == "hang" else "accepted" if mood == "up" else "refused"
            name = fields.get("webhook-id", "").removeprefix("msg_")[:KEY]
            facts = json.loads(body)
            world.arrive({"channel": "hook", "id": name, "begun": begun, "at": world.clock.now(), "outcome": outcome, "date": None,
                          "body": body.decode(), "facts": {key: str(value) for key, value in facts.items()}})
            if mood in ("mute", "hang"):
                return await self.hang(reader)
            if mood == "cut":
                return self.reset(writer)
            if mood == "throttle":
                seconds = world.retry_after()
                world.answer("hook", 429, seconds)
                self.reply(writer, 429, b"", f"Retry-After: {seconds}\r\n")
            elif mood == "busy":
                world.answer("hook", 503, None)
                self.reply(writer, 503, b"")
            else:
                await asyncio.sleep(world.delay())
                self.reply(writer, 200, b"")

    @staticmethod
    def fields(head):
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
        return {name.lower(): value for name, value in fields.items()}

    @staticmethod
    def reply(writer, status, body, more=""):
        writer.write(f"HTTP/1.1 {status} Chaos\r\n{more}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    # ---- Microsoft Graph ----

    async def graph(self, world, reader, writer):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            world.driver.touch()
            body = await reader.readexactly(int(self.fields(head).get("content-length", "0")))
            path = urllib.parse.unquote(head.split(b" ", 2)[1].decode().split("?")[0]).removeprefix("/v1.0")
            if path == "/$batch":
                answers = []
                for item in json.loads(body)["requests"]:
                    status, tree, seconds = self.object(world, urllib.parse.unquote(item["url"]))
                    answers.append({"id": item["id"], "status": status, "body": tree}
                                   | ({"headers": {"Retry-After": str(seconds)}} if seconds else {}))
                status, tree, seconds = 200, {"responses": answers}, None
            else:
                status, tree, seconds = self.object(world, path)
            self.reply(writer, status, json.dumps(tree).encode(), f"Retry-After: {seconds}\r\n" if seconds else "")

    @staticmethod
    def object(world, path):
        parts = path.strip("/").split("/")[2:]
        if seconds := world.throttled(parts):
            return 429, {"error": {"code": "TooManyRequests", "message": "Slow down."}}, seconds
        events = {event["id"]: event for event in world.document()["webinars"]}
        bare = lambda event: {key: value for key, value in event.items() if key not in ("sessions", "registrations")}
        if len(parts) == 1:
            return 200, {"value": [bare(event) for event in events.values()]}, None
        event = events.get(parts[1])
        if event is None:
            return 404, {"error": {"code": "ResourceNotFound", "message": "Not there.", "innerError": {"request-id": "chaos"}}}, None
        if len(parts) == 2:
            return 200, bare(event), None
        if parts[2] in ("sessions", "registrations"):
            if len(parts) == 3:
                return 200, {"value": event[parts[2]]}, None
            found = [item for item in event[parts[2]] if item["id"] == parts[3]]
            if found and len(parts) == 4:
                return 200, found[0], None
        if parts[2] == "presenters":
            return 200, {"value": []}, None
        return 404, {"error": {"code": "ResourceNotFound", "message": "Not there.", "innerError": {"request-id": "chaos"}}}, None
