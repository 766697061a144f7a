import copy
import json
import unittest
from datetime import datetime, timedelta, timezone

from support import DoubleCase, Receiver

PATH = "/kairos-apis/outbounddialer/create"
IST = timezone(timedelta(hours=5, minutes=30))
CODES = (200, 209, 201, 202, 203, 204, 205, 206, 207, 208, 210, 211, 212, 213, 301, 302, 303, 304, 400, 401, 402, 500)


def today(hour=0):
    """A time of today in India; by now it is past."""
    return f"{datetime.now(IST):%Y-%m-%d}T{hour:02d}:00:00.000Z+05:30"


def call(identifier="one", *numbers, **more):
    return {
        "client-identifier": identifier,
        "start-time": today(),
        "contact-numbers": list(numbers or ("918000000001",)),
        "keys": [{"name": "$flow.key.Name", "value": "Ankit Parihar"}],
        **more,
    }


def sample(*calls):
    return {"api-version": "1.0", "security-id": "S3cur1ty" * 8, "flow-id": "Fl0w1234",
            "calls": list(calls or (call(),))}


class Phonon(DoubleCase):
    name = "phonon"
    serial = 0

    def place(self, body):
        Phonon.serial += 1  # no two bodies are the same, unless a test wants them so
        body = json.dumps(copy.deepcopy(body)) + " " * Phonon.serial
        return self.send("POST", PATH, body, {"Content-Type": "application/json"}).json

    def code(self, body):
        return self.place(body)["api-response-code"]


class Create(Phonon):
    def test_a_request_is_taken_and_each_call_gets_an_id(self):
        answer = self.place(sample(call("one"), call("two", "918000000002", "918100000002")))
        self.assertEqual((answer["api-response-code"], answer["api-response-message"]), (200, "Success"))
        uuid = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
        self.assertRegex(answer["request-id"], uuid)
        self.assertEqual([detail["client-identifier"] for detail in answer["call-details"]], ["one", "two"])
        self.assertRegex(answer["call-details"][0]["phonon-uuid"], uuid)
        calls = self.record()["calls"]
        self.assertEqual([(one["key"], one["numbers"]) for one in calls],
                         [("one", ["918000000001"]), ("two", ["918000000002", "918100000002"])])

    def test_what_the_page_does_not_allow_is_refused(self):
        def but(**change):
            return {**sample(), **{name.replace("_", "-"): value for name, value in change.items()}}

        def with_call(**change):
            return sample(call(**{name.replace("_", "-"): value for name, value in change.items()}))

        def without(name):
            return sample({key: value for key, value in call().items() if key != name})

        yesterday = f"{datetime.now(IST) - timedelta(days=1):%Y-%m-%d}T23:59:59.000Z+05:30"
        cases = {
            "version": (but(api_version="2.0"), 203, "api-version"),
            "version as number": (but(api_version=1.0), 400, "a string"),
            "security": (but(security_id="x" * 64), 202, "security-id"),
            "flow": (but(flow_id="x" * 8), 301, "flow-id"),
            "no calls": (but(calls=[]), 302, "empty"),
            "too many": (sample(*(call(str(n)) for n in range(501))), 303, "501 calls"),
            "unknown key": (but(api_key="x"), 400, "unknown key"),
            "underscores": (with_call(start="x"), 400, "unknown key"),
            "no security": ({k: v for k, v in sample().items() if k != "security-id"}, 210, "missing"),
            "no identifier": (without("client-identifier"), 210, "client-identifier is missing"),
            "no time": (without("start-time"), 210, "start-time is missing"),
            "no numbers": (without("contact-numbers"), 210, "contact-numbers is missing"),
            "empty numbers": (with_call(contact_numbers=[]), 400, "at least 1"),
            "plus": (sample(call("one", "+918000000001")), 205, "without \\+"),
            "national": (sample(call("one", "8000000001")), 205, "country code"),
            "number as integer": (sample(call("one", 918000000001)), 400, "a string"),
            "real ISO time": (with_call(start_time="2999-04-28T03:48:07.111+05:30"), 400, "start-time"),
            "Zulu": (with_call(start_time="2999-04-28T03:48:07.111Z"), 400, "start-time"),
            "no milliseconds": (with_call(start_time="2999-04-28T03:48:07Z+05:30"), 400, "start-time"),
            "no such day": (with_call(start_time="2999-02-30T03:48:07.111Z+05:30"), 400, "start-time"),
            "yesterday": (with_call(start_time=yesterday), 210, "is past"),
            "bare key": (with_call(keys=[{"name": "Name", "value": "x"}]), 400, "flow.key"),
            "prefix twice": (with_call(keys=[{"name": "$flow.key.$flow.key.Name", "value": "x"}]), 400, "flow.key"),
            "value as number": (with_call(keys=[{"name": "$flow.key.Age", "value": 7}]), 400, "a string"),
            "keys as object": (with_call(keys={"Name": "x"}), 400, "an array"),
            "key twice": (with_call(keys=[{"name": "$flow.key.A", "value": "x"}] * 2), 400, "twice"),
            "identifier twice": (sample(call("one"), call("one", "918000000002")), 400, "twice"),
            "too big": (with_call(keys=[{"name": "$flow.key.A", "value": "x" * 262144}]), 400, "262144"),
        }
        for name, (body, code, why) in cases.items():
            with self.subTest(name):
                answer = self.place(body)
                self.assertEqual(answer["api-response-code"], code)
                self.assertEqual(set(answer), {"api-response-code", "api-response-message"})
                self.assert_refused(why)

    def test_five_hundred_calls_are_taken(self):
        self.assertEqual(len(self.place(sample(*(call(str(n)) for n in range(500))))["call-details"]), 500)

    def test_the_same_bytes_are_taken_once(self):
        def post(body):
            return self.send("POST", PATH, body, {"Content-Type": "application/json"}).json["api-response-code"]

        body = json.dumps(sample(call("checksum")))
        self.assertEqual([post(body), post(body), post(body + " ")], [200, 201, 200])
        self.assertEqual(len(self.record()["calls"]), 2)

    def test_a_refused_request_may_have_burnt_its_checksum(self):
        def twice(name):
            body = json.dumps(sample(call(name)))
            return [self.send("POST", PATH, body, {"Content-Type": "application/json"}).json["api-response-code"]
                    for _ in range(2)]

        self.behave(codes=[500])
        self.assertEqual(twice("kept"), [500, 200])
        self.behave(codes=[500], burn_refused=True)
        self.assertEqual(twice("burnt"), [500, 201])

    def test_the_good_calls_of_a_request_are_taken(self):
        answer = self.place(sample(call("good"), call("bad", "918000")))
        self.assertEqual(answer["api-response-code"], 209)
        self.assertEqual([detail["client-identifier"] for detail in answer["call-details"]], ["good"])
        self.assertRegex(self.refusal(), "^bad: ")
        self.behave(reject_numbers=["918000000009"])
        self.assertEqual(self.code(sample(call("one"), call("two", "918000000009"))), 209)
        self.assertEqual(self.code(sample(call("two", "918000000009"))), 205)

    def test_test_flows_call_whitelisted_numbers_only(self):
        self.behave(test_numbers=["918000000001"])
        self.assertEqual(self.code({**sample(), "api-version": "TEST"}), 200)
        self.assertEqual(self.code({**sample(call("one", "918000000002")), "api-version": "TEST"}), 402)
        self.assertEqual(self.code(sample(call("one", "918000000002"))), 200)

    def test_the_caller_s_address_can_be_unknown(self):
        self.behave(ip_whitelisted=False, http_status=401)
        self.assertEqual(self.code(sample()), 401)
        self.assert_refused("not whitelisted")

    def test_every_code_can_be_asked_for(self):
        self.behave(codes=list(CODES[1:]))
        answers = [self.place(sample()) for _ in CODES[1:]]
        self.assertEqual([answer["api-response-code"] for answer in answers], list(CODES[1:]))
        self.assertTrue(all(answer["api-response-message"] for answer in answers))
        self.assertEqual(self.record()["calls"], [])
        self.assertEqual(self.code(sample()), 200)


