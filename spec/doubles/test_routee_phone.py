import unittest

from support import DoubleCase, Receiver
from test_routee import BEARER, collect, dial, pause, say


class Phone(DoubleCase):
    name = "routee"
    arguments = ("--access-token", "fixed", "--behave", '{"per_second": 0}')

    def hear(self, *answers):
        """A receiver whose answers to /plan are these plans."""
        receiver = Receiver(*answers)
        self.addCleanup(receiver.close)
        return receiver

    def place(self, receiver, verbs, **more):
        body = {"from": "Company Name", "to": {"phone": "+30691111111"}, "dialPlan": {"verbs": verbs}, **more}
        answer = self.send("POST", "/voice/conversation", body, BEARER)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def question(self, receiver, **more):
        return [say("Your number?"), collect(receiver.address + "/plan", **more), pause(10)]

    def callback(self, receiver, strategy="OnChange"):
        return {"url": receiver.address + "/status", "strategy": strategy}

    def ended(self):
        return self.wait(ended=1)["calls"][0]

    def names(self, receiver):
        return [body["status"]["name"] for body in receiver.bodies("/status")]


class PinCall(Phone):
    def test_a_wrong_number_then_the_right_one_then_a_second_leg(self):
        self.behave(callee={"keys": ["9999#", "1234#"]})
        receiver = self.hear()
        receiver.answers += [{"verbs": self.question(receiver, maxDigits=4, submitOnHash=True)},
                             {"verbs": [say("Connecting."), dial()]}]
        made = self.place(receiver, self.question(receiver, maxDigits=4, submitOnHash=True),
                          callback=self.callback(receiver))
        call = self.ended()
        self.assertEqual(call["tones"], ["9,9,9,9", "1,2,3,4"])
        self.assertEqual((call["state"], call["dead"], len(call["plans"])), ("Completed", None, 3))
        self.assertEqual([(leg["to"], leg["state"]) for leg in call["legs"]],
                         [("+30691111111", "Completed"), ("+306988111111", "Completed")])
        self.assertEqual(self.names(receiver), ["Queued", "Initiated", "Ringing", "InProgress", "Completed"])
        self.assertEqual(receiver.bodies("/plan")[0], {
            "messageId": call["ids"]["messageId"], "conversationTrackingId": made["trackingId"],
            "collectedTones": "9,9,9,9"})

    def test_the_page_s_own_order_works_for_a_caller_who_waits(self):
        self.behave(callee={"keys": ["1234#"]})
        receiver = self.hear({"verbs": [say("Thank you.")]})
        self.place(receiver, [say("Number?"), pause(10), collect(receiver.address + "/plan", submitOnHash=True)])
        self.assertEqual(self.ended()["tones"], ["1,2,3,4"])

    def test_a_plan_without_a_pause_ends_before_a_patient_caller_types(self):
        receiver = self.hear({"verbs": [say("Thank you.")]})
        plan = [say("Please enter your number."), collect(receiver.address + "/plan", submitOnHash=True)]
        self.behave(callee={"keys": ["12#"], "types_after": 0.1, "key_gap": 0.1})
        self.place(receiver, plan)
        self.assertEqual(self.ended()["tones"], [])
        self.assertEqual([body["collectedTones"] for body in receiver.bodies("/plan")], [""])
        self.behave(callee={"patient": False})
        self.place(receiver, plan)
        self.assertEqual(self.wait(ended=2)["calls"][1]["tones"], ["1,2"])

    def test_no_keys_means_empty_tones_at_the_end_and_the_answer_is_ignored(self):
        receiver = self.hear({"verbs": [say("Nobody hears this.")]})
        self.place(receiver, self.question(receiver, submitOnHash=True), callback=self.callback(receiver))
        call = self.ended()
        self.assertEqual([body["collectedTones"] for body in receiver.bodies("/plan")], [""])
        self.assertEqual((len(call["plans"]), call["dead"]), (1, None))
        self.assertEqual([hook["kind"] for hook in self.record()["webhooks"][-2:]], ["collect", "status"])
        self.assertEqual(receiver.got[-1][1]["status"]["name"], "Completed")

    def test_keys_without_the_hash_are_not_submitted(self):
        self.behave(callee={"keys": ["1234"]})
        receiver = self.hear()
        self.place(receiver, self.question(receiver, submitOnHash=True))
        self.ended()
        self.assertEqual([body["collectedTones"] for body in receiver.bodies("/plan")], [""])

    def test_without_submit_on_hash_the_tones_come_at_the_end(self):
        self.behave(callee={"keys": ["12#"]}, tones="plain")
        receiver = self.hear()
        self.place(receiver, self.question(receiver))
        self.ended()
        self.assertEqual([body["collectedTones"] for body in receiver.bodies("/plan")], ["12#"])

    def test_more_than_max_digits_are_not_gathered(self):
        self.behave(callee={"keys": ["123456#"]}, tones="plain")
        receiver = self.hear({"verbs": [say("Thank you.")]})
        self.place(receiver, self.question(receiver, maxDigits=4, submitOnHash=True))
        self.assertEqual(self.ended()["tones"], ["1234"])

    def test_max_digits_can_submit_and_tones_can_end_in_a_hash(self):
        self.behave(callee={"keys": ["12"]}, tones="hash", submit_on_max=True, collect_from_to=True)
        receiver = self.hear({"verbs": [say("Thank you.")]})
        self.place(receiver, self.question(receiver, maxDigits=2, submitOnHash=True))
        self.assertEqual(self.ended()["tones"], ["12#"])
        self.assertEqual(receiver.bodies("/plan")[0]["from"], "Company Name")

    def test_a_key_during_a_barge_in_verb_is_submitted_at_once(self):
        self.behave(callee={"keys": ["12#"], "patient": False, "types_after": 0})
        receiver = self.hear({"verbs": [say("Thank you.")]})
        menu = {**say("For sales press one, for support press two."), "bargeIn": True}
        self.place(receiver, [menu, collect(receiver.address + "/plan", submitOnHash=True)])
        self.assertEqual(self.ended()["tones"], ["1"])

    def test_keys_come_too_late_when_the_call_is_over(self):
        for limits in ({"callee": {"hangup_after": 3}}, {"maxDuration": 3}):
            with self.subTest(limits):
                self.send("DELETE", "/double/record")
                self.behave(callee={"keys": ["12#"], "types_after": 4, **limits.pop("callee", {"hangup_after": None})})
                receiver = self.hear({"verbs": [say("Thank you.")]})
                self.place(receiver, self.question(receiver, submitOnHash=True), **limits)
                self.assertEqual(self.ended()["tones"], [])

    def test_a_message_repeated_for_ever_ends_with_the_call(self):
        self.behave(callee={"hangup_after": 5})
        receiver = self.hear()
        self.place(receiver, [{**say("Again."), "repeat": -1}])
        self.assertEqual(self.ended()["state"], "Completed")


