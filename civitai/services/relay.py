"""Passes connections on from this machine's address to the store on loopback, for a phone in the same network.

The store itself stays on loopback: its inner ports would otherwise be open to the network as well.
"""

import asyncio
import contextlib
import sys


async def relay(host, port, *, to_port):
    """Serves until cancelled. Bytes pass untouched: links are signed for the address that the phone uses."""

    async def serve(reader, writer):
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", to_port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))

    async with await asyncio.start_server(serve, host, port) as server:
        await server.serve_forever()


async def _pump(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1], int(sys.argv[2]), to_port=int(sys.argv[2])))
