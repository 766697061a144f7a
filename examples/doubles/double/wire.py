"""HTTP/1.1 on the wire: just enough of it to be a provider, and to be a provider that misbehaves."""

import asyncio
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

HEAD_CAP = 64 * 1024
BODY_CAP = 16 * 1024 * 1024
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Malformed(Exception):
    """What arrived is not HTTP."""


@dataclass
class Request:
    method: str
    target: str
    headers: dict  # lower-case name -> value; repeated ones are joined with a comma
    body: bytes = b""

    @property
    def path(self):
        return urlsplit(self.target).path

    @property
    def query(self):
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def media_type(self):
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def text(self):
        return self.body.decode("utf-8", "backslashreplace")


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)

    def __bytes__(self):
        reason = HTTPStatus(self.status).phrase if self.status in _KNOWN else "Unknown"
        headers = {"Content-Length": len(self.body), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join(lines + ["", ""]).encode("latin-1", "replace") + self.body


_KNOWN = {status.value for status in HTTPStatus}


def json_reply(value, status=200, **headers):
    body = json.dumps(value, ensure_ascii=False).encode()
    return Reply(status, body, {"Content-Type": "application/json", **headers})


async def read_request_head(reader):
    """The next request, its body not yet read; None when the client has left."""
    head = await _read_head(reader)
    if head is None:
        return None
    start, headers = head
    parts = start.split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise Malformed(f"not a request line: {start[:80]!r}")
    return Request(parts[0], parts[1], headers)


async def read_request_body(request, reader, writer):
    if "100-continue" in request.headers.get("expect", "").lower():
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    request.body = await _read_body(reader, request.headers, ends_with_connection=False)


async def _read_head(reader):
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        if cut.partial:
            raise Malformed("the connection closed inside the headers") from cut
        return None
    except asyncio.LimitOverrunError as long:
        raise Malformed(f"headers over {HEAD_CAP} bytes") from long
    start, *lines = raw[:-4].decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise Malformed(f"not a header: {line[:80]!r}")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return start, headers


async def _read_body(reader, headers, ends_with_connection):
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return await _read_chunks(reader)
    length = headers.get("content-length")
    if length is None:
        return await reader.read(BODY_CAP) if ends_with_connection else b""
    if not length.isdigit() or int(length) > BODY_CAP:
        raise Malformed(f"Content-Length {length[:20]!r}")
    return await reader.readexactly(int(length))


async def _read_chunks(reader):
    body = b""
    while True:
        size = (await reader.readline()).split(b";")[0].strip()
        try:
            count = int(size, 16)
        except ValueError:
            raise Malformed(f"not a chunk size: {size[:20]!r}") from None
        if len(body) + count > BODY_CAP:
            raise Malformed(f"a body over {BODY_CAP} bytes")
        body += await reader.readexactly(count)
        ending = await reader.readline()
        if count == 0:
            while ending.strip():  # trailers
                ending = await reader.readline()
            return body


async def post(url, body):
    """POST bytes as JSON on a connection of its own. The doubles never leave the machine."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK:
        raise ConnectionError(f"only http to this machine is called, not {url}")
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80, limit=HEAD_CAP)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = (f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", "Content-Type: application/json",
                f"Content-Length: {len(body)}", "Connection: close", "", "")
        writer.write("\r\n".join(head).encode("latin-1") + body)
        await writer.drain()
        return await _read_reply(reader)
    finally:
        writer.close()


async def _read_reply(reader):
    status = 100
    while status == 100:
        head = await _read_head(reader)
        if head is None:
            raise ConnectionError("the connection closed without an answer")
        start, headers = head
        parts = start.split(" ")
        if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdigit():
            raise Malformed(f"not a status line: {start[:80]!r}")
        status = int(parts[1])
    return Reply(status, await _read_body(reader, headers, ends_with_connection=True), headers)
