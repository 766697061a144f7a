import copy
import unittest

from support import DoubleCase

API = "/MultiChannelAPI/Api"
COLLECTION = API + "/InstantCall/"
GUID = "00000000-0000-4000-8000-000000000001"
CODE = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
OTHER = "3f2504e0-4f89-41d3-9a0c-0305e82c3302"

SAMPLE = {
    "User": {"username": "demo", "password": "demo"},
    "InstantCalls": [{
        "NumberToCall": "00390612345678",
        "Extension": 0,
        "StartDate": "2018-03-22T15:39:06.055+01:00",
        "EndDate": "2018-03-22T16:39:06.055+01:00",
        "Type": 0,
        "MaxRetries": 5,
        "MinutesBetweenRetries": 60,
        "IVRRepeats": 1,
        "CallerId": "390612345678",
        "CodeRequest": CODE,
    }],
}


class SendService(DoubleCase):
    name = "sendservice"

    def place(self, change=None, **shared):
        body = copy.deepcopy(SAMPLE)
        body.update(shared)
        (change or (lambda _: None))(body["InstantCalls"][0])
        return self.send("POST", COLLECTION, body)

    def query(self, *codes, **more):
        body = {"Type": "CR", "Guid": GUID, "CodeRequests": list(codes or (CODE,)), **more}
        return self.send("GET", API + "/instantCall/", body)

    def status(self):
        return self.query().json["InstantCalls"][0]["Status"]


class Create(SendService):
    def test_the_sample_is_taken_and_echoed_with_an_id(self):
        answer = self.place().json
        echoed = answer["InstantCalls"][0]
        self.assertEqual({**echoed, **SAMPLE["InstantCalls"][0]}, echoed)
        self.assertNotIn("User", answer)
        call = self.record()["calls"][0]
        self.assertEqual((call["number"], call["key"], call["ids"]["Id"]), ("00390612345678", CODE, echoed["Id"]))

    def test_the_answer_can_say_nothing(self):
        self.behave(create_answer="empty")
        self.assertEqual(self.place().json, {})

    def test_what_the_page_does_not_allow_is_refused(self):
        def put(**fields):
            return lambda call: call.update(fields)

        def drop(name):
            return lambda call: call.pop(name)

        cases = {
            "plus": (put(NumberToCall="+390612345678"), "NumberToCall: a number with the international prefix 00"),
            "no prefix": (put(NumberToCall="390612345678"), "international prefix 00"),
            "number as integer": (put(NumberToCall=390612345678), "a string is expected"),
            "caller with 00": (put(CallerId="00390612345678"), "without 00"),
            "caller with plus": (put(CallerId="+390612345678"), "without 00 and without +"),
            "no fraction": (put(StartDate="2018-03-22T15:39:06+01:00"), "StartDate"),
            "two digits": (put(StartDate="2018-03-22T15:39:06.05+01:00"), "StartDate"),
            "eight digits": (put(StartDate="2018-03-22T15:39:06.05500000+01:00"), "StartDate"),
            "no offset": (put(StartDate="2018-03-22T15:39:06.055"), "StartDate"),
            "Z": (put(StartDate="2018-03-22T15:39:06.055Z"), "StartDate"),
            "the letters UTC": (put(StartDate="2018-03-22T15:39:06.055+UTC"), "StartDate"),
            "placeholders": (put(StartDate="aaaa-03-22T15:39:06.055+01:00"), "StartDate"),
            "no such day": (put(StartDate="2018-02-30T15:39:06.055+01:00"), "no such date"),
            "end before start": (put(EndDate="2018-03-22T15:39:06.054+01:00"), "EndDate is not after"),
            "end before start elsewhere": (put(EndDate="2018-03-22T16:00:00.000+02:00"), "EndDate is not after"),
            "long name": (put(FirstName="x" * 129), "at most 128"),
            "retries as text": (put(MaxRetries="5"), "an integer"),
            "half a retry": (put(MaxRetries=1.0), "an integer"),
            "extension as text": (put(Extension="7"), "an integer"),
            "type as text": (put(Type="0"), "Type"),
            "boolean type": (put(Type=False), "Type"),
            "code": (put(CodeRequest="12345"), "a GUID"),
            "unknown": (put(Number="0039061"), "unknown key \"Number\""),
            "printed spelling": (put(**{"NumberTo Call": "0039061"}), "unknown key"),
            "speech in a default call": (put(TextToSpeech="x"), "does not belong to Type 0"),
            **{f"no {name}": (drop(name), f"{name} is missing")
               for name in ("StartDate", "EndDate", "Type", "Extension", "NumberToCall", "CallerId")},
        }
        for name, (change, why) in cases.items():
            with self.subTest(name):
                answer = self.place(change)
                self.assertEqual(answer.status, 400)
                self.assertIn("Message", answer.json)
                self.assert_refused(why.replace("+", r"\+"))

    def test_one_call_may_stand_without_the_array(self):
        answer = self.send("POST", COLLECTION, {"User": SAMPLE["User"], **SAMPLE["InstantCalls"][0]})
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.record()["calls"][0]["key"], CODE)
        self.assertEqual(self.status(), 4)

    def test_a_call_and_the_user_are_required(self):
        self.send("POST", COLLECTION, {"User": SAMPLE["User"]})
        self.assert_refused("StartDate is missing")
        self.send("POST", COLLECTION, {"InstantCalls": SAMPLE["InstantCalls"]})
        self.assert_refused("User is missing")
        self.place(InstantCalls_=[])
        self.assert_refused("unknown key")
        self.send("POST", COLLECTION, {"User": SAMPLE["User"], "InstantCalls": []})
        self.assert_refused("at least 1")
        self.send("POST", COLLECTION, {"user": SAMPLE["User"], "InstantCalls": SAMPLE["InstantCalls"]})
        self.assert_refused("unknown key \"user\"")
        self.assertEqual(self.place(User={"username": "demo", "password": "x"}).status, 401)
        self.assert_refused("username or password")

    def test_an_element_s_own_value_wins_over_the_shared_one(self):
        answer = self.place(lambda call: call.pop("Extension"), Extension=9, MaxRetries=0, FirstName="Anna").json
        call = answer["InstantCalls"][0]
        self.assertEqual((call["Extension"], call["MaxRetries"], call["FirstName"]), (9, 5, "Anna"))

    def test_names_are_counted_in_characters(self):
        self.assertEqual(self.place(lambda call: call.update(FirstName="è" * 128)).status, 200)

    def test_speech_types_need_text_and_language(self):
        def speech(call):
            call.pop("Extension")
            call.update(Type=3, TextToSpeech="Ciao", LanguageCode="it-IT-F1")

        self.assertEqual(self.place(speech).status, 200)
        self.place(lambda call: call.update(Type="IVRwithTTS"))
        self.assertRegex(self.refusal(), "TextToSpeech is missing")

    def test_seven_fraction_digits_and_text_json_are_taken(self):
        self.assertEqual(self.place(lambda call: call.update(EndDate="2018-03-22T16:39:06.0554209+01:00")).status, 200)
        headers = {"Content-Type": "text/json"}
        self.assertEqual(self.send("POST", COLLECTION, SAMPLE, headers).status, 200)
        self.assertEqual(self.send("POST", COLLECTION, "<x/>", {"Content-Type": "text/xml"}).status, 400)

    def test_a_repeated_code_is_recorded(self):
        self.place()
        self.place()
        self.assertEqual([call["duplicate_of"] for call in self.record()["calls"]], [None, 1])


