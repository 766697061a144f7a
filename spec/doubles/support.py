"""Starts a double the way users do, talks to it, and receives the webhooks it sends."""

import http.client
import http.server
import json
import subprocess
import sys
import threading
import unittest
from pathlib import Path
from urllib.parse import urlsplit

DOUBLES = Path(__file__).resolve().parents[2] / "examples" / "doubles"
sys.path.insert(0, str(DOUBLES))
PATIENCE = 20  # seconds; only a broken double makes a test wait so long


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


def start(name, *arguments):
    """A running double: (process, address). It ends when its standard input is closed."""
    process = subprocess.Popen([sys.executable, DOUBLES / f"{name}.py", "--until-eof", *arguments],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip().removeprefix("listening ")


def stop(process):
    process.stdin.close()
    process.stdout.close()
    return process.wait(PATIENCE)


def send(address, method, target, body=None, headers=None):
    """One request on a connection of its own; a dict or list goes out as JSON."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
        headers = {"Content-Type": "application/json", **(headers or {})}
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    try:
        connection.request(method, target, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


class DoubleCase(unittest.TestCase):
    """One double for a whole class; every test begins with a clean record and the first behaviour."""

    name = "veratad"
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.process, cls.address = start(cls.name, *cls.arguments)
        cls.addClassCleanup(stop, cls.process)

    def setUp(self):
        self.send("DELETE", "/double/behaviour")
        self.send("DELETE", "/double/record")
        self.behave(pace=0)

    def send(self, method, target, body=None, headers=None):
        return send(self.address, method, target, body, headers)

    def behave(self, **knobs):
        answer = self.send("PUT", "/double/behaviour", knobs)
        self.assertEqual(answer.status, 200, answer.body)

    def record(self):
        return self.send("GET", "/double/record").json

    def wait(self, **counts):
        query = "&".join(f"{name}={count}" for name, count in counts.items())
        answer = self.send("GET", f"/double/wait?{query}&timeout={PATIENCE}")
        self.assertEqual(answer.status, 200, f"never reached {query}: {answer.body}")
        return answer.json

    def refusal(self):
        """Why the last request was refused."""
        return self.record()["requests"][-1]["refused"]

    def assert_refused(self, why):
        self.assertRegex(self.refusal() or "accepted", why)
        self.assertEqual(self.record()["calls"], [])


class Receiver:
    """A listener for webhooks; `answers` are given one after another, then `{}`."""

    def __init__(self, *answers):
        self.answers, self.got = list(answers), []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, json.loads(body)))
                answer = receiver.answer(self.path)
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, path):
        plan = self.answers.pop(0) if path.startswith("/plan") and self.answers else {}
        return plan if isinstance(plan, bytes) else json.dumps(plan).encode()

    def bodies(self, path):
        return [body for where, body in self.got if where == path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
