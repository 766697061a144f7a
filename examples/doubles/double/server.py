"""A double: a strict stand-in for a provider, served on loopback until it is told to end."""

import argparse
import asyncio
import os
import re
import signal
import sys
import threading
import traceback
from typing import NamedTuple

from . import faults, wire
from .behaviour import Behaviour, common_knobs
from .control import Control
from .record import Record
from .rules import Broken, parse_json
from .webhooks import Line, Webhooks

STDIN = 0


class Refused(Exception):
    """The provider does not do what it was asked; `reply` is how it says so."""

    def __init__(self, why, reply):
        super().__init__(why)
        self.reply = reply


class Route(NamedTuple):
    name: str      # what faults call it
    method: str
    path: str      # a pattern for the whole path; its groups are the handler's arguments
    handler: str   # a method of the double: async handler(request, *groups) -> Reply


class Double:
    """A subclass names its routes, knobs and options, and says how its provider words an error."""

    routes = ()
    knobs = {}
    options = {}  # name -> (default, help): what an account at the provider would fix

    def __init__(self, behaviour=None, **options):
        names = tuple(dict.fromkeys(route.name for route in self.routes))
        self.options = {name: default for name, (default, _) in type(self).options.items()} | options
        self.behaviour = Behaviour({**common_knobs(names), **self.knobs}, behaviour)
        self.record = Record()
        self.webhooks = Webhooks(self.record, self.behaviour)
        self.control = Control(self)

    # For subclasses

    def error(self, status, why):
        """The provider's way of answering an HTTP error."""
        raise NotImplementedError

    def broken(self, problem):
        """The provider's way of answering a body that breaks a rule."""
        return self.error(400, str(problem))

    def behaviour_changed(self, change):
        """Called after a test has turned knobs."""

    def forget(self):
        """Ends every call and forgets it: a provider that has seen nothing yet."""
        self.webhooks.stop()
        self.record.clear()

    def json_body(self, request, media_types=("application/json",)):
        """The body as JSON, or Broken."""
        if request.media_type not in media_types:
            sent = request.headers.get("content-type", "none")
            raise Broken("Content-Type", f"{' or '.join(media_types)} is expected, not {sent}")
        return parse_json(request.body)

    def line(self):
        return Line(self.webhooks)

    async def pass_time(self, seconds):
        """Lets simulated seconds pass."""
        await asyncio.sleep(seconds * self.behaviour["pace"])

    # One connection

    async def converse(self, reader, writer):
        connection = None
        try:
            while request := await wire.read_request_head(reader):
                if request.path.startswith("/double/"):
                    keep = await self.steer(request, reader, writer)
                else:
                    connection = connection or self.record.connect()
                    keep = await self.attend(request, connection, reader, writer)
                if not keep or request.headers.get("connection", "").lower() == "close":
                    break
        except wire.Malformed as problem:
            writer.write(bytes(self.error(400, str(problem))))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client has left, or the double is ending
        finally:
            writer.close()

    async def steer(self, request, reader, writer):
        await wire.read_request_body(request, reader, writer)
        writer.write(bytes(await self.control.answer(request)))
        await writer.drain()
        return True

    async def attend(self, request, connection, reader, writer):
        route, groups, problem = self.route_of(request)
        fault = self.behaviour.take("faults", route.name) if route else {}
        if fault.get("cut") == "before":
            self.record.request(request, connection, fault)
            writer.transport.abort()
            return False
        await wire.read_request_body(request, reader, writer)
        entry = self.record.request(request, connection, fault or None)
        reply = problem or wire.Reply()
        if route and faults.is_carried_out(fault):
            reply = await self.carry_out(route, groups, request, entry)
        elif not route:
            entry["refused"] = f"{request.method} {request.path} is not on the provider's page"
        reply = faults.spoil(fault, reply, self.error)
        entry["status"] = reply.status
        self.record.touch()
        return await faults.deliver(fault, reply, reader, writer)

    def route_of(self, request):
        """(route, groups of its path, None), or (None, (), the error to answer with)."""
        path_known = False
        for route in self.routes:
            match = re.fullmatch(route.path, request.path)
            if match and route.method == request.method:
                return route, match.groups(), None
            path_known = path_known or bool(match)
        status, why = (405, "wrong method") if path_known else (404, "no such path")
        return None, (), self.error(status, why)

    async def carry_out(self, route, groups, request, entry):
        try:
            return await getattr(self, route.handler)(request, *groups)
        except Refused as refused:
            entry["refused"] = str(refused)
            return refused.reply
        except Broken as problem:
            entry["refused"] = str(problem)
            return self.broken(problem)
        except Exception as mistake:  # one in the double itself: loud, and a refusal too
            traceback.print_exc()
            entry["refused"] = f"the double failed: {mistake!r}"
            return self.error(500, "the double failed")

    # Its life

    async def start(self, port=0):
        """Listens on loopback; returns the server and its address."""
        server = await asyncio.start_server(self.converse, "127.0.0.1", port, limit=wire.HEAD_CAP)
        return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def live(self, port, until_eof):
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, over.set)
        if until_eof:
            threading.Thread(target=_await_eof, args=(loop, over), daemon=True).start()
        try:
            server, address = await self.start(port)
        except (OSError, OverflowError) as problem:
            sys.exit(f"cannot listen on port {port}: {problem}")
        print(f"listening {address}", flush=True)
        await over.wait()
        server.close()

    @classmethod
    def main(cls):
        parser = argparse.ArgumentParser(
            description=cls.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, epilog=_knob_help(cls))
        parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
        parser.add_argument("--behave", default="{}", metavar="JSON", help="knobs turned from the start")
        parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
        for name, (default, text) in cls.options.items():
            parser.add_argument("--" + name.replace("_", "-"), default=default, help=f"{text} (default: {default})")
        given = vars(parser.parse_args())
        port, behave, until_eof = (given.pop(name) for name in ("port", "behave", "until_eof"))
        try:
            double = cls(parse_json(behave.encode()), **given)
        except Broken as problem:
            parser.error(f"--behave: {problem}")
        asyncio.run(double.live(port, until_eof))


def _knob_help(cls):
    names = tuple(dict.fromkeys(route.name for route in cls.routes))
    knobs = {**common_knobs(names), **cls.knobs}
    return "\n".join(["behaviour:"] + [f"  {name:<18} {knob.help}" for name, knob in knobs.items()])


def _await_eof(loop, over):
    try:
        while os.read(STDIN, 4096):
            pass
    except OSError:  # it was closed from the start
        pass
    loop.call_soon_threadsafe(over.set)
