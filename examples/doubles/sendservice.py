"""A stand-in for SENDService's InstantCall and InstantCalls, after SENDService's Instant Call page."""

from datetime import datetime

from double import Double, Knob, Refused, Route, json_reply
from double.rules import Broken, array, boolean, either, exactly, integer, mapping, nullable, table, text

BASE = "/MultiChannelAPI/Api"
MEDIA_TYPES = ("application/json", "text/json")
COLLECTION = BASE + "/[iI]nstantCall/"

# The twelve states of a call, by their codes.
STATUSES = ("Failed", "Success", "Forbidden", "Unknown", "NotCalled", "Answer", "Calling", "NotEnoughCredit",
            "InBlackList", "Duplicated", "FailedTTSConversion", "Processing")
FAILED, SUCCESS, ANSWER = 0, 1, 5

GUID = text(like=r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", says="a GUID")
NAME = text(at_most=128, empty=True)


def date(value, where):
    """aaaa-MM-ggThh:mm:ss.SSS+UTC: milliseconds or finer, and the offset in numbers."""
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,7}[+-]\d\d:\d\d"
    text(like=form, says="a date like 2018-03-22T15:39:06.055+01:00")(value, where)
    try:
        moment(value)
    except ValueError as problem:
        raise Broken(where, f"no such date: {problem}") from None


def moment(value):
    stamp, offset = value[:19], value[-6:]
    return datetime.fromisoformat(f"{stamp}.{value[20:-6]:0<6.6}{offset}")


ALWAYS = ("StartDate", "EndDate", "Type", "NumberToCall", "CallerId")
SPEECH = ("TextToSpeech", "LanguageCode")

# What a type needs beside that, and what it has no use for.
TYPES = {
    0: (("Extension",), SPEECH),
    "Default": (("Extension",), SPEECH),
    3: (SPEECH, ("Extension",)),
    "TextToSpeech": (SPEECH, ("Extension",)),
    4: (("Extension", *SPEECH), ()),
    "IVRwithTTS": (("Extension", *SPEECH), ()),
}

CALL = {
    "StartDate": date,
    "EndDate": date,
    "Type": exactly(*TYPES),
    "MaxRetries": integer(0),
    "MinutesBetweenRetries": integer(0),
    "Extension": integer(0),
    "FirstName": NAME,
    "LastName": NAME,
    "IVRRepeats": integer(0),
    "NumberToCall": text(like=r"00[1-9]\d{5,14}", says="a number with the international prefix 00"),
    "CallerId": text(like=r"[1-9]\d{5,14}", says="an international number without 00 and without +"),
    "CodeRequest": GUID,
    "TextToSpeech": text(),
    "LanguageCode": text(),
}

# One call, or what is the same for those of an array.
CREATE = table({"User": table({"username": text(), "password": text()})},
               {**CALL, "InstantCalls": array(table({}, CALL), low=1)})

QUERY = table({"Type": exactly("CR"), "Guid": text(), "CodeRequests": array(GUID, low=1)})

CODES = array(integer(0, len(STATUSES) - 1), low=1)

SPELLINGS = {"integer": lambda code: code, "digits": str, "name": STATUSES.__getitem__}


