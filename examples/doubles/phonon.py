"""A stand-in for Phonon's Dialler Make Call API, after Phonon's Dialler page."""

import hashlib
import uuid
from datetime import datetime, timedelta, timezone

from double import CALLEE, NOBODY_SPECIAL, Double, Knob, Refused, Route, json_reply
from double.rules import Broken, anything, array, boolean, integer, mapping, nullable, table, text, url

IST = timezone(timedelta(hours=5, minutes=30))
BODY_CAP = 256 * 1024
CALLS_CAP = 500

MESSAGES = {
    200: "Success", 209: "Partial Success", 201: "Checksum Repeated", 202: "Invalid Security ID",
    203: "API Version not Supported", 204: "Invalid SMS Gateway", 205: "Invalid Contact Number",
    206: "Failure from Gateway", 207: "DID Not Mapped", 208: "No Mask Available",
    210: "Invalid Mandatory Parameters", 211: "Validity Expired", 212: "Insufficient Balance",
    213: "No Data Available", 301: "Invalid Flow ID", 302: "Empty Call List",
    303: "Max Data List Size Exceeded", 304: "Invalid Flow Version", 400: "Invalid Format",
    401: "IP Not Whitelisted", 402: "Phone Not Whitelisted", 500: "Failure",
}

START_TIME = text(like=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\+05:30",
                  says="a time like 2021-04-28T03:48:07.111Z+05:30")
KEY = table({
    "name": text(like=r"\$flow\.key\.[A-Za-z0-9_]+", says="$flow.key.<variable>"),
    "value": text(empty=True),
})
ENVELOPE = table({"api-version": text(), "security-id": text(), "flow-id": text(), "calls": array(anything)})
CALL = table({
    "client-identifier": text(),
    "start-time": START_TIME,
    "contact-numbers": array(text(), low=1),
}, {"keys": array(KEY)})

# With the country code and without a plus: eleven digits or more, a national number has ten.
CONTACT = text(like=r"[1-9]\d{10,14}", says="a number with its country code and without +")

# How an attempt at one number ends, and the cause its record carries.
CAUSES = {"answers": "16", "busy": "17", "no_answer": "19", "rejected": "21", "unreachable": "5"}


