import base64
import copy
import unittest

from support import DoubleCase, Receiver

BEARER = {"Authorization": "Bearer fixed"}
CREATE = "/voice/conversation"


def say(text, language="en-GB"):
    return {"type": "SAY", "message": {"language": language, "gender": "female", "text": text}}


def pause(duration):
    return {"type": "PAUSE", "duration": duration}


def collect(event_url, **more):
    return {"type": "COLLECT", "eventUrl": event_url, **more}


def dial():
    return {"type": "DIAL", "from": "+306948111111", "to": {"phone": "+306988111111"}}


SAMPLE = {
    "from": "Company Name",
    "to": {"phone": "+30691111111"},
    "dialPlan": {"verbs": [
        say("Please enter your four digits service number and then press the pound key."),
        pause(10),
        collect("http://www.example.com", maxDigits=4, submitOnHash=True),
    ]},
}


class Routee(DoubleCase):
    name = "routee"
    arguments = ("--access-token", "fixed", "--behave", '{"per_second": 0}')

    def place(self, body=SAMPLE, headers=BEARER):
        return self.send("POST", CREATE, body, headers)

    def changed(self, change):
        body = copy.deepcopy(SAMPLE)
        change(body)
        return body


class Tokens(Routee):
    def token(self, pair="demo:demo", body="grant_type=client_credentials",
              media_type="application/x-www-form-urlencoded"):
        basic = "Basic " + base64.b64encode(pair.encode()).decode()
        return self.send("POST", "/oauth/token", body, {"Authorization": basic, "Content-Type": media_type})

    def bearer(self):
        return {"Authorization": "Bearer " + self.token().json["access_token"]}

    def test_client_credentials_buy_a_token(self):
        answer = self.token().json
        self.assertEqual((answer["token_type"], answer["expires_in"]), ("Bearer", 3600))
        self.assertEqual(self.place(headers=self.bearer()).status, 200)

    def test_a_wrong_token_request_is_refused(self):
        cases = {
            "secret": (self.token("demo:wrong"), 401),
            "grant": (self.token(body="grant_type=password"), 400),
            "unknown field": (self.token(body="grant_type=client_credentials&x=1"), 400),
            "JSON": (self.token(media_type="application/json"), 400),
        }
        for name, (answer, status) in cases.items():
            with self.subTest(name):
                self.assertEqual(answer.status, status)
                self.assertRegex(answer.json["code"], r"^\d{9}$")
                self.assertIn("developerMessage", answer.json)
        self.assertEqual(self.wait(refused=4)["calls"], [])

    def test_tokens_are_revoked_expire_and_are_denied_with_401_or_403(self):
        bearer = self.bearer()
        self.behave(revoke_tokens=True)
        self.assertEqual(self.place(headers=bearer).status, 401)
        self.assert_refused("revoked")
        self.behave(token_life=0, denies_with=403)
        answer = self.place(headers=self.bearer())
        self.assertEqual((answer.status, answer.json["code"]), (403, "400001009"))
        self.assert_refused("expired")
        self.behave(token_life="Unlimited")
        self.assertEqual(self.token().json["expires_in"], "Unlimited")
        self.assertEqual(self.place(headers=self.bearer()).status, 200)

    def test_no_path_is_open_without_a_token(self):
        for method, path in (("POST", CREATE), ("GET", CREATE + "/x"), ("PUT", CREATE + "/x"),
                             ("GET", "/voice/tracking/x"), ("GET", "/voice/tracking/conversation/x"),
                             ("POST", "/voice/tracking")):
            with self.subTest(f"{method} {path}"):
                self.assertEqual(self.send(method, path, {}).status, 401)
        self.assert_refused("Bearer is expected")


