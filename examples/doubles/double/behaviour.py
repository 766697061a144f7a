"""How a double behaves: knobs with defaults that a test turns at run time, and the misbehaviours."""

import copy
from dataclasses import dataclass
from typing import Any, Callable

from .rules import array, boolean, exactly, integer, mapping, nullable, number, table, text


@dataclass(frozen=True)
class Knob:
    default: Any
    rule: Callable
    help: str


def fault(routes):
    """One misbehaviour of the next matching requests."""
    return table({"on": text(one_of=(*routes, "any"))}, {
        "times": integer(1),         # how many requests it meets, 1 when left out
        "skip": integer(0),          # how many it lets through first
        "accepted": boolean,         # whether the request is carried out all the same
        "delay": number(0),          # seconds, real ones, before the answer
        "cut": exactly("before", "after"),  # the connection, before or after the request is accepted
        "silent": boolean,           # never answers
        "half": boolean,             # half an answer, then the connection closes
        "drip": number(0),           # seconds between the bytes of the answer
        "status": integer(100, 599),
        "retry_after": nullable(integer(0)),
        "headers": mapping(text(empty=True)),
        "garbage": boolean,          # an answer that is not JSON
        "huge": integer(1),          # an answer of so many bytes
    })


WEBHOOK_FAULT = table({"on": text()}, {
    "times": integer(1),     # how many webhooks it meets, 1 when left out
    "skip": integer(0),
    "late": number(0),       # seconds, real ones; the ones after it do not wait
    "twice": boolean,
    "reorder": boolean,      # goes out after the next one of its call
    "drop": boolean,
})

CALLEE = {
    "answers_after": number(0),            # seconds of ringing
    "keys": array(nullable(text(like="[0-9*#]+"))),  # one entry per question; null presses nothing
    "types_after": number(0),              # seconds from the end of the prompt to the first key
    "key_gap": number(0),                  # seconds between two keys
    "patient": boolean,                    # hears the prompt out before typing
    "busy": boolean,
    "no_answer": boolean,
    "hangup_after": nullable(number(0)),   # seconds after answering
    "machine": boolean,                    # an answering machine picks up
}

NOBODY_SPECIAL = {
    "answers_after": 3, "keys": [], "types_after": 1, "key_gap": 0.4, "patient": True,
    "busy": False, "no_answer": False, "hangup_after": None, "machine": False,
}


def common_knobs(routes):
    return {
        "pace": Knob(0.08, number(0), "scales every simulated duration: 1 is real time, 0 does not wait"),
        "faults": Knob([], array(fault(routes)), f"misbehaviours of the next requests; on: {', '.join(routes)}, any"),
        "webhooks": Knob([], array(WEBHOOK_FAULT), "misbehaviours of the next webhooks; on: their kind, or any"),
        "webhook_latency": Knob(0, number(0), "seconds, real ones, before each webhook"),
        "webhook_tries": Knob(1, integer(1), "how often a webhook is sent until it is answered with 2xx"),
    }


class Behaviour:
    """The knobs' present values; a change is checked as strictly as a provider's request."""

    def __init__(self, knobs, start=None):
        self.rule = table({}, {name: knob.rule for name, knob in knobs.items()})
        self.values = {name: copy.deepcopy(knob.default) for name, knob in knobs.items()}
        self.merge(start or {})
        self.start = copy.deepcopy(self.values)

    def __getitem__(self, name):
        return self.values[name]

    def merge(self, change):
        """Objects are merged key by key, anything else is replaced."""
        self.rule(change, "")
        for name, value in change.items():
            if isinstance(value, dict) and isinstance(self.values[name], dict):
                self.values[name].update(copy.deepcopy(value))
            else:
                self.values[name] = copy.deepcopy(value)

    def reset(self):
        self.values = copy.deepcopy(self.start)

    def take(self, list_name, kind):
        """The misbehaviour that is due for this request or webhook, or {}; it is used up by that."""
        for entry in self.values[list_name]:
            if entry["on"] not in (kind, "any"):
                continue
            if entry.get("skip", 0) > 0:
                entry["skip"] -= 1
                continue
            entry["times"] = entry.get("times", 1) - 1
            if entry["times"] == 0:
                self.values[list_name].remove(entry)
            return dict(entry)
        return {}