class SendService(Double):
    __doc__ = __doc__

    routes = (
        Route("create", "POST", COLLECTION, "place"),
        Route("status", "GET", COLLECTION, "query"),
        Route("status", "GET", COLLECTION + r"(\d+)(?:/(\w+))?", "find"),
    )
    options = {
        "username": ("demo", "the account's user"),
        "password": ("demo", "its password"),
        "guid": ("00000000-0000-4000-8000-000000000001", "the account's Guid, for status queries"),
        "caller_id": (None, "the only CallerId agreed with the reseller; any when left out"),
    }
    knobs = {
        "statuses": Knob([4, 11, 6, 5, 1], CODES, "codes a call goes through, one per query that finds it"),
        "numbers": Knob({}, mapping(CODES), "the same for one NumberToCall"),
        "status_as": Knob("integer", text(one_of=tuple(SPELLINGS)), "how Status is written: integer, digits, name"),
        "input_digits": Knob(None, nullable(either(integer(0), text())), "InputDigits of an answered call, as it is"),
        "create_answer": Knob("echo", text(one_of=("echo", "empty")), "the page shows none: echo with Id, or empty"),
        "lost": Knob(False, boolean, "calls are accepted, but no query finds them"),
    }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.instant_calls = {}  # Id -> call

    def forget(self):
        super().forget()
        self.instant_calls.clear()

    async def place(self, request):
        body = self.json_body(request, MEDIA_TYPES)
        CREATE(body, "")
        user = body["User"]
        if (user["username"], user["password"]) != (self.options["username"], self.options["password"]):
            raise self._denied("username or password is wrong")
        shared = {name: value for name, value in body.items() if name in CALL}
        merged = [{**shared, **element} for element in body.get("InstantCalls", [{}])]
        for index, fields in enumerate(merged):
            self._check(fields, f"InstantCalls[{index}]" if "InstantCalls" in body else "")
        made = [self._accept(fields) for fields in merged]
        if self.behaviour["create_answer"] == "empty":
            return json_reply({})
        return json_reply({**shared, "InstantCalls": [{**call["fields"], "Id": call["ids"]["Id"]} for call in made]})

    def _check(self, fields, where):
        needs, useless = TYPES.get(fields.get("Type"), ((), ()))
        for name in (*ALWAYS, *needs):
            if name not in fields:
                raise Broken(where, f"{name} is missing", "missing")
        for name in useless:
            if name in fields:
                raise Broken(where, f"{name} does not belong to Type {fields['Type']}")
        if moment(fields["EndDate"]) <= moment(fields["StartDate"]):
            raise Broken(where, "EndDate is not after StartDate")
        if self.options["caller_id"] not in (None, fields["CallerId"]):
            raise Broken(where, f"CallerId {fields['CallerId']} was not agreed with the reseller")

    def _accept(self, fields):
        code, number = fields.get("CodeRequest"), fields["NumberToCall"]
        earlier = [call["n"] for call in self.record.calls if code and call["key"] == code]
        call = self.record.call(
            ids={"Id": 730000 + len(self.instant_calls) + 1}, number=number, key=code, fields=fields,
            duplicate_of=earlier[0] if earlier else None, state="NotCalled", codes=[])
        self.instant_calls[call["ids"]["Id"]] = call
        return call

    # Status

    async def query(self, request):
        body = self.json_body(request, MEDIA_TYPES)
        QUERY(body, "")
        if body["Guid"] != self.options["guid"]:
            raise self._denied("the account's Guid is wrong")
        return self._found(call for call in self.instant_calls.values() if call["key"] in body["CodeRequests"])

    async def find(self, request, number, status):
        if request.body:
            raise Broken("", "a query by Id has no body")
        if status is not None and status not in STATUSES and status not in map(str, range(len(STATUSES))):
            raise Broken("Status", f"{status} is none of {', '.join(STATUSES)}")
        call = self.instant_calls.get(int(number))
        if call is None:
            raise Refused(f"no call has the Id {number}", self.error(404, "not found"))
        found = self._advance(call)
        return self._answer([found] if status in (None, str(found[1]), STATUSES[found[1]]) else [])

    def _found(self, calls):
        return self._answer([self._advance(call) for call in calls])

    def _advance(self, call):
        """Every look at a call moves it one status on, until its last one."""
        script = self.behaviour["numbers"].get(call["number"], self.behaviour["statuses"])
        seen = call["codes"]
        if len(seen) < len(script):
            seen.append(script[len(seen)])
        self.record.move(call, STATUSES[seen[-1]], ended=len(seen) >= len(script))
        return call, seen[-1]

    def _answer(self, found):
        shown = [] if self.behaviour["lost"] else [self._shown(call, code) for call, code in found]
        return json_reply({"InstantCalls": shown})

    def _shown(self, call, code):
        answered = ANSWER in call["codes"] or SUCCESS in call["codes"]
        fields = call["fields"]
        return {
            **fields, **call["ids"],
            "IntervalCall": 30,
            "StartDateTimeCall": fields["StartDate"] if answered else None,
            "EndDateTimeCall": fields["EndDate"] if call["ended"] and answered else None,
            "InputDigits": self.behaviour["input_digits"] if answered else None,
            "Price": 0.05 if answered else 0.0,
            "PricePerMinute": 0.05,
            "StartPrice": 0.0,
            "Retries": call["codes"][:-1].count(FAILED),
            "Status": SPELLINGS[self.behaviour["status_as"]](code),
        }

    # Errors: the page shows none; these are worded the way its platform usually does.

    def _denied(self, why):
        return Refused(why, self.error(401, why))

    def error(self, status, why):
        return json_reply({"Message": why}, status)


if __name__ == "__main__":
    SendService.main()
