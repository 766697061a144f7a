"""What the four doubles share."""

from .behaviour import CALLEE, NOBODY_SPECIAL, Knob
from .server import Double, Refused, Route
from .wire import json_reply

__all__ = ["CALLEE", "NOBODY_SPECIAL", "Double", "Knob", "Refused", "Route", "json_reply"]