class BadAnswer(Phone):
    def dead(self, answer, **knobs):
        self.behave(callee={"keys": ["12#"]}, **knobs)
        receiver = self.hear(answer)
        self.place(receiver, self.question(receiver, submitOnHash=True))
        call = self.ended()
        self.assertEqual(len(call["plans"]), 1)
        hooks = [hook for hook in self.record()["webhooks"] if hook["kind"] == "collect"]
        self.assertIn(hooks[0]["refused"] or "accepted", call["dead"])
        return call["dead"]

    def test_an_answer_that_is_no_plan_kills_the_call(self):
        cases = {
            "empty": (b"", "not JSON"),
            "wrapped": ({"dialPlan": {"verbs": [say("x")]}}, "unknown key \"dialPlan\""),
            "no verbs": ({"verbs": []}, "at least 1"),
            "unknown verb": ({"verbs": [{"type": "HANGUP"}]}, "HANGUP"),
            "two dials": ({"verbs": [dial(), dial()]}, "2 DIAL"),
        }
        for name, (answer, why) in cases.items():
            with self.subTest(name):
                self.send("DELETE", "/double/record")
                self.assertIn(why, self.dead(answer))

    def test_an_answer_that_comes_too_late_kills_the_call(self):
        self.assertIn("no answer within 0 s", self.dead({"verbs": [say("x")]}, answer_within=0))

    def test_a_refused_connection_kills_the_call(self):
        receiver = Receiver()
        receiver.close()
        self.behave(callee={"keys": ["12#"]})
        self.place(receiver, self.question(receiver, submitOnHash=True))
        self.assertIn("could not be delivered", self.ended()["dead"])

    def test_nothing_outside_this_machine_is_called(self):
        self.behave(callee={"keys": ["12#"]})
        self.place(None, [say("x"), collect("http://www.example.com", submitOnHash=True), pause(10)])
        self.assertIn("only http to this machine", self.ended()["dead"])


