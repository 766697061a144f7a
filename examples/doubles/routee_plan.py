"""The dial plans that Routee's pages allow, and how long their verbs take."""

from double.rules import Broken, array, boolean, exactly, integer, number, shown, table, text, url

LANGUAGES = ("en-US", "de-DE", "fr-FR", "it-IT", "pt-BR", "es-ES", "es-LA", "en-GB", "el-GR", "bg-BG", "pl-PL",
             "hu-HU", "sv-SE", "ru-RU")

CALLBACK = table({"url": url, "strategy": text(one_of=("OnChange", "OnCompletion"))})
MACHINE_DETECTION = table({"strategy": text(one_of=("Hangup", "Continue"))}, {"eventUrl": url})

RECIPIENTS = {
    "phone": text(like=r"\+[1-9]\d{6,14}", says="a number like +30691111111"),
    "sip": text(like=r"sips?:\S+", says="a SIP URI"),
    "viber": text(like=r"[1-9]\d{6,14}", says="a number without +"),
}


def recipient(value, where):
    """One of phone, sip and viber."""
    table({}, RECIPIENTS)(value, where)
    if len(value) != 1:
        raise Broken(where, f"one of {', '.join(RECIPIENTS)} is expected, not {shown(value)}")


def sender(value, where):
    """A name, as in the page's sample, or a number of at most sixteen digits."""
    text()(value, where)
    digits = value.removeprefix("+")
    if digits.isdigit() and len(digits) > 16:
        raise Broken(where, f"{len(digits)} digits, at most 16 are allowed")


def flag(value, where):
    """A boolean; the pages also show some of them as strings."""
    if value not in ("true", "false"):
        boolean(value, where)


MESSAGE = table({"text": text(at_most=1000), "language": text(one_of=LANGUAGES)},
                {"gender": text(one_of=("male", "female"))})
REPEATED = {"repeat": integer(-1), "bargeIn": boolean}

VERBS = {
    "SAY": ({"message": MESSAGE}, REPEATED),
    "PLAY": ({"fileURL": text(like=r"https?://\S+\.(?i:wav)", says="the URL of a .wav file")}, REPEATED),
    "PAUSE": ({"duration": integer(1)}, {}),
    "COLLECT": ({"eventUrl": url}, {"maxDigits": integer(1), "submitOnHash": flag}),
    "DIAL": ({"from": sender, "to": recipient}, {
        "hangupDelay": number(1), "maxDuration": number(1), "callback": CALLBACK, "record": flag,
        "recordingFormat": text(one_of=("WAV", "MP3")), "recordingCallbackUrl": url,
        "machineDetection": MACHINE_DETECTION,
    }),
}
VERB_RULES = {kind: table({"type": exactly(kind), **required}, optional)
              for kind, (required, optional) in VERBS.items()}


def verb(value, where):
    kind = value.get("type") if isinstance(value, dict) else value
    if not isinstance(kind, str) or kind not in VERB_RULES:
        raise Broken(f"{where}.type", f"one of {', '.join(VERB_RULES)} is expected, not {shown(kind)}")
    VERB_RULES[kind](value, where)


def verbs(value, where):
    array(verb, low=1)(value, where)
    dials = [one for one in value if one["type"] == "DIAL"]
    if len(dials) > 1:
        raise Broken(where, f"{len(dials)} DIAL verbs, one is allowed in a plan")


# In a create request this stands under dialPlan; as the answer to a webhook it stands alone.
PLAN = table({"verbs": verbs})

CREATE = table({"from": sender, "to": recipient, "dialPlan": PLAN}, {
    "callback": CALLBACK,
    "hangupDelay": number(1, 60),
    "maxDuration": number(1),
    "machineDetection": MACHINE_DETECTION,
})

CHARACTERS_A_SECOND = 18
FILE_SECONDS = 5


def seconds(one):
    """How long a verb keeps the line busy; DIAL and COLLECT take no time of their own."""
    if one["type"] == "PAUSE":
        return one["duration"]
    once = {"SAY": lambda: len(one["message"]["text"]) / CHARACTERS_A_SECOND, "PLAY": lambda: FILE_SECONDS}
    if one["type"] not in once:
        return 0
    repeat = one.get("repeat", 0)
    return float("inf") if repeat == -1 else once[one["type"]]() * (1 + repeat)


def collect_of(plan):
    """The plan's COLLECT, or None. Wherever it stands, the keys of the whole plan are gathered."""
    return next((one for one in plan if one["type"] == "COLLECT"), None)


def prompt_seconds(plan):
    """From the plan's start to the end of its last message."""
    clock, end = 0, 0
    for one in plan:
        clock += seconds(one)
        if one["type"] in ("SAY", "PLAY"):
            end = clock
    return end