class Result(Phonon):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.behave(webhook=self.receiver.address + "/result")

    def pushed(self):
        self.wait(ended=1)
        return self.receiver.bodies("/result")[0]["body"]

    def test_the_result_is_pushed_with_the_keys_pressed(self):
        self.behave(callee={"keys": ["12"]}, talk=5)
        answer = self.place(sample())
        result = self.pushed()
        self.assertEqual(result["phonon-uuid"], answer["call-details"][0]["phonon-uuid"])
        self.assertEqual(result["request-id"], answer["request-id"])
        self.assertEqual(result["keys"], [{"name": "$flow.key.Name", "value": "Ankit Parihar"}])
        self.assertNotIn("client-identifier", result)
        detail = result["callDetails"][0]
        self.assertEqual([press["key"] for press in detail["dtmfPressesd"]], ["1", "2"])
        self.assertEqual((detail["hangupCause"], detail["duration"], detail["is_ringing"]), ("16", "5000", "true"))
        self.assertRegex(detail["connectTime"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d\+05:30$")
        self.assertEqual(self.record()["calls"][0]["state"], "COMPLETED")

    def test_alternates_are_tried_until_one_answers(self):
        self.behave(numbers={"918000000001": "busy", "918000000002": "no_answer"}, push_client_identifier=True)
        self.place(sample(call("one", "918000000001", "918000000002", "918000000003", "918000000004")))
        result = self.pushed()
        self.assertEqual([(d["calleeNumber"], d["hangupCause"], "connectTime" in d) for d in result["callDetails"]],
                         [("918000000001", "17", False), ("918000000002", "19", False), ("918000000003", "16", True)])
        self.assertEqual(result["client-identifier"], "one")

    def test_nobody_answers(self):
        self.behave(callee={"no_answer": True})
        self.place(sample())
        self.assertNotIn("connectTime", self.pushed()["callDetails"][0])
        self.assertEqual(self.record()["calls"][0]["state"], "FAILURE")

    def test_a_result_can_come_twice(self):
        self.behave(webhooks=[{"on": "result", "twice": True}])
        self.place(sample())
        self.assertEqual(len(self.wait(webhooks=2)["webhooks"]), 2)

    def test_a_call_of_the_future_waits(self):
        self.behave(pace=1)
        self.place(sample(call(**{"start-time": "2999-04-28T03:48:07.111Z+05:30"})))
        self.place(sample(call("two")))
        self.assertEqual([one["state"] for one in self.record()["calls"]], ["SCHEDULED", "IN_PROGRESS"])


if __name__ == "__main__":
    unittest.main()
