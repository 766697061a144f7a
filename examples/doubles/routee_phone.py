"""One conversation at Routee: it rings, somebody answers, the dial plan is followed, keys are pressed."""

import asyncio
import uuid
from datetime import datetime, timezone

from double.rules import Broken, parse_json
from routee_plan import PLAN, collect_of, prompt_seconds, seconds

RINGING = ("Queued", "Initiated", "Ringing")

# What a call goes through before the status it ends with.
WAYS = {
    "Completed": (*RINGING, "InProgress"),
    "Terminated": (*RINGING, "InProgress"),
    "Busy": RINGING,
    "NoAnswer": RINGING,
    "Failed": ("Queued", "Initiated"),
    "Unsent": ("Queued",),
    "Unknown": ("Queued", "Initiated"),
}

SET_UP = {"Queued": 0.2, "Initiated": 0.5}  # seconds
RING_CAP = 30                               # of a call nobody answers, when hangupDelay is left out
CALL_CAP = 3600                             # of a call that nothing else ends
BALANCE = 3                                 # after which a Terminated call is cut off

TONES = {"comma": ",".join, "plain": "".join, "hash": lambda keys: "".join(keys) + "#"}


class HungUp(Exception):
    """The callee, maxDuration or the balance has ended the call."""


class Dead(Exception):
    """No valid plan came back in time: the call goes silent and ends."""


def iso_now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Leg:
    """One dialled party, with a message id and callbacks of its own."""

    def __init__(self, phone, to, origin, callback):
        self.phone, self.to, self.origin, self.callback = phone, to, origin, callback or {}
        self.message_id = str(uuid.uuid4())
        self.entry = {"messageId": self.message_id, "to": next(iter(to.values())), "from": origin, "state": None}
        self.created = datetime.now(timezone.utc)
        self.duration = 0
        phone.call["legs"].append(self.entry)
        phone.double.legs[self.message_id] = self

    @property
    def status(self):
        return self.entry["state"]

    def move(self, status):
        self.entry["state"], self.updated = status, iso_now()
        final = status not in (*RINGING, "InProgress")
        if self.callback.get("strategy") in ("OnChange", final and "OnCompletion"):
            self.phone.line.push("status", self.callback["url"], {
                "messageId": self.message_id, "conversationTrackingId": self.phone.tracking_id,
                "to": self.entry["to"], "from": self.origin,
                "status": {"name": status, "updatedDate": self.updated}, "direction": "Outbound",
                "originatingService": "Voice", "respectQuietHours": False,
                "duration": self.duration, "price": 0.0,
            })

    def tracking(self):
        return {
            "messageId": self.message_id, "conversationTrackingId": self.phone.tracking_id,
            "to": self.entry["to"], "from": self.origin, "groups": [], "country": "GR",
            "status": {"status": self.status, "date": self.updated}, "campaign": None,
            "applicationName": "default", "originatingService": "Voice", "direction": "Outbound",
            "duration": self.duration, "price": 0.0, "chargeInterval": 60,
            "collectedTones": self.phone.call["tones"][-1] if self.phone.call["tones"] else "",
            "answeredBy": self.phone.answered_by, "recordings": [],
        }


