"""Ports that are free, and stay out of the way of others.

They are drawn from below the kernel's range for outgoing connections (32768 and up): a port that is
kept for the next start must not be somebody's outgoing connection by then.
"""

import random
import socket
from pathlib import Path

LOWEST, HIGHEST = 12_000, 21_999
GRPC_OFFSET = 10_000  # SeaweedFS listens on each of its ports and on that port + 10,000


def is_free(port, host="127.0.0.1"):
    """True when a server could listen there now. A connection's TIME_WAIT does not count as use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def draw(count, *, avoid=(), within=(LOWEST, HIGHEST)):
    """`count` free ports from `within`, each with its gRPC neighbour free as well, none of these in `avoid`."""
    taken, drawn = set(avoid), []
    lowest, highest = within
    for port in random.sample(range(lowest, highest + 1), highest - lowest + 1):
        if not taken & {port, port + GRPC_OFFSET} and both_free(port) and not store_sockets(port):
            drawn.append(port)
            if len(drawn) == count:
                return drawn
    raise OSError("no free ports are left on this machine")


def both_free(port):
    """True when the port and its gRPC neighbour are free."""
    return is_free(port) and is_free(port + GRPC_OFFSET)


def store_sockets(port):
    """What a SeaweedFS on that port has put in /tmp; another user's cannot be removed, so the port is no good."""
    return list(Path("/tmp").glob(f"seaweedfs-*-grpc-{port + GRPC_OFFSET}.sock"))
