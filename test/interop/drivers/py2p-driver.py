"""Hosts one py2p node: commands on stdin, events on stdout, a line of JSON each.

README.md here lists them. py2p runs its own thread; this one reads the commands.
"""

import argparse
import base64
import collections
import datetime
import json
import math
import os
import sys
import threading
import traceback

import umsgpack
from py2p import flags
from py2p.base import Protocol
from py2p.mesh import MeshSocket

REMEMBERED_MESSAGES = 1_000
SAFE_INTEGER = 2**53 - 1
FLOAT_NAMES = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
FLAG_NAMES = {flags.broadcast: "broadcast", flags.whisper: "whisper"}

# py2p prints its complaints; stdout belongs to the events.
events = sys.stdout
sys.stdout = sys.stderr
events_lock = threading.Lock()


def emit(event):
    line = json.dumps(event, allow_nan=False)
    with events_lock:
        events.write(line + "\n")
        events.flush()


def emit_error(message, cmd=None):
    emit({"event": "error", **({"cmd": cmd} if cmd else {}), "message": message})


def encode_bytes(data):
    return base64.b64encode(data).decode()


def to_json(value):
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {text(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": encode_bytes(value)}
    if isinstance(value, int) and abs(value) > SAFE_INTEGER:
        return {"$int": str(value)}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": FLOAT_NAMES[str(value)]}
    if isinstance(value, umsgpack.Ext):
        return {"$ext": {"type": value.type, "data": encode_bytes(value.data)}}
    if isinstance(value, datetime.datetime):
        # MessagePack's own extension, timestamp: py2p does not keep its bytes.
        return {"$time": value.isoformat()}
    return value


def from_json(value):
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("$bytes"), str):
        return base64.b64decode(value["$bytes"])
    if isinstance(value.get("$int"), str):
        return int(value["$int"])
    if isinstance(value.get("$float"), str):
        return float(value["$float"])
    if isinstance(value.get("$ext"), dict):
        return umsgpack.Ext(value["$ext"]["type"], base64.b64decode(value["$ext"]["data"]))
    return {key: from_json(item) for key, item in value.items()}


# What our own addresses begin with, by what py2p calls the protection.
SCHEMES = {"Plaintext": "tcp", "SSL": "tls"}


def text(key):
    return key.decode() if isinstance(key, bytes) else str(key)


def address_of(connection):
    if not connection.addr:
        return None
    return "{}://{}:{}".format(SCHEMES[connection.protocol.encryption], *connection.addr)


class Exceptions(list):
    """What py2p swallows (it also drops the connection)."""

    def append(self, trace):
        super().append(trace)
        emit_error(trace)


class Watched:
    """Tells of peers and messages, in any kind of py2p node, from the methods it may override."""

    def __init__(self, *args, **kwargs):
        # First: py2p's own thread starts in its constructor.
        self.connected = set()
        self.remembered = collections.OrderedDict()
        super().__init__(*args, **kwargs)
        self.daemon.exceptions = Exceptions()
        self.on("message", lambda _: self.deliver())

    def _send_peers(self, handler):
        # Called whenever a handshake has been accepted.
        super()._send_peers(handler)
        if handler.id not in self.connected:
            self.connected.add(handler.id)
            emit({
                "event": "peer",
                "state": "connected",
                "id": text(handler.id),
                "address": address_of(handler)
            })

    def disconnect(self, handler):
        super().disconnect(handler)
        if handler.id in self.connected and handler.id not in self.routing_table:
            self.connected.discard(handler.id)
            emit({"event": "peer", "state": "disconnected", "id": text(handler.id)})

    def deliver(self):
        for message in iter(self.recv, None):
            id = message.id.hex()
            self.remembered[id] = message
            if len(self.remembered) > REMEMBERED_MESSAGES:
                self.remembered.popitem(last=False)
            emit({
                "event": "message",
                "id": id,
                "sender": text(message.sender),
                "flag": FLAG_NAMES[message.packets[0]],
                "payload": to_json(message.packets[1:])
            })


class WatchedMesh(Watched, MeshSocket):
    pass


# Each kind of node. Commands that only one kind knows belong into its class.
KINDS = {"mesh": WatchedMesh}


def send(node, peer, payload):
    connection = node.routing_table.get(peer.encode())
    if connection is None:
        raise KeyError("no peer " + peer)
    connection.send(flags.whisper, flags.whisper, *from_json(payload))


def peers(node):
    emit({
        "event": "peers",
        "peers": [{"id": text(id), "address": address_of(connection)}
                  for id, connection in tuple(node.routing_table.items())]
    })


def connect(node, host, port):
    if node.connect(host, port) is False:
        raise ConnectionError("py2p refused to dial " + host)


COMMANDS = {
    "broadcast": lambda node, payload: node.send(*from_json(payload)),
    "send": send,
    "reply": lambda node, to, payload: node.remembered[to].reply(*from_json(payload)),
    "peers": peers,
    "connect": connect
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--kind", choices=KINDS, default="mesh")
    parser.add_argument("--subnet", default="mesh")
    parser.add_argument("--encryption", choices=SCHEMES, default="Plaintext")
    options = parser.parse_args()

    protocol = Protocol(options.subnet, options.encryption)
    node = KINDS[options.kind](options.host, options.port, prot=protocol)
    address = "{}://{}:{}".format(SCHEMES[options.encryption], options.host, options.port)
    emit({"event": "listening", "address": address, "id": text(node.id)})

    for line in sys.stdin:
        command = json.loads(line)
        cmd = command.pop("cmd")
        if cmd == "stop":
            break
        try:
            COMMANDS[cmd](node, **command)
        except Exception:
            emit_error(traceback.format_exc(), cmd)

    node.close()


# py2p's own thread is no daemon thread and its sockets outlive it: leave without waiting.
try:
    main()
    code = 0
except Exception:
    emit_error(traceback.format_exc())
    code = 1
sys.stderr.flush()
os._exit(code)
