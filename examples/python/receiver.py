"""A receiver without any library: PIXMILL_WEBHOOK_SECRET=whsec_... python3 receiver.py

What it knows of signatures is their definition (Standard Webhooks 1.0.0): HMAC-SHA256 over "id.timestamp.body", in Base64.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1024 * 1024
EVENTS = {"TaskFinish": "JobsDetail", "WorkflowFinish": "WorkflowExecution", "WorkflowStart": "WorkflowExecution"}

# During a rotation there are two, with a blank between them.
KEYS = [base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        for secret in os.environ.get("PIXMILL_WEBHOOK_SECRET", "").split()]


def is_from_pixmill(headers, body):
    """Whether one of our secrets has signed these very bytes, not long ago."""
    event_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not event_id or not re.fullmatch("[0-9]{1,12}", timestamp):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    signed = f"{event_id}.{timestamp}.".encode() + body
    right = [b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()) for key in KEYS]
    given = headers.get("webhook-signature", "").encode("latin-1").split(b" ")
    return any(hmac.compare_digest(one, other) for one in given for other in right)


def first(value):
    """JobsDetail is an object, or a list of one."""
    return value[0] if isinstance(value, list) else value


def read_event(body):
    """The name of the event, and id, state and object of what it is about. Raises ValueError when it is no event."""
    try:
        if body.lstrip().startswith(b"<"):
            # To be done with signed documents only: this reader believes what a document says of its entities.
            root = ElementTree.fromstring(body)
            text = lambda path: root.findtext(path) or ""
            about = EVENTS[text("EventName")]
            is_job = about == "JobsDetail"
            paths = ("JobId", "State", "Input/Object") if is_job else ("RunId", "State", "Object")
            return (text("EventName"), *(text(f"{about}/{path}") for path in paths))
        content = json.loads(body)
        detail = first(content[EVENTS[content["EventName"]]])
        if content["EventName"] == "TaskFinish":
            return content["EventName"], detail["JobId"], detail["State"], detail["Input"]["Object"]
        return content["EventName"], detail["RunId"], detail["State"], detail["Object"]
    except (ElementTree.ParseError, KeyError, IndexError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"not an event: {error!r}") from error


class Seen:
    """Events that were handled, so that each is handled once: an answer can get lost, and then its event comes again."""

    def __init__(self, most=100_000):
        self._most = most
        self._ids = OrderedDict()
        self._lock = threading.Lock()

    def once(self, event_id, handle):
        with self._lock:
            if event_id in self._ids:
                return
            handle()
            self._ids[event_id] = True
            if len(self._ids) > self._most:
                self._ids.popitem(last=False)


seen = Seen()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        # Pixmill always says how long a body is.
        length = self.headers.get("content-length", "")
        if not re.fullmatch("[0-9]{1,12}", length):
            return self.answer(411)
        if int(length) > MAX_BODY_BYTES:
            return self.answer(413)
        body = self.rfile.read(int(length))
        # First verify, then parse.
        if not is_from_pixmill(self.headers, body):
            return self.answer(401)
        try:
            event = read_event(body)
        except ValueError:
            return self.answer(400)
        seen.once(self.headers["webhook-id"], lambda: print(*event, flush=True))
        return self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Nothing: what was handled is printed."""


if __name__ == "__main__":
    if not KEYS:
        sys.exit("PIXMILL_WEBHOOK_SECRET is not set")
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8800"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}/callbacks", flush=True)
    server.serve_forever()