class Phone:
    def __init__(self, double, request):
        self.double, self.request = double, request
        self.tracking_id = str(uuid.uuid4())
        self.behaviour = double.behaviour
        self.callee = dict(self.behaviour["callee"])
        self.keys = list(self.callee["keys"])
        self.line = double.line()
        self.call = double.record.call(
            ids={"trackingId": self.tracking_id}, number=next(iter(request["to"].values())),
            key=request.get("callback", {}).get("url"), state="Queued", dead=None, plans=[], tones=[], legs=[])
        self.leg = Leg(self, request["to"], request["from"], request.get("callback"))
        self.call["ids"]["messageId"] = self.leg.message_id
        self.plan, self.gathered = [], []
        self.spent, self.limit = 0, CALL_CAP
        self.answered_by = "UNKNOWN"
        self.cut_off = None
        self.created_at = iso_now()
        self.move("Queued")

    # The life of the call

    async def run(self):
        self.talk = self.double.webhooks.spawn(self.live())
        try:
            ending = await self.talk
        except asyncio.CancelledError:
            if self.cut_off is None:
                raise
            ending = self.cut_off
        await self.end(ending)

    def cut(self, ending):
        """Ends the call from outside."""
        self.cut_off = ending
        self.talk.cancel()

    def move(self, status):
        self.leg.move(status)
        self.double.record.move(self.call, status)

    async def live(self):
        """The call up to its end; returns the status it ends with."""
        ending, ringing = self.fate()
        for status in WAYS[ending]:
            if status != "Queued":
                self.move(status)
            await self.double.pass_time({**SET_UP, "Ringing": ringing}.get(status, 0))
        if self.leg.status == "InProgress":
            patience = self.callee["hangup_after"]
            self.limit = min(CALL_CAP if patience is None else patience, self.request.get("maxDuration", CALL_CAP),
                             BALANCE if ending == "Terminated" else CALL_CAP)
            await self.talk_until_over()
        return ending

    def fate(self):
        """How the call will end, and how long it rings."""
        patience = self.request.get("hangupDelay", RING_CAP)
        answers_after = self.callee["answers_after"]
        if self.behaviour["ending"]:
            return self.behaviour["ending"], min(answers_after, patience)
        if self.callee["busy"]:
            return "Busy", 0
        if self.callee["no_answer"] or answers_after > patience:
            return "NoAnswer", patience
        return "Completed", answers_after

    async def talk_until_over(self):
        try:
            plan = await self.first_plan()
            while plan is not None:
                self.plan = plan
                self.call["plans"].append(plan)
                plan = await self.follow(plan)
        except HungUp:
            pass
        except Dead as why:
            self.call["dead"] = str(why)

    async def first_plan(self):
        detection = self.request.get("machineDetection")
        if detection:
            self.answered_by = "MACHINE" if self.callee["machine"] else "HUMAN"
        if not (detection and self.callee["machine"]):
            return self.request["dialPlan"]["verbs"]
        if detection["strategy"] == "Hangup":
            return None
        return await self.ask("machine", detection["eventUrl"], {"answeredBy": "MACHINE"})

    async def end(self, ending):
        """What Routee still has to say when the call is over."""
        for leg in self.call["legs"][1:]:
            if leg["state"] == "InProgress":
                self.double.legs[leg["messageId"]].move("Completed")
        collect = collect_of(self.plan)
        if collect:
            by_hash = collect.get("submitOnHash") in (True, "true")
            self.line.push("collect", collect["eventUrl"], self.collected([] if by_hash else self.gathered))
        self.leg.duration = round(self.spent)
        self.move(ending)
        if delivery := self.line.close():
            await delivery
        self.double.record.move(self.call, ending, ended=True)

    # Following a plan

    async def follow(self, plan):
        """Goes through the verbs; returns the plan that replaces them, or None at their end."""
        collect = collect_of(plan)
        keys = self.typed(plan) if collect else []
        clock, self.gathered = 0, []
        for verb in plan:
            end = clock + seconds(verb)
            while keys and keys[0][0] < end:
                moment, key = keys.pop(0)
                await self.wait(moment - clock)
                clock = moment
                if self.presses(key, collect, verb):
                    return await self.submit(collect)
            await self.wait(end - clock)
            clock = end
            if verb["type"] == "DIAL":
                await self.connect(verb)
        return None

    def typed(self, plan):
        """The callee's next entry as (seconds from the plan's start, key); one that comes too late is lost."""
        entry = self.keys.pop(0) if self.keys else None
        start = self.callee["types_after"] + (prompt_seconds(plan) if self.callee["patient"] else 0)
        return [(start + index * self.callee["key_gap"], key) for index, key in enumerate(entry or "")]

    def presses(self, key, collect, verb):
        """One key; True when the tones are to be submitted at once."""
        if key == "#" and collect.get("submitOnHash") in (True, "true"):
            return True
        most = collect.get("maxDigits", 30)
        if len(self.gathered) < most:
            self.gathered.append(key)
        full = self.behaviour["submit_on_max"] and len(self.gathered) == most
        return full or verb.get("bargeIn", False)

    async def submit(self, collect):
        tones, self.gathered = self.gathered, []
        value = self.collected(tones)
        self.call["tones"].append(value["collectedTones"])
        return await self.ask("collect", collect["eventUrl"], value)

    def collected(self, tones):
        written = TONES[self.behaviour["tones"]](tones) if tones else ""
        value = {"messageId": self.leg.message_id, "conversationTrackingId": self.tracking_id,
                 "collectedTones": written}
        if self.behaviour["collect_from_to"]:
            value.update({"from": self.leg.origin, "to": self.leg.entry["to"]})
        return value

    async def ask(self, kind, url, value):
        """Posts a webhook that a plan must answer in time; returns the plan's verbs."""
        ids = {"messageId": self.leg.message_id, "conversationTrackingId": self.tracking_id}
        entry, reply = await self.double.webhooks.ask(kind, url, {**ids, **value}, self.behaviour["answer_within"])
        if reply is None:
            raise Dead(entry["refused"] if entry else "the webhook was dropped")
        try:
            plan = parse_json(reply.body)
            PLAN(plan, "")
        except Broken as problem:
            entry["refused"] = str(problem)
            raise Dead(f"not a dial plan: {problem}") from None
        return plan["verbs"]

    async def wait(self, length):
        left = self.limit - self.spent
        await self.double.pass_time(min(length, left))
        self.spent += min(length, left)
        if length >= left:
            raise HungUp

    async def connect(self, dial):
        """The second leg, up to its end."""
        other = self.behaviour["second_leg"]
        leg = Leg(self, dial["to"], dial["from"], dial.get("callback"))
        patience = dial.get("hangupDelay", RING_CAP)
        for status in RINGING:
            leg.move(status)
        if other["busy"]:
            return leg.move("Busy")
        if other["no_answer"] or other["answers_after"] > patience:
            await self.wait(patience)
            return leg.move("NoAnswer")
        await self.wait(other["answers_after"])
        leg.move("InProgress")
        leg.duration = min(other["talks"], dial.get("maxDuration", CALL_CAP))
        await self.wait(leg.duration)
        leg.move("Completed")
