"""Verifies a webhook as a receiver does: webhook.py SECRET REQUEST-FILE; the file holds the whole HTTP request."""
import sys
from standardwebhooks import Webhook

head, body = open(sys.argv[2], "rb").read().split(b"\r\n\r\n", 1)
headers = {}
for line in head.decode().split("\r\n")[1:]:
    name, value = line.split(":", 1)
    headers[name.lower()] = value.strip()
print("good", Webhook(sys.argv[1]).verify(body.decode(), headers)["type"])
