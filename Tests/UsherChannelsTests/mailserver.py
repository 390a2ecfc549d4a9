"""A mail server with STARTTLS and AUTH: mailserver.py CERTIFICATE KEY FILE. Prints its port; writes each message to FILE as a line of JSON."""
import json, ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP


class Handler:
    async def handle_DATA(self, server, session, envelope):
        with open(sys.argv[3], "a") as file:
            file.write(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                                   "user": session.auth_data.login.decode() if session.auth_data else None,
                                   "text": envelope.content.decode("utf-8")}) + "\n")
        return "250 2.0.0 taken"


def sign_in(server, session, envelope, mechanism, data):
    good = data.login == b"events" and data.password == b"hush-pass"
    return AuthResult(success=good, handled=False, auth_data=data if good else None)


class Secure(Controller):
    def factory(self):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        return SMTP(self.handler, tls_context=context, require_starttls=True, auth_required=True, authenticator=sign_in,
                    enable_SMTPUTF8=True, hostname="mail.test")


server = Secure(Handler(), hostname="127.0.0.1", port=0)
# The controller checks itself by connecting to the port it was given; 0 is none, so the port is chosen first.
import socket
with socket.socket() as chosen:
    chosen.bind(("127.0.0.1", 0))
    server.port = chosen.getsockname()[1]
server.start()
print(server.port, flush=True)
sys.stdin.read()
server.stop()
