"""A stand-in for Routee's voice conversations with a dial plan, after Routee's voice pages."""

import base64
import operator
import time
import uuid
from datetime import datetime
from urllib.parse import parse_qsl

from double import CALLEE, NOBODY_SPECIAL, Double, Knob, Refused, Route, json_reply
from double.rules import Broken, array, boolean, either, exactly, integer, nullable, number, table, text
from routee_phone import TONES, WAYS, Phone
from routee_plan import CREATE

# A code is the HTTP status, three digits of the module and three of its own; 403 is the exception shown.
CODES = {400: "400013001", 401: "401001009", 403: "400001009", 404: "404005000", 405: "405000000",
         409: "409013002", 429: "429000000", 500: "500000000", 503: "503000000"}

SECOND_LEG = {"answers_after": number(0), "talks": number(0), "busy": boolean, "no_answer": boolean}

# A call is acted upon only while it is in one of these statuses; then it ends like this.
ACTIONS = {
    "hangup": (("InProgress",), "Completed"),
    "reject": (("Initiated", "Ringing"), "NoAnswer"),
}
ACTION = table({"action": text(one_of=tuple(ACTIONS))})

# What a search may look at.
FIELDS = {
    "id": lambda leg: leg["messageId"],
    "recipient": lambda leg: leg["to"],
    "from": lambda leg: leg["from"],
    "collectedTones": lambda leg: leg["collectedTones"],
    "groups": lambda leg: ",".join(leg["groups"]),
    "country": lambda leg: leg["country"],
    "status.status": lambda leg: leg["status"]["status"],
    "campaign": lambda leg: leg["campaign"] or "",
}
OPERATORS = {
    "is": operator.eq,
    "is_not": operator.ne,
    "contains": operator.contains,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
FILTERS = array(table({"fieldName": text(one_of=tuple(FIELDS)), "searchOperator": text(one_of=tuple(OPERATORS)),
                       "searchTerm": text(empty=True)}))

WHOLE = text(like=r"\d+", says="a number")
PAGING = {"page": WHOLE, "size": WHOLE, "sort": text()}


def date(value, where):
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as problem:
        raise Broken(where, f"not an ISO-8601 date: {problem}") from None
    if moment.tzinfo is None:
        raise Broken(where, "a date with its offset is expected")


SEARCH = table({}, {**PAGING, "from": date, "to": date, "trackingId": text(), "tagged": text()})


class Routee(Double):
    __doc__ = __doc__

    routes = (
        Route("token", "POST", "/oauth/token", "token"),
        Route("create", "POST", "/voice/conversation", "place"),
        Route("conversation", "GET", "/voice/conversation/([^/]+)", "conversation"),
        Route("action", "PUT", "/voice/conversation/([^/]+)", "act"),
        Route("status", "GET", "/voice/tracking/([^/]+)", "track"),
        Route("legs", "GET", "/voice/tracking/conversation/([^/]+)", "legs_of"),
        Route("search", "POST", "/voice/tracking", "search"),
    )
    options = {
        "app_id": ("demo", "the application's id"),
        "app_secret": ("demo", "its secret"),
        "access_token": (None, "a token that is valid from the start and never expires"),
    }
    knobs = {
        "callee": Knob(NOBODY_SPECIAL, table({}, CALLEE), "who picks up, and the keys pressed"),
        "second_leg": Knob({"answers_after": 2, "talks": 3, "busy": False, "no_answer": False},
                           table({}, SECOND_LEG), "who answers a DIAL"),
        "ending": Knob(None, nullable(text(one_of=tuple(WAYS))), f"how calls end: {', '.join(WAYS)}"),
        "tones": Knob("comma", text(one_of=tuple(TONES)), "how collectedTones is written: comma, plain, hash"),
        "submit_on_max": Knob(False, boolean, "maxDigits submits the tones; the pages do not say"),
        "collect_from_to": Knob(False, boolean, "COLLECT's webhook carries from and to as well"),
        "answer_within": Knob(3, number(0), "seconds, real ones, for the answer to a webhook"),
        "per_second": Knob(1, integer(0), "create requests taken in a second; 0: any number"),
        "token_life": Knob(3600, either(number(0), exactly("Unlimited")), "expires_in, and what becomes of it"),
        "denies_with": Knob(401, exactly(401, 403), "the status for a token that is not valid"),
        "revoke_tokens": Knob(False, boolean, "true: no token issued so far is valid any longer"),
        "create_status": Knob(200, integer(200, 299), "of an accepted call; the pages do not say"),
    }

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.tokens = {}  # token -> when it expires on the monotonic clock
        self.legs = {}    # messageId -> leg
        self.phones = {}  # trackingId -> phone
        self.created = []

    def forget(self):
        """Everything but the tokens."""
        super().forget()
        for memory in (self.legs, self.phones, self.created):
            memory.clear()

    # Tokens

    async def token(self, request):
        if request.media_type != "application/x-www-form-urlencoded":
            raise Broken("Content-Type", "application/x-www-form-urlencoded is expected")
        pair = f"{self.options['app_id']}:{self.options['app_secret']}".encode()
        if request.headers.get("authorization") != "Basic " + base64.b64encode(pair).decode():
            raise self._refused(401, "Authorization is not Basic with the application's id and secret")
        form = dict(parse_qsl(request.text, keep_blank_values=True))
        table({"grant_type": exactly("client_credentials")}, {"scope": text()})(form, "")
        token, life = str(uuid.uuid4()), self.behaviour["token_life"]
        self.tokens[token] = time.monotonic() + (float("inf") if life == "Unlimited" else life)
        return json_reply({"access_token": token, "token_type": "Bearer", "expires_in": life,
                           "scope": form.get("scope", "voice account"), "permissions": ["MT_ROLE_VOICE"]})

    def behaviour_changed(self, change):
        if change.get("revoke_tokens"):
            self.tokens.clear()
            self.behaviour.values["revoke_tokens"] = False

    def _authorise(self, request):
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer":
            raise self._refused(401, "Authorization: Bearer is expected")
        if token == self.options["access_token"]:
            return
        if token not in self.tokens:
            raise self._refused(self.behaviour["denies_with"], "the token was not issued, or is revoked")
        if time.monotonic() >= self.tokens[token]:
            raise self._refused(self.behaviour["denies_with"], "the token has expired")

    # Conversations

    async def place(self, request):
        self._authorise(request)
        self._keep_rate()
        body = self.json_body(request)
        CREATE(body, "")
        phone = Phone(self, body)
        self.phones[phone.tracking_id] = phone
        self.webhooks.spawn(phone.run())
        return json_reply(self._shown(phone), self.behaviour["create_status"])

    def _keep_rate(self):
        """One request a second; a twentieth is forgiven to clocks and sockets."""
        most, now = self.behaviour["per_second"], time.monotonic()
        self.created = [moment for moment in self.created if now - moment < 0.95]
        if most and len(self.created) >= most:
            since = now - self.created[-1]
            raise self._refused(429, f"a request {since:.3f} s after the last one, {most} in a second is allowed")
        self.created.append(now)

    def _shown(self, phone):
        return {"trackingId": phone.tracking_id, "direction": "Outbound", "createdAt": phone.created_at,
                **phone.request}

    async def conversation(self, request, tracking_id):
        self._authorise(request)
        return json_reply(self._shown(self._known(self.phones, tracking_id)))

    async def act(self, request, message_id):
        self._authorise(request)
        body = self.json_body(request)
        ACTION(body, "")
        leg = self._known(self.legs, message_id)
        statuses, ending = ACTIONS[body["action"]]
        if leg.status not in statuses:
            raise self._refused(409, f"{body['action']} is for {' and '.join(statuses)}, the call is {leg.status}")
        if leg is not leg.phone.leg:
            raise self._refused(409, "this stand-in acts upon the first leg only")
        leg.phone.cut(ending)
        return json_reply(leg.tracking())

    # Tracking

    async def track(self, request, message_id):
        self._authorise(request)
        return json_reply(self._known(self.legs, message_id).tracking())

    async def legs_of(self, request, tracking_id):
        self._authorise(request)
        table({}, PAGING)(request.query, "query")
        phone = self._known(self.phones, tracking_id)
        return self._page(request, [leg for leg in self.legs.values() if leg.phone is phone])

    async def search(self, request):
        self._authorise(request)
        query = request.query
        SEARCH(query, "query")
        filters = self.json_body(request)
        FILTERS(filters, "")
        return self._page(request, [leg for leg in self.legs.values()
                                    if self._in_range(leg, query) and self._matches(leg.tracking(), filters)])

    def _in_range(self, leg, query):
        return (("from" not in query or leg.created >= datetime.fromisoformat(query["from"]))
                and ("to" not in query or leg.created <= datetime.fromisoformat(query["to"]))
                and query.get("trackingId", leg.phone.tracking_id) == leg.phone.tracking_id)

    def _matches(self, tracking, filters):
        return all(OPERATORS[one["searchOperator"]](FIELDS[one["fieldName"]](tracking), one["searchTerm"])
                   for one in filters)

    def _page(self, request, legs):
        page, size = int(request.query.get("page", 0)), max(1, int(request.query.get("size", 20)))
        content = [leg.tracking() for leg in legs[page * size:(page + 1) * size]]
        pages = -(-len(legs) // size)
        return json_reply({"content": content, "totalElements": len(legs), "totalPages": pages, "number": page,
                           "size": size, "numberOfElements": len(content), "first": page == 0,
                           "last": page >= pages - 1})

    # Errors

    def _known(self, things, name):
        if name not in things:
            raise self._refused(404, f"{name} is not known")
        return things[name]

    def _refused(self, status, why):
        return Refused(why, self.error(status, why))

    def error(self, status, why):
        return json_reply({"code": CODES.get(status, f"{status}000000"), "developerMessage": why}, status)


if __name__ == "__main__":
    Routee.main()
