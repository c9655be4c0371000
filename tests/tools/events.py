# SPDX-License-Identifier: MIT
"""events.py - reads Vigil's JSON with the fields that a line leaves out because the rest of it
implies them: docs/record.md has the rules. It shares no code with the library."""
import base64
import json
from datetime import datetime, timezone

CREDENTIALS = {"create", "exec", "exit", "existing", "credentials"}  # events with groups
LIVES = {"create", "exec", "exit", "existing"}
SENSOR = {"lost", "snapshot-end", "status"}
ALL_CAPABILITIES = "0x1ffffffffff"


def get(event, name):
    """The value of a dotted field; None where the event has none."""
    for key in name.split("."):
        if not isinstance(event, dict) or key not in event:
            return None
        event = event[key]
    return event


def has(event, name):
    *path, last = name.split(".")
    for key in path:
        event = event.get(key)
        if not isinstance(event, dict):
            return False
    return last in event


def put(event, name, value):
    *path, last = name.split(".")
    for key in path:
        event = event.setdefault(key, {})
    event[last] = value


def default(event, name, value):
    """Sets a field that the line does not have."""
    if value is not None and not has(event, name):
        put(event, name, value)


def nanoseconds(text):
    second = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(second.timestamp()) * 10**9 + int(text[20:29])


def timestamp(value):
    second = datetime.fromtimestamp(value // 10**9, timezone.utc)
    return second.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value % 10**9:09}Z"


def key_of(entity):
    return int(entity.replace("-", "")[16:], 16)


def pid_of(entity):
    return int(entity.replace("-", "")[8:16], 16)


def same(event, name, other):
    default(event, name, get(event, other))
    for table in "raw", "cut":
        note = get(event, f"vigil.{table}") or {}
        if other in note and name not in note and get(event, name) == get(event, other):
            note[name] = note[other]


def fill_args(event):
    command, count = get(event, "process.command_line"), get(event, "process.args_count")
    if command is None or count is None or has(event, "process.args"):
        return
    raw = get(event, "vigil.raw") or {}
    exact = raw.get("process.command_line")
    rest = base64.b64decode(exact) if exact else command.encode()
    lengths = get(event, "vigil.process.args_lengths")
    args = [] if lengths else rest.split(b" ")
    for length in map(int, lengths.split(" ") if lengths else ()):
        args.append(rest[:length])
        assert rest[length:length + 1] in (b" ", b""), event
        rest = rest[length + 1:]
    assert len(args) == count, event
    put(event, "process.args", [arg.decode("utf-8", "replace") for arg in args])
    if exact:
        raw["process.args"] = base64.b64encode(b"".join(arg + b"\0" for arg in args)).decode()
    if lengths:
        del event["vigil"]["process"]["args_lengths"]


def fill_leaders(event):
    known = {get(event, f"{p}.pid"): get(event, f"{p}.entity_id")
             for p in ("process.parent", "process") if get(event, f"{p}.entity_id")}
    session = None
    for which in "session", "group", "entry":
        pid, entity = f"process.{which}_leader.pid", f"process.{which}_leader.entity_id"
        if session and which != "session" and not has(event, pid) and not has(event, entity):
            put(event, entity, session)
        if get(event, pid) and not has(event, entity):
            default(event, entity, known.get(get(event, pid)))
        if get(event, entity):
            default(event, pid, pid_of(get(event, entity)))
        session = get(event, entity) if which == "session" else session


def fill_actor(event, kind):
    parent, entity = get(event, "process.parent.pid"), get(event, "process.parent.entity_id")
    if kind == "create" and entity and not has(event, "vigil.actor.pid") and not has(
            event, "vigil.actor.entity_id"):
        put(event, "vigil.actor.pid", parent)
    if not has(event, "vigil.actor.pid"):
        return
    if parent is not None and get(event, "vigil.actor.pid") == parent and not has(
            event, "vigil.actor.entity_id"):
        default(event, "vigil.actor.entity_id", entity)
        for what in "name", "executable":
            same(event, f"vigil.actor.{what}", f"process.parent.{what}")
    if get(event, "vigil.actor.pid") and get(event, "host.os.type") == "linux":
        default(event, "vigil.actor.thread.id", get(event, "vigil.actor.pid") if kind in LIVES or
                "thread" in kind else get(event, "process.thread.id"))


def fill_times(event, kind):
    now, entity = nanoseconds(event["@timestamp"]), get(event, "process.entity_id")
    start, parent = get(event, "process.start"), get(event, "process.parent.entity_id")
    if start and entity and key_of(entity):
        default(event, "vigil.monotonic", key_of(entity) + now - nanoseconds(start))
    if kind in LIVES and get(event, "process.parent.name") and parent and has(
            event, "vigil.monotonic"):
        default(event, "process.parent.start",
                timestamp(now - (get(event, "vigil.monotonic") - key_of(parent))))


def fill_linux(event, kind):
    process = "process.pid"
    if kind in LIVES:
        same(event, "process.vpid", process)
        fill_leaders(event)
    elif "thread" not in kind:
        same(event, "process.thread.id", process)
    if kind == "create":
        for what in "name", "executable", "command_line":
            same(event, f"process.parent.{what}", f"process.{what}")
    for name in ("id", "name") if kind in CREDENTIALS else ():
        same(event, f"group.{name}", f"user.{name}")
        same(event, f"user.effective.group.{name}", f"group.{name}")
    same(event, "user.effective.id", "user.id")
    if kind in {"thread-create", "thread-exit", "existing-thread"}:
        same(event, "vigil.thread.vtid", "process.thread.id")
    fill_times(event, kind)
    if kind in {"exec", "image"} and get(event, {"exec": "process.executable",
                                                 "image": "dll.path"}[kind]):
        default(event, "vigil.path_source", {"exec": "kernel", "image": "perf"}[kind])
    if kind in LIVES - {"exit"}:
        fill_args(event)
        if get(event, "user.effective.id") is not None:
            default(event, "vigil.process.capabilities",
                    ALL_CAPABILITIES if get(event, "user.effective.id") == "0" else "0x0")
    if kind == "exit" and not has(event, "vigil.exit.cpu_unknown"):
        times = event["vigil"]["exit"]
        default(event, "vigil.exit.cpu_time", times["user_time"] + times["system_time"] or None)


def without_null(value):
    """Drops what is null, and objects that nothing else is in."""
    if not isinstance(value, dict):
        return value
    kept = {key: without_null(below) for key, below in value.items()}
    return {key: below for key, below in kept.items() if below is not None and
            (below != {} or value[key] == {})}


def fill(event):
    """The event with all fields; another version's, or one with chosen fields, as it is."""
    if get(event, "vigil.format") != 2:
        return event
    kind = event["vigil"]["type"]
    default(event, "event.module", "vigil")
    if kind == "exit":
        default(event, "process.end", event["@timestamp"])
    if kind not in SENSOR:
        if get(event, "host.os.type") == "linux":
            fill_linux(event, kind)
        same(event, "user.effective.name", "user.name")
        fill_actor(event, kind)
    cut = {table: event["vigil"].pop(table) for table in ("raw", "cut") if table in event["vigil"]}
    event = without_null(event)
    event["vigil"].update(cut)
    del event["vigil"]["format"]
    return event


def loads(line):
    return fill(json.loads(line))
