"""A stand-in for Veratad's PhoneMatch5.0.Dialer, after Veratad's Dialer page."""

import random
import string
import time

from double import Double, Knob, Refused, Route, json_reply
from double.rules import Broken, anything, array, boolean, exactly, integer, mapping, nullable, shown, table, text

LINE_TYPES = ("mobile", "landline", "voip")

INITIAL = table({
    "user": text(),
    "pass": text(),
    "service": exactly("PhoneMatch5.0.Dialer"),
    "options": table({
        "outofband": table({"message": text()}, {"do_not_send_to_types": array(text(one_of=LINE_TYPES))}),
    }),
    "target": table({"phone": text()}, {"test_key": text()}),
}, {
    "reference": text(),
    "rules": text(),
})

# A US national number: area code and exchange begin with 2 to 9.
PHONE = text(like=r"[2-9]\d{2}[2-9]\d{6}", says="a ten-digit US national number")

SENT = "TRANSACTION REQUIRES FURTHER ATTENTION"
GOING_ON = "MORE INFORMATION IS REQUIRED"
DELIVERED = "ALL CHECKS PASSED"
LOST = "MESSAGE COULD NOT BE DELIVERED"
SUPPRESSED = "SUPPRESSED SENDING CODE"
NOT_SENT = "FAILED TO SEND TO NUMBER"
INVALID = "DATA CHECK FAILED"

ACTIONS = {SENT: "PENDING", GOING_ON: "PENDING", DELIVERED: "PASS",
           LOST: "FAIL", SUPPRESSED: "FAIL", NOT_SENT: "FAIL", INVALID: "FAIL"}

# What a number's last four digits decide, unless `numbers` says otherwise.
ENDINGS = {"0001": "mobile", "0002": "landline", "0003": "voip", "0004": NOT_SENT, "0005": INVALID, "0006": LOST}

ERROR = table({"code": integer(), "message": text()}, {"detail": text(empty=True)})


