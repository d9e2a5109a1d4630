"""Plays another client for the tests: the Python package nats-py.

usage: peer.py write URL    makes a bucket and an object store named `theirs`
       peer.py read URL     says as JSON what it reads from those named `ours`
       peer.py call URL     finds the service `ours`, asks it, and says as JSON what it learnt
       peer.py serve URL    is the service `theirs` until its input ends
"""

import asyncio
import hashlib
import json
import sys

try:
    import nats
    from nats import micro
except ImportError as error:
    print(f"the Python package nats-py is missing: {error}")
    sys.exit(77)

SIZE = 300_000


def content():
    return bytes(place % 251 for place in range(SIZE))


async def write(client):
    jetstream = client.jetstream()
    bucket = await jetstream.create_key_value(bucket="theirs", history=3)
    for value in (b"1", b"2"):
        await bucket.put("a.b", value)
    await bucket.put("gone", b"x")
    await bucket.delete("gone")
    store = await jetstream.create_object_store("theirs")
    await store.put("a file", content())


async def read(client):
    jetstream = client.jetstream()
    bucket = await jetstream.key_value("ours")
    entry = await bucket.get("a.b")
    history = await bucket.history("a.b")
    store = await jetstream.object_store("ours")
    file = await store.get("a file")
    info = file.info
    print(
        json.dumps(
            {
                "value": entry.value.decode(),
                "history": [entry.value.decode() for entry in history],
                "keys": sorted(await bucket.keys()),
                "size": len(file.data),
                "sha256": hashlib.sha256(file.data).hexdigest(),
                "description": info.description,
            }
        )
    )


async def call(client):
    info = json.loads((await client.request("$SRV.INFO.ours", b"")).data)
    subject = info["endpoints"][0]["subject"]
    good = await client.request(subject, b"12")
    bad = await client.request(subject, b"a dozen")
    stats = json.loads((await client.request("$SRV.STATS.ours", b"")).data)
    print(
        json.dumps(
            {
                "type": info["type"],
                "version": info["version"],
                "answer": good.data.decode(),
                "code": bad.headers["Nats-Service-Error-Code"],
                "requests": stats["endpoints"][0]["num_requests"],
                "errors": stats["endpoints"][0]["num_errors"],
            }
        )
    )


async def serve(client):
    async def upper(request):
        if not request.data:
            raise micro.request.ServiceError(code="400", description="nothing was asked")
        else:
            await request.respond(request.data.upper())

    service = await micro.add_service(client, name="theirs", version="2.0.0", description="shouts")
    await service.add_endpoint(name="upper", subject="theirs.upper", handler=upper)
    await client.flush()
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def main(verb, url):
    client = await nats.connect(url)
    try:
        await {"write": write, "read": read, "call": call, "serve": serve}[verb](client)
    finally:
        await client.close()


asyncio.run(main(*sys.argv[1:]))
