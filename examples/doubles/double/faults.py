"""Answers that go wrong on purpose."""

import asyncio

from .wire import Reply


def is_carried_out(fault):
    """Whether the provider does what it was asked before the fault shows; `accepted` decides otherwise."""
    return fault.get("accepted", "status" not in fault and fault.get("cut") != "before")


def spoil(fault, reply, error):
    """The answer that the fault puts in the place of the right one."""
    if "status" in fault:
        reply = error(fault["status"], "asked to answer so")
    if fault.get("garbage"):
        reply = Reply(reply.status, b'{"state": <<garbage\xff', {"Content-Type": "application/json"})
    if "huge" in fault:
        padding = b"x" * max(0, fault["huge"] - len(b'{"padding":""}'))
        reply = Reply(reply.status, b'{"padding":"' + padding + b'"}', {"Content-Type": "application/json"})
    if fault.get("retry_after") is not None:
        reply.headers["Retry-After"] = fault["retry_after"]
    reply.headers.update(fault.get("headers", {}))
    return reply


async def deliver(fault, reply, reader, writer):
    """Writes the answer the way the fault wants it; True when the connection may be used again."""
    await asyncio.sleep(fault.get("delay", 0))
    if fault.get("cut"):
        writer.transport.abort()
        return False
    if fault.get("silent"):
        while await reader.read(4096):  # until the client gives up
            pass
        return False
    written = bytes(reply)
    if fault.get("half"):
        written = written[: max(1, len(written) - (len(reply.body) + 1) // 2)]
    if fault.get("drip"):
        await _drip(written, fault["drip"], writer)
    else:
        writer.write(written)
        await writer.drain()
    return not fault.get("half")


async def _drip(written, gap, writer):
    for index in range(len(written)):
        writer.write(written[index:index + 1])
        await writer.drain()
        await asyncio.sleep(gap)
