import copy
import unittest

from support import DoubleCase

GATEWAY, CONTINUE = "/process/comprehensive/gateway", "/process/continue"

SAMPLE = {
    "user": "demo@example.com",
    "pass": "demo",
    "service": "PhoneMatch5.0.Dialer",
    "reference": "12345",
    "options": {"outofband": {"message": "test.message"}},
    "target": {"phone": "2015106000"},
}


class Veratad(DoubleCase):
    name = "veratad"

    def place(self, change=None, **headers):
        body = copy.deepcopy(SAMPLE)
        (change or (lambda _: None))(body)
        return self.send("POST", GATEWAY, body, headers).json

    def proceed(self, template, **headers):
        return self.send("POST", CONTINUE, template, headers).json

    def template(self, answer):
        return answer["continuations"]["outofband"]["template"]

    def verdict(self, answer):
        return answer["result"]["action"], answer["result"]["detail"]


class InitialRequest(Veratad):
    def test_the_sample_is_taken(self):
        answer = self.place()
        self.assertEqual(self.verdict(answer), ("PENDING", "TRANSACTION REQUIRES FURTHER ATTENTION"))
        self.assertEqual(answer["meta"]["reference"], "12345")
        template = self.template(answer)
        self.assertEqual(template["dialer"], {"return": "status"})
        self.assertRegex(template["token"], "^[a-z0-9]{32}$")
        call = self.record()["calls"][0]
        self.assertEqual((call["number"], call["key"], call["message"]), ("2015106000", "12345", "test.message"))

    def test_what_the_page_does_not_allow_is_refused(self):
        def types(*values):
            return lambda body: body["options"]["outofband"].update(do_not_send_to_types=list(values))

        cases = {
            "service": (lambda b: b.update(service="PhoneMatch5.0.Call"), "service"),
            "no user": (lambda b: b.pop("user"), "user is missing"),
            "wrong user": (lambda b: b.update(user="x"), "user or pass"),
            "wrong password": (lambda b: b.update({"pass": "x"}), "user or pass"),
            "unknown key": (lambda b: b.update(phone="1"), "unknown key \"phone\""),
            "no message": (lambda b: b["options"]["outofband"].pop("message"), "message is missing"),
            "line type": (types("Mobile"), r"do_not_send_to_types\[0\]"),
            "line types as text": (lambda b: b["options"]["outofband"].update(do_not_send_to_types="voip"), "array"),
            "number as integer": (lambda b: b["target"].update(phone=2015106000), "a string is expected"),
        }
        for name, (change, why) in cases.items():
            with self.subTest(name):
                answer = self.place(change)
                self.assertIn("error", answer)
                self.assertNotIn("result", answer)
                self.assert_refused(why)

    def test_only_json_is_read(self):
        answer = self.send("POST", GATEWAY, "{}", {"Content-Type": "text/plain"})
        self.assertIn("error", answer.json)
        self.assert_refused("Content-Type")
        self.send("POST", GATEWAY, "{'user'", {"Content-Type": "application/json"})
        self.assert_refused("not JSON")

    def test_a_number_that_is_not_national_fails_the_data_check(self):
        for phone in ("+12015106000", "12015106000", "0015106000", "201510600", "201-510-6000"):
            with self.subTest(phone):
                answer = self.place(lambda body: body["target"].update(phone=phone))
                self.assertEqual(self.verdict(answer), ("FAIL", "DATA CHECK FAILED"))
                self.assertNotIn("continuations", answer)
                self.assert_refused("ten-digit US national number")

    def test_unwanted_line_types_are_suppressed(self):
        def to(phone, *types):
            def change(body):
                body["target"]["phone"] = phone
                body["options"]["outofband"]["do_not_send_to_types"] = list(types)
            return self.verdict(self.place(change))[1]

        self.assertEqual(to("2015100003", "voip"), "SUPPRESSED SENDING CODE")
        self.assertEqual(to("2015100003", "mobile", "landline"), "TRANSACTION REQUIRES FURTHER ATTENTION")
        self.assertEqual(to("2015100002", "landline"), "SUPPRESSED SENDING CODE")
        self.assertEqual(to("2015106000", "mobile", "landline", "voip"), "SUPPRESSED SENDING CODE")
        self.behave(numbers={"2015106000": "landline"})
        self.assertEqual(to("2015106000", "mobile"), "TRANSACTION REQUIRES FURTHER ATTENTION")

    def test_every_failure_can_be_asked_for(self):
        for ending, detail in (("0004", "FAILED TO SEND TO NUMBER"), ("0005", "DATA CHECK FAILED")):
            answer = self.place(lambda body: body["target"].update(phone="201510" + ending))
            self.assertEqual(self.verdict(answer), ("FAIL", detail))
        self.assertEqual(self.record()["calls"], [])

    def test_an_error_object_can_be_asked_for(self):
        self.behave(error={"code": 17, "message": "Account locked"}, http_status=500)
        answer = self.send("POST", GATEWAY, SAMPLE)
        self.assertEqual(answer.status, 500)
        self.assertEqual(answer.json, {"error": {"code": 17, "message": "Account locked", "detail": ""}})