class Status(SendService):
    def test_a_call_goes_through_its_codes(self):
        self.place()
        self.assertEqual([self.status() for _ in range(6)], [4, 11, 6, 5, 1, 1])
        self.assertEqual(self.record()["calls"][0]["state"], "Success")
        self.wait(ended=1)

    def test_all_twelve_codes_in_three_spellings(self):
        names = ["Failed", "Success", "Forbidden", "Unknown", "NotCalled", "Answer", "Calling", "NotEnoughCredit",
                 "InBlackList", "Duplicated", "FailedTTSConversion", "Processing"]
        for spelling, wanted in (("integer", list(range(12))), ("digits", list(map(str, range(12)))), ("name", names)):
            with self.subTest(spelling):
                self.send("DELETE", "/double/record")
                self.behave(status_as=spelling, statuses=list(range(12)))
                call_id = self.place().json["InstantCalls"][0]["Id"]
                seen = [self.send("GET", f"{API}/instantCall/{call_id}").json["InstantCalls"][0]["Status"]
                        for _ in range(12)]
                self.assertEqual(seen, wanted)

    def test_retries_are_counted(self):
        self.behave(statuses=[6, 0, 6, 0])
        self.place()
        seen = [self.query().json["InstantCalls"][0] for _ in range(4)]
        self.assertEqual([call["Retries"] for call in seen], [0, 0, 1, 1])

    def test_digits_come_as_told_once_answered(self):
        for digits in (42, "042#"):
            with self.subTest(digits):
                self.send("DELETE", "/double/record")
                self.behave(input_digits=digits, numbers={"00390612345678": [6, 5]})
                call_id = self.place().json["InstantCalls"][0]["Id"]
                seen = [self.send("GET", f"{API}/instantCall/{call_id}").json["InstantCalls"][0]["InputDigits"]
                        for _ in range(2)]
                self.assertEqual(seen, [None, digits])

    def test_a_query_names_type_guid_and_codes(self):
        self.place()
        self.assertEqual(self.query(OTHER).json, {"InstantCalls": []})
        cases = {
            "no body": (self.send("GET", API + "/instantCall/"), 400),
            "type": (self.query(Type="ID"), 400),
            "guid": (self.query(Guid=OTHER), 401),
            "code": (self.query("12345"), 400),
            "no codes": (self.query(CodeRequests=[]), 400),
            "credentials": (self.query(User=SAMPLE["User"]), 400),
        }
        for name, (answer, status) in cases.items():
            with self.subTest(name):
                self.assertEqual(answer.status, status)
        self.assertEqual(self.wait(refused=6)["calls"][0]["codes"], [])

    def test_a_query_by_id_can_be_filtered_by_status(self):
        call_id = self.place().json["InstantCalls"][0]["Id"]
        path = f"{API}/instantCall/{call_id}"
        self.assertEqual(len(self.send("GET", path + "/NotCalled").json["InstantCalls"]), 1)
        self.assertEqual(len(self.send("GET", path + "/NotCalled").json["InstantCalls"]), 0)
        self.assertEqual(self.send("GET", path + "/Ringing").status, 400)
        self.assertEqual(self.send("GET", f"{API}/instantCall/1").status, 404)

    def test_a_call_can_be_lost(self):
        self.behave(lost=True)
        self.place()
        self.assertEqual(self.query().json, {"InstantCalls": []})


if __name__ == "__main__":
    unittest.main()