class Endings(Phone):
    def walk(self, strategy="OnChange", **more):
        receiver = self.hear()
        self.send("DELETE", "/double/record")
        self.place(receiver, [say("Hello."), pause(10)], callback=self.callback(receiver, strategy), **more)
        self.ended()
        return self.names(receiver)

    def test_every_ending_has_its_way(self):
        ways = {
            "Unsent": ["Queued", "Unsent"],
            "Failed": ["Queued", "Initiated", "Failed"],
            "Unknown": ["Queued", "Initiated", "Unknown"],
            "Busy": ["Queued", "Initiated", "Ringing", "Busy"],
            "NoAnswer": ["Queued", "Initiated", "Ringing", "NoAnswer"],
            "Terminated": ["Queued", "Initiated", "Ringing", "InProgress", "Terminated"],
            "Completed": ["Queued", "Initiated", "Ringing", "InProgress", "Completed"],
        }
        for ending, way in ways.items():
            with self.subTest(ending):
                self.behave(ending=ending)
                self.assertEqual(self.walk(), way)

    def test_the_callee_decides(self):
        self.behave(callee={"busy": True})
        self.assertEqual(self.walk()[-1], "Busy")
        self.behave(callee={"busy": False, "no_answer": True})
        self.assertEqual(self.walk()[-1], "NoAnswer")
        self.behave(callee={"no_answer": False, "answers_after": 20})
        self.assertEqual(self.walk(hangupDelay=10)[-1], "NoAnswer")

    def test_on_completion_only_the_end_is_told(self):
        self.assertEqual(self.walk("OnCompletion"), ["Completed"])

    def test_a_machine_is_hung_up_on_or_asked_about(self):
        self.behave(callee={"machine": True})
        self.walk(machineDetection={"strategy": "Hangup"})
        self.assertEqual(self.record()["calls"][0]["plans"], [])
        other = self.hear({"verbs": [say("After the tone.")]})
        self.walk(machineDetection={"strategy": "Continue", "eventUrl": other.address + "/plan"})
        self.assertEqual(self.record()["calls"][0]["plans"], [[say("After the tone.")]])

    def test_the_second_leg_has_its_own_id_callbacks_and_ending(self):
        self.behave(second_leg={"busy": True})
        receiver = self.hear()
        self.place(receiver, [{**dial(), "callback": self.callback(receiver)}, say("Nobody is free.")])
        call = self.ended()
        self.assertEqual(self.names(receiver), ["Queued", "Initiated", "Ringing", "Busy"])
        self.assertEqual(receiver.bodies("/status")[0]["messageId"], call["legs"][1]["messageId"])
        self.assertNotEqual(call["legs"][0]["messageId"], call["legs"][1]["messageId"])

    def test_hanging_up_ends_both_legs(self):
        self.behave(callee={"hangup_after": 3}, second_leg={"answers_after": 1, "talks": 60})
        receiver = self.hear()
        self.place(receiver, [dial()])
        self.assertEqual([leg["state"] for leg in self.ended()["legs"]], ["Completed", "Completed"])


class Webhooks(Phone):
    def names_with(self, *faults):
        self.behave(webhooks=list(faults))
        receiver = self.hear()
        self.place(receiver, [say("Hello.")], callback=self.callback(receiver))
        self.ended()
        return receiver, self.names(receiver)

    def test_twice(self):
        _, names = self.names_with({"on": "status", "skip": 1, "twice": True})
        self.assertEqual(names, ["Queued", "Initiated", "Initiated", "Ringing", "InProgress", "Completed"])

    def test_out_of_order(self):
        _, names = self.names_with({"on": "status", "skip": 2, "reorder": True})
        self.assertEqual(names, ["Queued", "Initiated", "InProgress", "Ringing", "Completed"])

    def test_the_last_one_held_back_is_still_sent(self):
        _, names = self.names_with({"on": "any", "skip": 4, "reorder": True})
        self.assertEqual(names, ["Queued", "Initiated", "Ringing", "InProgress", "Completed"])

    def test_dropped(self):
        _, names = self.names_with({"on": "status", "times": 4, "drop": True})
        self.assertEqual(names, ["Completed"])

    def test_late(self):
        receiver, _ = self.names_with({"on": "status", "late": 1})
        self.wait(webhooks=5)
        self.assertEqual(self.names(receiver), ["Initiated", "Ringing", "InProgress", "Completed", "Queued"])

    def test_a_question_sent_twice_counts_once(self):
        self.behave(callee={"keys": ["12#"]}, webhooks=[{"on": "collect", "twice": True}])
        receiver = self.hear({"verbs": [say("One.")]}, {"verbs": [say("Two.")]})
        self.place(receiver, self.question(receiver, submitOnHash=True))
        self.wait(ended=1, webhooks=2)
        self.assertEqual([body["collectedTones"] for body in receiver.bodies("/plan")], ["1,2", "1,2"])
        self.assertEqual(self.record()["calls"][0]["plans"][1:], [[say("One.")]])

    def test_a_question_dropped_kills_the_call(self):
        self.behave(callee={"keys": ["12#"]}, webhooks=[{"on": "collect", "drop": True}])
        receiver = self.hear()
        self.place(receiver, self.question(receiver, submitOnHash=True))
        self.assertEqual(self.ended()["dead"], "the webhook was dropped")

    def test_a_question_nobody_answers_is_asked_as_often_as_told(self):
        self.behave(callee={"keys": ["12#"]}, webhook_tries=3)
        receiver = self.hear()
        receiver.close()
        self.place(receiver, self.question(receiver, submitOnHash=True))
        self.assertIn("could not be delivered", self.ended()["dead"])
        tones = [webhook["body"]["collectedTones"] for webhook in self.record()["webhooks"]]
        self.assertEqual(tones, ["1,2"] * 3 + [""] * 3)


if __name__ == "__main__":
    unittest.main()
