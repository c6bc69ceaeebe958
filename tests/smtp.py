"""A mail server for tests: takes e-mail on a real socket and keeps it."""

from __future__ import annotations

import socketserver
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from threading import Thread
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from email.message import EmailMessage


@dataclass
class MailServer:
    """A running server, which pauses before each answer; ``mails`` are those it took, in order.

    ``answers`` are its words to a command («RCPT») in place of «250 ok», and to the end of a text («.»).
    """

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    pause_seconds: float = 0.0
    answers: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        mails, recipients = self.mails, self.recipients
        server = self

        class Conversation(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 test")
                while line := self.rfile.readline():
                    match line.split(b" ")[0].strip().upper():
                        case b"DATA":
                            self.say("354 go on")
                            mails.append(message_from_bytes(self.text(), policy=default))
                            self.say(server.answers.get(".", "250 taken"))
                        case b"QUIT":
                            return self.say("221 bye")
                        case b"RCPT":
                            recipients.append(line.decode().split("<")[1].split(">")[0])
                            self.say(server.answers.get("RCPT", "250 ok"))
                        case command:
                            self.say(server.answers.get(command.decode(), "250 ok"))
                return None

            def say(self, words: str) -> None:
                time.sleep(server.pause_seconds)
                self.wfile.write(f"{words}\r\n".encode())

            def text(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) != b".\r\n":
                    lines.append(line.removeprefix(b"."))
                return b"".join(lines)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Conversation)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """The port on the loopback interface."""
        return int(self._server.server_address[1])
