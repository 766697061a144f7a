"""What the four doubles share: their life, their control paths, the misbehaviours."""

import http.client
import importlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from urllib.parse import urlsplit

from support import DOUBLES, PATIENCE, DoubleCase, Receiver, send, start, stop
from double.behaviour import common_knobs

GATEWAY = "/process/comprehensive/gateway"
SAMPLE = {
    "user": "demo@example.com", "pass": "demo", "service": "PhoneMatch5.0.Dialer",
    "options": {"outofband": {"message": "test.message"}}, "target": {"phone": "2015106000"},
}


class Life(unittest.TestCase):
    def test_every_double_says_where_it_listens_and_ends_with_its_input(self):
        for name in ("veratad", "sendservice", "phonon", "routee"):
            with self.subTest(name):
                process, address = start(name)
                self.assertRegex(address, r"^http://127\.0\.0\.1:\d+$")
                self.assertEqual(send(address, "GET", "/double/record").json["requests"], [])
                process.stdin.close()
                self.assertEqual(process.stdout.read(), "")
                self.assertEqual(stop(process), 0)

    def test_a_signal_ends_it_with_status_0(self):
        for name in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(name):
                process, _ = start("routee")
                process.send_signal(name)
                self.assertEqual(process.wait(PATIENCE), 0)
                stop(process)

    def test_it_ends_while_a_client_waits(self):
        process, address = start("veratad", "--behave", '{"faults": [{"on": "create", "silent": true}]}')
        self.addCleanup(stop, process)
        client = socket.create_connection((urlsplit(address).hostname, urlsplit(address).port))
        self.addCleanup(client.close)
        client.sendall(request(GATEWAY, json.dumps(SAMPLE)))
        send(address, "GET", "/double/wait?requests=1")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_bad_start_is_said_and_not_served(self):
        for behave in ('{"pase": 0}', "{", '{"pace": "0"}'):
            with self.subTest(behave):
                done = subprocess.run([sys.executable, DOUBLES / "routee.py", "--behave", behave],
                                      capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("--behave", done.stderr)

    def test_a_port_that_cannot_be_had_is_said_in_a_line(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            for port in (taken.getsockname()[1], 70000):
                with self.subTest(port):
                    done = subprocess.run([sys.executable, DOUBLES / "routee.py", "--port", str(port)],
                                          capture_output=True, text=True, timeout=PATIENCE)
                    self.assertEqual((done.returncode, done.stdout), (1, ""))
                    self.assertRegex(done.stderr, rf"^cannot listen on port {port}: .*\n$")


class Readme(unittest.TestCase):
    def test_every_knob_and_option_is_explained(self):
        readme = (DOUBLES / "README.md").read_text()
        for name, kind in (("veratad", "Veratad"), ("sendservice", "SendService"), ("phonon", "Phonon"),
                           ("routee", "Routee")):
            double = getattr(importlib.import_module(name), kind)
            section = readme.split(f"\n## {kind.replace('Send', 'SEND')}\n")[1].split("\n## ")[0]
            for knob in double.knobs:
                self.assertIn(f"| `{knob}` |", section)
            for option in double.options:
                self.assertIn("--" + option.replace("_", "-"), readme)
        for knob in common_knobs(()):
            self.assertIn(f"| `{knob}` |", readme)


def request(path, body, method="POST"):
    return (f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


class Shared(DoubleCase):
    name = "veratad"

    def create(self):
        return self.send("POST", GATEWAY, SAMPLE)

    def raw(self, *pieces):
        """Everything the double answers to these bytes."""
        parts = urlsplit(self.address)
        with socket.create_connection((parts.hostname, parts.port), PATIENCE) as client:
            for piece in pieces:
                client.sendall(piece)
            client.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: client.recv(65536), b""))


class Control(Shared):
    def test_a_request_is_recorded_as_it_came(self):
        self.create()
        entry = self.record()["requests"][0]
        self.assertEqual((entry["n"], entry["method"], entry["path"], entry["status"], entry["refused"]),
                         (1, "POST", GATEWAY, 200, None))
        self.assertEqual(json.loads(entry["body"]), SAMPLE)
        self.assertEqual(entry["headers"]["content-type"], "application/json")
        self.assertGreater(entry["at"], 1.6e9)

    def test_connections_are_counted_without_those_of_the_test(self):
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=PATIENCE)
        self.addCleanup(connection.close)
        for _ in range(2):
            connection.request("POST", GATEWAY, json.dumps(SAMPLE), {"Content-Type": "application/json"})
            connection.getresponse().read()
        self.create()
        record = self.record()
        self.assertEqual(record["connections"], 2)
        self.assertEqual([entry["connection"] for entry in record["requests"]], [1, 1, 2])

    def test_behaviour_is_merged_checked_and_reset(self):
        self.behave(pending=7, numbers={"2015106000": "voip"})
        self.behave(numbers={"2015106001": "voip"})
        shown = self.send("GET", "/double/behaviour").json
        self.assertEqual((shown["pending"], len(shown["numbers"])), (7, 2))
        for knobs in ({"pendin": 1}, {"pending": True}, {"faults": [{"on": "creat"}]}, {"faults": [{"status": 500}]},
                      {"faults": [{"on": "any", "statsu": 500}]}, {"webhooks": [{"on": "any", "late": -1}]}, []):
            with self.subTest(knobs):
                self.assertEqual(self.send("PUT", "/double/behaviour", knobs).status, 400)
        self.assertEqual(self.send("DELETE", "/double/behaviour").json["pending"], 2)

    def test_waiting_ends_when_the_count_is_reached(self):
        answers = []
        waiter = threading.Thread(target=lambda: answers.append(
            self.send("GET", f"/double/wait?requests=2&calls=2&timeout={PATIENCE}")))
        waiter.start()
        self.create()
        self.create()
        waiter.join(PATIENCE)
        self.assertEqual((answers[0].status, len(answers[0].json["calls"])), (200, 2))

    def test_waiting_ends_when_the_time_is_over(self):
        answer = self.send("GET", "/double/wait?webhooks=1&timeout=0.05")
        self.assertEqual((answer.status, answer.json["webhooks"]), (408, []))

    def test_a_wait_for_nothing_known_is_refused(self):
        for query in ("", "request=1", "requests=x", "requests=-1", "requests=1&timeout=soon"):
            with self.subTest(query):
                self.assertEqual(self.send("GET", "/double/wait?" + query).status, 400)

    def test_other_control_paths_and_methods_do_not_exist(self):
        self.assertEqual(self.send("GET", "/double/").status, 404)
        self.assertEqual(self.send("POST", "/double/record").status, 405)
        self.assertEqual(self.record()["requests"], [])

    def test_a_path_or_method_not_on_the_page_is_refused_and_recorded(self):
        self.assertEqual(self.send("POST", "/process/5/gateway", SAMPLE).status, 404)
        self.assertEqual(self.send("PUT", GATEWAY, SAMPLE).status, 405)
        self.assertRegex(self.refusal(), "PUT .* is not on the provider's page")