class Veratad(Double):
    __doc__ = __doc__

    routes = (
        Route("create", "POST", "/process/comprehensive/gateway", "place"),
        Route("status", "POST", "/process/continue", "proceed"),
    )
    options = {
        "user": ("demo@example.com", "the API user"),
        "pass": ("demo", "its password"),
    }
    knobs = {
        "pending": Knob(2, integer(0), "how often the status is PENDING before the end"),
        "numbers": Knob({}, mapping(text(one_of=(*LINE_TYPES, DELIVERED, LOST, NOT_SENT, INVALID))),
                        "what becomes of a number: its line type, or a detail of the page"),
        "line_type": Knob("mobile", text(one_of=LINE_TYPES), "of every other number"),
        "strict_token": Knob(False, boolean, "only the newest template is taken"),
        "new_token": Knob(True, boolean, "every PENDING brings a new token"),
        "tells_again": Knob(False, boolean, "a transaction that has ended tells its end again when asked"),
        "template": Knob({}, mapping(anything), "more fields in the template"),
        "error": Knob(None, nullable(ERROR), "answer everything with this error object"),
        "http_status": Knob(200, integer(200, 599), "of every result and error; the body is the verdict"),
    }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.transactions = {}  # token -> transaction
        self.confirmation = 57984073

    def forget(self):
        super().forget()
        self.transactions.clear()

    # Initial request

    def place(self, request):
        return self._verdict(self._place, request)

    async def _place(self, request):
        body = self.json_body(request)
        INITIAL(body, "")
        if (body["user"], body["pass"]) != (self.options["user"], self.options["pass"]):
            raise self._refused(401, "user or pass is wrong")
        phone = body["target"]["phone"]
        transaction = self._begin(body)
        try:
            PHONE(phone, "target.phone")
        except Broken as problem:
            raise Refused(str(problem), self._result(transaction, INVALID)) from None
        detail = self._first_verdict(phone, body["options"]["outofband"].get("do_not_send_to_types", ()))
        if detail == SENT:
            transaction["call"] = self.record.call(
                ids={"confirmation": transaction["confirmation"]}, number=phone, key=body.get("reference"),
                message=body["options"]["outofband"]["message"], state="PENDING", polls=0)
        return self._result(transaction, detail)

    def _fate(self, phone):
        return self.behaviour["numbers"].get(phone) or ENDINGS.get(phone[-4:]) or self.behaviour["line_type"]

    def _first_verdict(self, phone, unwanted):
        fate = self._fate(phone)
        line_type = fate if fate in LINE_TYPES else self.behaviour["line_type"]
        if fate == INVALID:
            return INVALID
        if line_type in unwanted:
            return SUPPRESSED
        return NOT_SENT if fate == NOT_SENT else SENT

    def _begin(self, body):
        self.confirmation += 1
        return {"confirmation": self.confirmation, "reference": body.get("reference"), "user": body["user"],
                "pending": self.behaviour["pending"], "end": self._fate(body["target"]["phone"]), "template": None}

    # Status request

    def proceed(self, request):
        return self._verdict(self._proceed, request)

    async def _proceed(self, request):
        if "authorization" in request.headers:
            raise Broken("Authorization", "the token alone is the authority of a status request")
        body = self.json_body(request)
        transaction = self._transaction_of(body)
        call = transaction["call"]
        call["polls"] += 1
        if transaction["pending"] > 0:
            transaction["pending"] -= 1
            self.record.move(call, "PENDING")
            return self._result(transaction, GOING_ON)
        detail = LOST if transaction["end"] == LOST else DELIVERED
        self.record.move(call, ACTIONS[detail], ended=True)
        return self._result(transaction, detail)

    def _transaction_of(self, body):
        """The transaction whose template this is; anything but the template as returned is refused."""
        token = body.get("token") if isinstance(body, dict) else None
        transaction = self.transactions.get(token) if isinstance(token, str) else None
        if transaction is None:
            raise self._refused(404, f"no transaction has the token {shown(token)}")
        if transaction["call"]["ended"] and not self.behaviour["tells_again"]:
            raise self._refused(410, "the transaction has ended")
        newest = transaction["template"]
        if self.behaviour["strict_token"] and token != newest["token"]:
            raise self._refused(409, "the token is outdated, the newest template is wanted")
        if body != {**newest, "token": token}:
            raise self._refused(400, f"the template as returned is expected, not {shown(body)}")
        return transaction

    # Answers

    async def _verdict(self, work, request):
        if self.behaviour["error"]:
            raise Refused("asked to answer with an error", self._error_object(self.behaviour["error"]))
        return await work(request)

    def _result(self, transaction, detail):
        answer = {
            "output": {"outofband": {}},
            "meta": {
                "confirmation": transaction["confirmation"], "reference": transaction["reference"],
                "service": "PhoneMatch5.0.Dialer", "timestamp": time.strftime("%Y-%m-%d %H:%M:%S"),
                "company": "Example", "user": transaction["user"],
            },
            "result": {"action": ACTIONS[detail], "detail": detail, "issues": []},
        }
        if ACTIONS[detail] == "PENDING":
            answer["continuations"] = {"outofband": {
                "url": "/process/continue", "template": self._template(transaction),
                "instructions": "Submit the template to continue.",
            }}
        return json_reply(answer, self.behaviour["http_status"])

    def _template(self, transaction):
        if transaction["template"] is None or self.behaviour["new_token"]:
            token = "".join(random.choices(string.ascii_lowercase + string.digits, k=32))
            transaction["template"] = {"dialer": {"return": "status"}, "token": token, **self.behaviour["template"]}
            self.transactions[token] = transaction
        return transaction["template"]

    def _refused(self, code, why):
        return Refused(why, self._error_object({"code": code, "message": why, "detail": ""}))

    def _error_object(self, error):
        return json_reply({"error": {"detail": "", **error}}, self.behaviour["http_status"])

    def broken(self, problem):
        return self._error_object({"code": 400, "message": "Invalid request", "detail": str(problem)})

    def error(self, status, why):
        return json_reply({"error": {"code": status, "message": why, "detail": ""}}, status)


if __name__ == "__main__":
    Veratad.main()
