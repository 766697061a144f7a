"""What a provider's page allows, written as tables.

A rule is a function `rule(value, where)` that raises Broken when the value may not stand there.
A page then reads as one table: `table({"user": text(), "target": table({"phone": text()})})`.
"""

import json
import re


class Broken(Exception):
    """A rule was broken: at which place, and how (`missing`, `unknown` or `wrong`)."""

    def __init__(self, where, why, kind="wrong"):
        super().__init__(f"{where or 'body'}: {why}")
        self.kind = kind


def shown(value):
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= 60 else written[:57] + "..."


def anything(value, where):
    pass


def text(at_most=None, like=None, one_of=None, empty=False, says=None):
    """A string; `at_most` counts characters, `like` is a pattern for the whole of it."""

    def rule(value, where):
        if not isinstance(value, str):
            raise Broken(where, f"a string is expected, not {shown(value)}")
        if not value and not empty:
            raise Broken(where, "is empty")
        if one_of and value not in one_of:
            raise Broken(where, f"one of {', '.join(one_of)} is expected, not {shown(value)}")
        if at_most and len(value) > at_most:
            raise Broken(where, f"has {len(value)} characters, at most {at_most} are allowed")
        if like and not re.fullmatch(like, value):
            raise Broken(where, f"{says or 'the form ' + like} is expected, not {shown(value)}")

    return rule


def url(value, where):
    text(like=r"https?://[^\s/]+(/\S*)?(\?\S*)?", says="an http(s) URL")(value, where)


def number(low=None, high=None, whole=False):
    def rule(value, where):
        kinds = int if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise Broken(where, f"{'an integer' if whole else 'a number'} is expected, not {shown(value)}")
        if low is not None and value < low:
            raise Broken(where, f"{value} is below {low}")
        if high is not None and value > high:
            raise Broken(where, f"{value} is above {high}")

    return rule


def integer(low=None, high=None):
    return number(low, high, whole=True)


def boolean(value, where):
    if not isinstance(value, bool):
        raise Broken(where, f"true or false is expected, not {shown(value)}")


def exactly(*allowed):
    """One of these values; 0 and false are not the same."""

    def rule(value, where):
        if not any(type(value) is type(one) and value == one for one in allowed):
            raise Broken(where, f"{' or '.join(map(shown, allowed))} is expected, not {shown(value)}")

    return rule


def either(*choices):
    def rule(value, where):
        broken = []
        for choice in choices:
            try:
                return choice(value, where)
            except Broken as problem:
                broken.append(problem)
        raise broken[0]

    return rule


def nullable(rule):
    return either(rule, exactly(None))


def array(item, low=0, high=None):
    def rule(value, where):
        if not isinstance(value, list):
            raise Broken(where, f"an array is expected, not {shown(value)}")
        if len(value) < low:
            raise Broken(where, f"has {len(value)} elements, at least {low} are expected")
        if high is not None and len(value) > high:
            raise Broken(where, f"has {len(value)} elements, at most {high} are allowed")
        for index, element in enumerate(value):
            item(element, f"{where}[{index}]")

    return rule


def mapping(item):
    """An object with any keys, each value keeping the same rule."""

    def rule(value, where):
        if not isinstance(value, dict):
            raise Broken(where, f"an object is expected, not {shown(value)}")
        for name, element in value.items():
            item(element, f"{where}.{name}")

    return rule


def table(required, optional=None):
    """An object with exactly these keys: all of the required, any of the optional, no other."""
    known = {**required, **(optional or {})}

    def rule(value, where):
        if not isinstance(value, dict):
            raise Broken(where, f"an object is expected, not {shown(value)}")
        for name in value:
            if name not in known:
                raise Broken(where, f"unknown key {shown(name)}; known: {', '.join(known)}", "unknown")
        for name in required:
            if name not in value:
                raise Broken(where, f"{name} is missing", "missing")
        for name, element in value.items():
            known[name](element, f"{where}.{name}" if where else name)

    return rule


def parse_json(body):
    """Strict JSON: UTF-8, no key twice, no NaN, nothing after the value."""
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise Broken("", f"not JSON: {problem}") from None


def _no_key_twice(pairs):
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"key {shown(name)} stands there twice")
    return dict(pairs)


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")