class Wire(Shared):
    def test_a_body_in_chunks_and_one_announced_are_read(self):
        body = json.dumps(SAMPLE).encode()
        head = f"POST {GATEWAY} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
        chunks = b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (9, body[:9], len(body) - 9, body[9:])
        self.assertIn(b"PENDING", self.raw(head + b"Transfer-Encoding: chunked\r\n\r\n", chunks))
        announced = self.raw(head + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body), body)
        self.assertTrue(announced.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200"))

    def test_what_is_not_http_is_answered_with_400(self):
        for bytes_sent in (b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"GET /\r\n\r\n",
                           b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"GET / HT"):
            with self.subTest(bytes_sent):
                self.assertTrue(self.raw(bytes_sent).startswith(b"HTTP/1.1 400"))

    def test_bodies_must_be_strict_json(self):
        good = json.dumps(SAMPLE)
        for body in ("", good[:-1], good + "x", good[:-1] + ',"user":"twice"}', good.replace('"demo"', "NaN"),
                     good.replace('"', "'"), good.replace("}", ",}"), "[" * 100000):
            with self.subTest(body[-20:]):
                self.send("POST", GATEWAY, body, {"Content-Type": "application/json"})
                self.assert_refused("not JSON")


class Faults(Shared):
    def fault(self, **fault):
        self.behave(faults=[{"on": "create", **fault}])

    def calls(self):
        return len(self.record()["calls"])

    def test_cut_before_and_after_accepting(self):
        for when, calls in (("before", 0), ("after", 1)):
            with self.subTest(when):
                self.fault(cut=when)
                with self.assertRaises((ConnectionError, http.client.HTTPException)):
                    self.create()
                self.assertEqual(self.calls(), calls)
                self.assertIsNotNone(self.record()["requests"][-1]["fault"])

    def test_half_an_answer(self):
        self.fault(half=True)
        with self.assertRaises(http.client.IncompleteRead):
            self.create()
        self.assertEqual(self.calls(), 1)

    def test_a_status_refuses_unless_it_is_said_to_accept(self):
        self.fault(status=429, retry_after=1)
        answer = self.create()
        self.assertEqual((answer.status, answer.headers["Retry-After"], self.calls()), (429, "1", 0))
        self.assertIn("error", answer.json)
        self.fault(status=500, accepted=True)
        self.assertEqual((self.create().status, self.calls()), (500, 1))

    def test_headers_can_send_the_client_elsewhere(self):
        self.fault(status=302, headers={"Location": "http://127.0.0.1:1/"})
        answer = self.create()
        self.assertEqual((answer.status, answer.headers["Location"]), (302, "http://127.0.0.1:1/"))

    def test_garbage_and_huge_answers(self):
        self.fault(garbage=True)
        answer = self.create()
        self.assertEqual(answer.status, 200)
        self.assertRaises(ValueError, lambda: answer.json)
        self.fault(huge=3_000_000)
        self.assertEqual(len(self.create().body), 3_000_000)
        self.assertEqual(self.calls(), 2)

    def test_an_answer_in_drips_is_whole(self):
        self.fault(drip=0.0001)
        self.assertIn("result", self.create().json)

    def test_a_silent_double_has_accepted(self):
        self.fault(silent=True)
        parts = urlsplit(self.address)
        with socket.create_connection((parts.hostname, parts.port), PATIENCE) as client:
            client.sendall(request(GATEWAY, json.dumps(SAMPLE)))
            self.wait(calls=1)
            client.settimeout(0.05)
            self.assertRaises(TimeoutError, client.recv, 1)

    def test_a_delayed_answer_comes_after_the_call_is_accepted(self):
        self.fault(delay=0.2)
        answer = self.create()
        waited = time.time() - self.record()["calls"][0]["at"]
        self.assertEqual(answer.status, 200)
        self.assertGreater(waited, 0.19)

    def test_faults_meet_as_many_requests_as_told(self):
        self.fault(status=503, skip=1, times=2)
        self.assertEqual([self.create().status for _ in range(4)], [200, 503, 503, 200])
        self.behave(faults=[{"on": "status", "status": 500}, {"on": "any", "status": 503}])
        self.assertEqual([self.create().status for _ in range(2)], [503, 200])


class Push(DoubleCase):
    """Webhooks, where the receiver is at fault."""

    name = "phonon"

    def test_what_becomes_of_a_webhook_is_recorded(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        gone = Receiver()
        gone.close()
        for address, refused in ((receiver.address, None), (gone.address, "could not be delivered"),
                                 ("http://192.0.2.1/x", "only http to this machine")):
            with self.subTest(address):
                self.send("DELETE", "/double/record")
                self.behave(webhook=address)
                self.send("POST", "/kairos-apis/outbounddialer/create", {
                    "api-version": "1.0", "security-id": "S3cur1ty" * 8, "flow-id": "Fl0w1234",
                    "calls": [{"client-identifier": "one", "start-time": "2999-01-01T00:00:00.000Z+05:30",
                               "contact-numbers": ["918000000001"]}],
                })
                hook = self.wait(webhooks=1)["webhooks"][0]
                self.assertEqual((hook["kind"], hook["url"]), ("result", address))
                self.assertRegex(hook["refused"] or "", refused or "^$")
                self.assertEqual(hook["status"], None if refused else 200)


if __name__ == "__main__":
    unittest.main()