class Create(Routee):
    def test_the_page_s_sample_is_taken(self):
        answer = self.place().json
        self.assertEqual(answer["dialPlan"], SAMPLE["dialPlan"])
        self.assertEqual((answer["direction"], answer["to"]), ("Outbound", SAMPLE["to"]))
        self.assertEqual(answer["trackingId"], self.record()["calls"][0]["ids"]["trackingId"])

    def test_what_the_pages_do_not_allow_is_refused(self):
        def verb(**one):
            return lambda body: body["dialPlan"]["verbs"].append(one)

        def to(**one):
            return lambda body: body.update(to=one)

        url = "http://127.0.0.1/x"
        cases = {
            "bare verbs": (lambda b: b.update(b.pop("dialPlan")), "unknown key \"verbs\""),
            "no plan": (lambda b: b.pop("dialPlan"), "dialPlan is missing"),
            "no verbs": (lambda b: b["dialPlan"].update(verbs=[]), "at least 1"),
            "no from": (lambda b: b.pop("from"), "from is missing"),
            "long from": (lambda b: b.update({"from": "1" * 17}), "at most 16"),
            "no plus": (to(phone="30691111111"), r"to\.phone"),
            "spaces": (to(phone="+30 691111111"), r"to\.phone"),
            "viber plus": (to(viber="+30691111111"), r"to\.viber"),
            "two recipients": (to(phone="+30691111111", viber="30691111111"), "one of phone, sip, viber"),
            "to as text": (lambda b: b.update(to="+30691111111"), "an object is expected"),
            "strategy": (lambda b: b.update(callback={"url": url, "strategy": "Always"}), "OnChange"),
            "callback as text": (lambda b: b.update(callback=url), "an object is expected"),
            "hangupDelay": (lambda b: b.update(hangupDelay=61), "above 60"),
            "maxDuration": (lambda b: b.update(maxDuration=0), "below 1"),
            "unknown verb": (verb(type="RECORD"), "RECORD"),
            "lower case": (verb(type="pause", duration=1), "pause"),
            "long text": (lambda b: b["dialPlan"]["verbs"].append(say("x" * 1001)), "at most 1000"),
            "no text": (lambda b: b["dialPlan"]["verbs"].append(say("")), "is empty"),
            "language": (lambda b: b["dialPlan"]["verbs"].append(say("x", "en-AU")), "en-AU"),
            "text beside": (verb(type="SAY", text="x"), "unknown key \"text\""),
            "mp3": (verb(type="PLAY", fileURL="http://127.0.0.1/x.mp3"), ".wav"),
            "pause as text": (verb(type="PAUSE", duration="10"), "an integer"),
            "half pause": (verb(type="PAUSE", duration=1.5), "an integer"),
            "no eventUrl": (verb(type="COLLECT", maxDigits=4), "eventUrl is missing"),
            "relative eventUrl": (verb(type="COLLECT", eventUrl="/hooks"), "URL"),
            "submitOnHash": (verb(type="COLLECT", eventUrl=url, submitOnHash="yes"), "true or false"),
            "timeout": (verb(type="COLLECT", eventUrl=url, timeout=5), "unknown key \"timeout\""),
            "two dials": (lambda b: b["dialPlan"]["verbs"].extend([dial(), dial()]), "2 DIAL"),
            "dial without from": (verb(type="DIAL", to={"phone": "+306988111111"}), "from is missing"),
        }
        for name, (change, why) in cases.items():
            with self.subTest(name):
                answer = self.place(self.changed(change))
                self.assertEqual(answer.status, 400)
                self.assertRegex(answer.json["code"], r"^\d{9}$")
                self.assert_refused(why)

    def test_the_name_of_a_wav_file_may_be_in_capitals(self):
        play = {"type": "PLAY", "fileURL": "http://127.0.0.1/A.WAV"}
        self.assertEqual(self.place(self.changed(lambda b: b["dialPlan"]["verbs"].append(play))).status, 200)

    def test_a_thousand_characters_are_characters_and_not_bytes(self):
        body = self.changed(lambda b: b["dialPlan"]["verbs"].append(say("ω" * 1000)))
        self.assertEqual(self.place(body).status, 200)

    def test_flags_may_be_text_where_the_pages_show_it(self):
        body = self.changed(lambda b: b["dialPlan"]["verbs"][2].update(submitOnHash="false"))
        self.assertEqual(self.place(body).status, 200)

    def test_a_second_request_within_a_second_is_one_too_many(self):
        self.behave(per_second=1)
        statuses = sorted(self.place().status for _ in range(3))
        self.assertEqual(statuses, [200, 429, 429])
        self.assertRegex(self.refusal(), "1 in a second is allowed")
        self.assertEqual(len(self.record()["calls"]), 1)

    def test_only_json_is_read(self):
        self.assertEqual(self.place("{}", {**BEARER, "Content-Type": "text/plain"}).status, 400)
        self.assert_refused("Content-Type")


