"""What a double has seen: requests, the calls they made, the webhooks sent. Tests read and await it."""

import asyncio
import time
from dataclasses import dataclass, field


def now():
    return round(time.time(), 3)


@dataclass
class Record:
    requests: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    webhooks: list = field(default_factory=list)
    connections: int = 0  # those that carried a request to the provider
    waiters: set = field(default_factory=set, repr=False)

    def connect(self):
        self.connections += 1
        return self.connections

    def request(self, request, connection, fault):
        return self._add(self.requests, {
            "method": request.method, "path": request.target, "headers": request.headers,
            "body": request.text, "status": None, "refused": None,
            "connection": connection, "fault": fault,
        })

    def call(self, **details):
        """One call accepted: `ids` of the provider, `number`, `key` (the client's own), `state`."""
        return self._add(self.calls, {**details, "ended": None})

    def move(self, call, state, ended=False):
        """The call's state has changed, for the last time when it has `ended`."""
        call["state"] = state
        if ended and call["ended"] is None:
            call["ended"] = now()
        self.touch()

    def webhook(self, kind, url, body):
        return self._add(self.webhooks, {
            "kind": kind, "url": url, "body": body, "status": None, "answer": None, "refused": None,
        })

    def _add(self, entries, details):
        entry = {"n": len(entries) + 1, "at": now(), **details}
        entries.append(entry)
        self.touch()
        return entry

    def clear(self):
        self.requests, self.calls, self.webhooks, self.connections = [], [], [], 0
        self.touch()

    def counts(self):
        return {
            "requests": len(self.requests),
            "calls": len(self.calls),
            "ended": sum(1 for call in self.calls if call["ended"]),
            "webhooks": sum(1 for hook in self.webhooks if hook["status"] or hook["refused"]),
            "refused": sum(1 for entry in self.requests + self.webhooks if entry["refused"]),
        }

    def shown(self):
        return {"requests": self.requests, "calls": self.calls, "webhooks": self.webhooks,
                "connections": self.connections}

    def touch(self):
        """Wakes everyone who waits for a count."""
        for waiter in self.waiters:
            waiter.set()

    async def wait(self, wanted, timeout):
        """True once every wanted count is reached, False after `timeout` seconds."""
        changed = asyncio.Event()
        self.waiters.add(changed)
        try:
            async with asyncio.timeout(timeout):
                while any(self.counts()[name] < count for name, count in wanted.items()):
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            return False
        finally:
            self.waiters.discard(changed)
        return True
