"""The paths under /double: how a test steers a double and reads what it has seen."""

from .rules import Broken, parse_json
from .wire import json_reply

WAIT_CAP = 60  # seconds


class Control:
    def __init__(self, double):
        self.double = double
        self.paths = {
            "/double/behaviour": {"GET": self.show, "PUT": self.change, "DELETE": self.reset},
            "/double/record": {"GET": self.record, "DELETE": self.forget},
            "/double/wait": {"GET": self.wait},
        }

    async def answer(self, request):
        methods = self.paths.get(request.path)
        if methods is None:
            return json_reply({"error": f"no such path; known: {', '.join(self.paths)}"}, 404)
        if request.method not in methods:
            return json_reply({"error": f"known methods: {', '.join(methods)}"}, 405)
        try:
            return await methods[request.method](request)
        except Broken as problem:
            return json_reply({"error": str(problem)}, 400)

    async def show(self, request):
        return json_reply(self.double.behaviour.values)

    async def change(self, request):
        change = parse_json(request.body)
        self.double.behaviour.merge(change)
        self.double.behaviour_changed(change)
        return json_reply(self.double.behaviour.values)

    async def reset(self, request):
        self.double.behaviour.reset()
        return json_reply(self.double.behaviour.values)

    async def record(self, request):
        return json_reply(self.double.record.shown())

    async def forget(self, request):
        self.double.forget()
        return json_reply({})

    async def wait(self, request):
        wanted = dict(request.query)
        timeout = self._count("timeout", wanted.pop("timeout", "10"))
        known = self.double.record.counts()
        counts = {name: self._count(name, value) for name, value in wanted.items()}
        unknown = [name for name in counts if name not in known]
        if unknown or not counts:
            raise Broken("wait", f"give a count of {', '.join(known)}, not {', '.join(unknown) or 'nothing'}")
        reached = await self.double.record.wait(counts, min(timeout, WAIT_CAP))
        return json_reply(self.double.record.shown(), 200 if reached else 408)

    def _count(self, name, value):
        try:
            count = float(value)
        except ValueError:
            count = -1
        if not 0 <= count < 1e9:
            raise Broken(name, f"a number from 0 is expected, not {value!r}")
        return count