class Tracking(Routee):
    def setUp(self):
        super().setUp()
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def ended(self):
        self.made = self.place(self.changed(lambda b: b["dialPlan"]["verbs"].append(dial()))).json
        self.ids = self.wait(ended=1)["calls"][0]["ids"]

    def get(self, path):
        return self.send("GET", path, headers=BEARER)

    def search(self, *filters, query=""):
        answer = self.send("POST", "/voice/tracking" + query, list(filters), BEARER)
        return answer.json["content"] if answer.status == 200 else answer.status

    def test_a_conversation_and_its_legs_are_found(self):
        self.ended()
        tracking_id, message_id = self.ids["trackingId"], self.ids["messageId"]
        self.assertEqual(self.get(f"{CREATE}/{tracking_id}").json, self.made)
        leg = self.get(f"/voice/tracking/{message_id}").json
        self.assertEqual((leg["status"]["status"], leg["conversationTrackingId"]), ("Completed", tracking_id))
        page = self.get(f"/voice/tracking/conversation/{tracking_id}?size=1&page=1").json
        self.assertEqual((page["totalElements"], page["numberOfElements"], page["last"]), (2, 1, True))
        self.assertEqual(page["content"][0]["to"], "+306988111111")
        self.assertEqual(self.get("/voice/tracking/unknown").status, 404)

    def test_calls_are_searched(self):
        self.ended()
        own = f"?trackingId={self.ids['trackingId']}"

        def by(field, how, term):
            return {"fieldName": field, "searchOperator": how, "searchTerm": term}

        self.assertEqual(len(self.search(query=own)), 2)
        self.assertEqual(len(self.search(by("recipient", "is", "+30691111111"), query=own)), 1)
        self.assertEqual(len(self.search(by("recipient", "starts_with", "+306"), query=own)), 2)
        self.assertEqual(self.search(by("status.status", "is_not", "Completed"), query=own), [])
        self.assertEqual(self.search(query=own + "&from=2999-01-01T00:00:00Z"), [])
        self.assertEqual(self.search(by("colour", "is", "red")), 400)
        self.assertEqual(self.search(query="?from=yesterday"), 400)

    def act(self, action, message_id):
        return self.send("PUT", f"{CREATE}/{message_id}", {"action": action}, BEARER).status

    def held_call(self, status):
        """A call that stays in a status: nothing simulated passes in it any more."""
        body = self.changed(lambda b: b.update(callback={"url": self.receiver.address, "strategy": "OnChange"}))
        self.behave(pace=1, callee={"answers_after": 3600 if status == "Ringing" else 0})
        self.place(body)
        reached = 3 if status == "Ringing" else 4
        return self.wait(calls=1, webhooks=reached)["calls"][0]["ids"]["messageId"]

    def test_a_call_in_progress_is_hung_up(self):
        message_id = self.held_call("InProgress")
        self.assertEqual(self.act("reject", message_id), 409)
        self.assertEqual(self.act("hangup", message_id), 200)
        self.assertEqual(self.wait(ended=1)["calls"][0]["state"], "Completed")
        self.assertEqual(self.act("hangup", message_id), 409)

    def test_a_ringing_call_is_rejected(self):
        message_id = self.held_call("Ringing")
        self.assertEqual(self.act("hangup", message_id), 409)
        self.assertEqual(self.act("answer", message_id), 400)
        self.assertEqual(self.act("reject", message_id), 200)
        self.assertEqual(self.wait(ended=1)["calls"][0]["state"], "NoAnswer")


if __name__ == "__main__":
    unittest.main()
