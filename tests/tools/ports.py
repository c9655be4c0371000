# SPDX-License-Identifier: MIT
"""ports.py - TCP ports on the loopback interface that no other test uses."""
import itertools
import os
import socket

_FIRST, _COUNT = 20000, 10000  # below the ports that the kernel gives to connections
_next = itertools.count(os.getpid() * 7)
_held = []


def free_port():
    """A port that nothing listens on, held by this process until it ends: between a look at a port
    and the start of its server, another test could otherwise take it, and answer in its place.
    """
    while True:
        port = _FIRST + next(_next) % _COUNT
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0vigil-test-port-{port}")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        _held.append(claim)
        return port
