"""What a provider sends by itself. The webhooks of one call go out in order, unless told otherwise."""

import asyncio
import json
import time

from . import wire

PATIENCE = 10    # seconds for an answer that nobody needs
BREATHER = 0.05  # seconds before a webhook is sent once more


class Webhooks:
    def __init__(self, record, behaviour):
        self.record = record
        self.behaviour = behaviour
        self.tasks = set()

    def spawn(self, work):
        """Runs a coroutine beside everything else; it is kept until it is done."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def stop(self):
        """Ends every call and delivery that is going on."""
        for task in list(self.tasks):
            task.cancel()

    async def ask(self, kind, url, value, deadline):
        """Sends a webhook whose answer matters: (its entry, the answer or None)."""
        fault = self.behaviour.take("webhooks", kind)
        await asyncio.sleep(fault.get("late", 0))
        if fault.get("drop"):
            return None, None
        entry, reply = await self.send(kind, url, value, deadline)
        if fault.get("twice"):
            self.spawn(self.send(kind, url, value, PATIENCE))
        return entry, reply

    async def send(self, kind, url, value, deadline=PATIENCE):
        """Sends a webhook, again if need be and it is told to: (the last try's entry, the answer or None)."""
        for left in reversed(range(self.behaviour["webhook_tries"])):
            entry, reply = await self.send_once(kind, url, value, deadline)
            if reply or not left:
                return entry, reply
            await asyncio.sleep(BREATHER)

    async def send_once(self, kind, url, value, deadline):
        await asyncio.sleep(self.behaviour["webhook_latency"])
        entry = self.record.webhook(kind, url, value)
        began = time.monotonic()
        reply = None
        try:
            async with asyncio.timeout(deadline):
                reply = await wire.post(url, json.dumps(value).encode())
            entry.update(status=reply.status, answer=reply.body.decode("utf-8", "backslashreplace"))
            if not 200 <= reply.status <= 299:
                entry["refused"] = f"answered with {reply.status}"
        except TimeoutError:
            entry["refused"] = f"no answer within {deadline:g} s"
        except (OSError, wire.Malformed, asyncio.IncompleteReadError) as problem:
            entry["refused"] = f"could not be delivered: {problem}"
        entry["took"] = round(time.monotonic() - began, 3)
        self.record.touch()
        return entry, reply if entry["refused"] is None else None


class Line:
    """The webhooks of one call that nobody waits for."""

    def __init__(self, webhooks):
        self.webhooks = webhooks
        self.tail = None  # the delivery that the next one follows
        self.held = []    # put back behind the next one

    def push(self, kind, url, value):
        fault = self.webhooks.behaviour.take("webhooks", kind)
        if fault.get("drop"):
            return
        batch = [(kind, url, value)] * (2 if fault.get("twice") else 1)
        if fault.get("late"):
            self.webhooks.spawn(self._deliver(None, batch, fault["late"]))
        elif fault.get("reorder"):
            self.held += batch
        else:
            self._follow(batch + self.held)

    def close(self):
        """Nothing comes after this: what was held back goes out now. Returns the last delivery."""
        if self.held:
            self._follow(self.held)
        return self.tail

    def _follow(self, batch):
        self.held = []
        self.tail = self.webhooks.spawn(self._deliver(self.tail, batch))

    async def _deliver(self, previous, batch, late=0):
        if previous:
            await previous
        await asyncio.sleep(late)
        for one in batch:
            await self.webhooks.send(*one)