class Phonon(Double):
    __doc__ = __doc__

    routes = (Route("create", "POST", "/kairos-apis/outbounddialer/create", "place"),)
    options = {
        "security_id": ("S3cur1ty" * 8, "64 characters, from the Edit Flow page"),
        "flow_id": ("Fl0w1234", "8 characters, from the Edit Flow page"),
        "webhook": (None, "where results are pushed, as entered in the console"),
    }
    knobs = {
        "callee": Knob(NOBODY_SPECIAL, table({}, CALLEE), "who picks up"),
        "numbers": Knob({}, mapping(text(one_of=tuple(CAUSES))), f"how a number ends: {', '.join(CAUSES)}"),
        "talk": Knob(5, integer(0), "seconds the recorded message takes"),
        "codes": Knob([], array(nullable(integer(200, 500))), "codes the next requests get; null: as due"),
        "reject_numbers": Knob([], array(text()), "numbers refused with 205, the others of the request are called"),
        "test_numbers": Knob(None, nullable(array(text())), "the only ones that version TEST may call"),
        "ip_whitelisted": Knob(True, boolean, "false: every request is refused with 401"),
        "burn_refused": Knob(False, boolean, "a refused request's checksum counts as repeated too"),
        "http_status": Knob(200, integer(200, 599), "of every answer; only the body's code means anything"),
        "webhook": Knob(None, nullable(url), "where results are pushed, in place of --webhook"),
        "push_client_identifier": Knob(False, boolean, "results carry the client-identifier too"),
    }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.checksums = set()

    def forget(self):
        super().forget()
        self.checksums.clear()

    async def place(self, request):
        checksum = hashlib.sha256(request.body).digest()
        try:
            answer = self._place(request, checksum)
        except Broken as problem:
            self._burn(checksum, self.behaviour["burn_refused"])
            raise self._refused(210 if problem.kind == "missing" else 400, str(problem)) from None
        except Refused:
            self._burn(checksum, self.behaviour["burn_refused"])
            raise
        self._burn(checksum)
        return answer

    def _burn(self, checksum, wanted=True):
        if wanted:
            self.checksums.add(checksum)

    def _place(self, request, checksum):
        asked = self.behaviour["codes"].pop(0) if self.behaviour["codes"] else None
        if asked not in (None, 200):
            raise self._refused(asked, "asked to answer so")
        if not self.behaviour["ip_whitelisted"]:
            raise self._refused(401, "the address is not whitelisted")
        if len(request.body) > BODY_CAP:
            raise self._refused(400, f"a body of {len(request.body)} bytes, at most {BODY_CAP} are processed")
        body = self.json_body(request)
        ENVELOPE(body, "")
        self._check_envelope(body)
        if checksum in self.checksums:
            raise self._refused(201, "these very bytes were sent before")
        return self._place_calls(body)

    def _check_envelope(self, body):
        checks = (
            (body["api-version"] in ("1.0", "TEST"), 203, "api-version is neither 1.0 nor TEST"),
            (body["security-id"] == self.options["security_id"], 202, "security-id is not the account's"),
            (body["flow-id"] == self.options["flow_id"], 301, "flow-id is not a flow of the account"),
            (body["calls"], 302, "calls is empty"),
            (len(body["calls"]) <= CALLS_CAP, 303, f"{len(body['calls'])} calls, at most {CALLS_CAP} are taken"),
        )
        for holds, code, why in checks:
            if not holds:
                raise self._refused(code, why)

    def _place_calls(self, body):
        for index, call in enumerate(body["calls"]):
            CALL(call, f"calls[{index}]")
        self._check_identifiers(body["calls"])
        verdicts = [(call, self._verdict(call, body["api-version"])) for call in body["calls"]]
        bad = [verdict for _, verdict in verdicts if verdict]
        if len(bad) == len(verdicts):
            raise self._refused(*bad[0])
        request_id = str(uuid.uuid4())
        details = [self._accept(call, request_id) for call, verdict in verdicts if not verdict]
        if not bad:
            return self._answer(200, **{"request-id": request_id, "call-details": details})
        partial = self._answer(209, **{"request-id": request_id, "call-details": details})
        raise Refused("; ".join(why for _, why in bad), partial)

    def _check_identifiers(self, calls):
        names = [call["client-identifier"] for call in calls]
        for index, call in enumerate(calls):
            if names.count(names[index]) > 1:
                raise Broken(f"calls[{index}].client-identifier", f"{names[index]} stands there twice")
            keys = [key["name"] for key in call.get("keys", ())]
            if len(set(keys)) < len(keys):
                raise Broken(f"calls[{index}].keys", "a variable stands there twice")

    def _verdict(self, call, version):
        """None when the call is taken, otherwise the code and the reason."""
        name = call["client-identifier"]
        for number in call["contact-numbers"]:
            try:
                CONTACT(number, f"{name}: contact-numbers")
            except Broken as problem:
                return 205, str(problem)
            if number in self.behaviour["reject_numbers"]:
                return 205, f"{name}: {number} is to be rejected"
            allowed = self.behaviour["test_numbers"]
            if version == "TEST" and allowed is not None and number not in allowed:
                return 402, f"{name}: {number} is not whitelisted for TEST"
        try:
            start = start_of(call)
        except ValueError as problem:
            return 400, f"{name}: start-time: {problem}"
        if start.date() < datetime.now(IST).date():
            return 210, f"{name}: the date of start-time, {start.date()}, is past"
        return None

    def _accept(self, request, request_id):
        name = request["client-identifier"]
        ids = {"phonon-uuid": str(uuid.uuid4()), "request-id": request_id}
        call = self.record.call(ids=ids, number=request["contact-numbers"][0], key=name,
                                numbers=request["contact-numbers"], keys=request.get("keys", []), state="SCHEDULED")
        self.webhooks.spawn(self._run(call, start_of(request)))
        return {"client-identifier": name, "phonon-uuid": ids["phonon-uuid"]}

    # The call itself

    async def _run(self, call, start):
        await self.pass_time(max(0, (start - datetime.now(IST)).total_seconds()))
        self.record.move(call, "IN_PROGRESS")
        details, clock = [], datetime.now(IST)
        for number in call["numbers"]:
            detail, clock = await self._try(number, clock)
            details.append(detail)
            if "connectTime" in detail:
                break
        await self._push(call, details)
        self.record.move(call, "COMPLETED" if "connectTime" in details[-1] else "FAILURE", ended=True)

    async def _try(self, number, start):
        """One number's turn: what the result says about it, and when it was over."""
        callee = self.behaviour["callee"]
        general = "busy" if callee["busy"] else "no_answer" if callee["no_answer"] else "answers"
        end = self.behaviour["numbers"].get(number, general)
        detail = {"cdrId": f"{uuid.uuid4().hex}##pbx-9", "startTime": stamp(start), "calleeNumber": number,
                  "didNumber": "+912200000000", "hangupCause": CAUSES[end], "incoming": False,
                  "calleeType": "VISITOR", "remoteHangup": end != "no_answer", "foreignCallIds": []}
        ringing = 30 if end == "no_answer" else callee["answers_after"]
        if end != "unreachable":
            detail.update({"is_ringing": "true", "ringingStartTime": stamp(start)})
        talk = self.behaviour["talk"] if end == "answers" else 0
        connect = start + timedelta(seconds=ringing)
        finish = connect + timedelta(seconds=talk)
        if end == "answers":
            detail.update({"connectTime": stamp(connect), "duration": str(talk * 1000),
                           "dtmfPressesd": self._presses(connect)})
        await self.pass_time((finish - start).total_seconds())
        return {**detail, "endTime": stamp(finish)}, finish

    def _presses(self, connect):
        pressed = "".join(filter(None, self.behaviour["callee"]["keys"]))
        return [{"key": key, "eventTime": stamp(connect + timedelta(seconds=index + 1)), "label": ""}
                for index, key in enumerate(pressed)]

    async def _push(self, call, details):
        address = self.behaviour["webhook"] or self.options["webhook"]
        if not address:
            return
        result = {**call["ids"], "callDetails": details, "keys": call["keys"]}
        if self.behaviour["push_client_identifier"]:
            result["client-identifier"] = call["key"]
        line = self.line()
        line.push("result", address, {"body": result})
        if delivery := line.close():
            await delivery

    # Answers

    def _answer(self, code, **more):
        message = MESSAGES.get(code, "Failure")
        return json_reply({"api-response-code": code, "api-response-message": message, **more},
                          self.behaviour["http_status"])

    def _refused(self, code, why):
        return Refused(why, self._answer(code))

    def error(self, status, why):
        code = status if status in MESSAGES else 500
        return json_reply({"api-response-code": code, "api-response-message": MESSAGES[code]}, status)


def start_of(call):
    """The digits of start-time are the wall clock's in India."""
    return datetime.strptime(call["start-time"], "%Y-%m-%dT%H:%M:%S.%fZ+05:30").replace(tzinfo=IST)


def stamp(moment):
    """As the results write it: hundredths of a second and the offset."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 10000:02d}+05:30"


if __name__ == "__main__":
    Phonon.main()