class StatusRequest(Veratad):
    def test_pending_as_often_as_told_then_pass(self):
        self.behave(pending=2, strict_token=True)
        answer, seen = self.place(), []
        while "continuations" in answer:
            answer = self.proceed(self.template(answer))
            seen.append(self.verdict(answer))
        self.assertEqual(seen, [("PENDING", "MORE INFORMATION IS REQUIRED")] * 2 + [("PASS", "ALL CHECKS PASSED")])
        call = self.record()["calls"][0]
        self.assertEqual((call["state"], call["polls"]), ("PASS", 3))
        self.assertTrue(call["ended"])

    def test_a_message_can_get_lost(self):
        self.behave(pending=0)
        template = self.template(self.place(lambda body: body["target"].update(phone="2015100006")))
        self.assertEqual(self.verdict(self.proceed(template)), ("FAIL", "MESSAGE COULD NOT BE DELIVERED"))

    def test_an_outdated_token_is_taken_unless_strict(self):
        first = self.template(self.place())
        self.assertNotEqual(self.template(self.proceed(first))["token"], first["token"])
        self.assertEqual(self.proceed(first)["result"]["action"], "PENDING")
        self.behave(strict_token=True)
        self.assertIn("outdated", self.proceed(first)["error"]["message"])
        self.assertRegex(self.refusal(), "outdated")

    def test_a_token_can_stay_the_same(self):
        self.behave(new_token=False)
        first = self.template(self.place())
        self.assertEqual(self.template(self.proceed(first)), first)

    def test_anything_but_the_template_is_refused(self):
        self.behave(template={"session": "a7"})
        template = self.template(self.place())
        self.assertEqual(template["session"], "a7")
        others = {
            "credentials": ({**template, "user": "demo@example.com", "pass": "demo"}, "as returned"),
            "a field left out": ({k: v for k, v in template.items() if k != "session"}, "as returned"),
            "another command": ({**template, "dialer": {"return": "all"}}, "as returned"),
            "another token": ({**template, "token": "x" * 32}, "no transaction"),
            "no object": ([], "no transaction"),
        }
        for name, (body, why) in others.items():
            with self.subTest(name):
                self.assertIn("error", self.proceed(body))
                self.assertRegex(self.refusal(), why)
        self.proceed(template, Authorization="Basic eDp5")
        self.assertRegex(self.refusal(), "Authorization")
        self.assertEqual(self.record()["calls"][0]["polls"], 0)

    def test_an_ended_transaction_is_not_continued(self):
        self.behave(pending=0)
        template = self.template(self.place())
        self.proceed(template)
        self.assertIn("error", self.proceed(template))
        self.assertRegex(self.refusal(), "has ended")


if __name__ == "__main__":
    unittest.main()
