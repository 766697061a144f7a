#!/usr/bin/env python3
"""A Python program: the library through ctypes, its thread beside the program's selector.

    ./call.py pin '{"to": "+306900000001", "pin": "1234", "support": "+306900000009"}' \\
        routee.app_id=… routee.app_secret=…
"""

import ctypes
import ctypes.util
import json
import selectors
import sys
from ctypes import POINTER, byref, c_bool, c_char, c_char_p, c_int, c_size_t, c_void_p


class Error(ctypes.Structure):
    _fields_ = [("code", c_char * 32), ("message", c_char * 480), ("file", c_char * 160), ("line", c_int),
                ("source", c_char * 160)]


class Config(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("settings", POINTER(c_char_p)), ("config_file", c_char_p),
                ("log", c_void_p), ("log_context", c_void_p), ("log_level", c_int)]


Event = ctypes.CFUNCTYPE(None, c_void_p, c_char_p, c_char_p)

library = ctypes.CDLL("liboutdial.so.0")
library.od_engine_new.argtypes = [POINTER(Config), POINTER(Error)]
library.od_engine_new.restype = c_void_p
library.od_engine_free.argtypes = [c_void_p]
library.od_engine_free.restype = None
library.od_engine_thread.argtypes = [c_void_p, POINTER(c_int), POINTER(Error)]
library.od_engine_thread.restype = c_bool
library.od_engine_dispatch.argtypes = [c_void_p, POINTER(Error)]
library.od_engine_dispatch.restype = c_bool
library.od_run_start.argtypes = [c_void_p, c_char_p, c_char_p, Event, c_void_p, c_char_p, POINTER(Error)]
library.od_run_start.restype = c_bool


class Engine:
    """An engine on a thread of its own; a context manager, so that it is freed."""

    def __init__(self, settings):
        words = [setting.encode() for setting in settings] + [None]
        config = Config(size=ctypes.sizeof(Config), settings=(c_char_p * len(words))(*words))
        self.error = Error()
        self.followers = []  # ctypes must not collect what the engine will call
        self.engine = library.od_engine_new(byref(config), byref(self.error))
        descriptor = c_int()
        self.check(self.engine and library.od_engine_thread(self.engine, byref(descriptor), byref(self.error)))
        self.descriptor = descriptor.value

    def __enter__(self):
        return self

    def __exit__(self, *_):
        library.od_engine_free(self.engine)

    def check(self, good):
        if not good:
            raise RuntimeError(f"{self.error.code.decode()}: {self.error.message.decode()}")

    def fileno(self):
        """Readable when dispatch has something to do."""
        return self.descriptor

    def dispatch(self):
        self.check(library.od_engine_dispatch(self.engine, byref(self.error)))

    def start(self, flow, parameters, follow):
        """Starts a flow; follow(run, event) is called from dispatch. Returns the run's id."""
        told = Event(lambda _, run, event: follow(run.decode(), json.loads(event)))
        self.followers.append(told)
        run = ctypes.create_string_buffer(13)
        self.check(library.od_run_start(self.engine, flow.encode(), json.dumps(parameters).encode(), told, None,
                                        run, byref(self.error)))
        return run.value.decode()


def main(flow, parameters, *settings):
    reports = []

    def follow(run, event):
        print(run, json.dumps(event), flush=True)
        if event["kind"] == "finished":
            reports.append(event["report"])

    with Engine(settings) as engine, selectors.DefaultSelector() as selector:
        selector.register(engine, selectors.EVENT_READ)
        engine.start(flow, json.loads(parameters), follow)
        while not reports:
            selector.select()
            engine.dispatch()
    return 0 if reports[0]["state"] == "completed" else 1


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: call.py FLOW PARAMETERS [SETTING=VALUE ...]")
    try:
        sys.exit(main(*sys.argv[1:]))
    except RuntimeError as wrong:
        sys.exit(str(wrong))
