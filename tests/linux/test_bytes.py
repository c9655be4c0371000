#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_bytes.py - JSON of a real recording leaves out what the rest of a line implies: it is
imported as the same records as JSON with all fields."""
import json
import os
import signal
import subprocess
import time

from live import PROGRAM, VIGIL, run, started, temporary
from events import fill

TEST_IMPLIED = os.environ["TEST_IMPLIED"]
SCRIPT = """
i=0; while [ $i -lt 20 ]; do /bin/true "$i"; sh -c 'exit 3; :' "two words" ''; i=$((i+1)); done
setpriv --reuid=65534 --regid=65534 --clear-groups /bin/echo other user
setsid sh -c '/bin/true session; :'
(sh -c 'sleep 0.2; /bin/true orphan; :' &)
printf 'x\\377' | xargs -0 /bin/echo 'not UTF-8'
sleep 0.4
kill -9 $$
"""


def start_recording(*arguments):
    """Starts `vigil record`, the last argument being the file; returns when it has events."""
    record = subprocess.Popen([VIGIL, "record", "--quiet", *arguments])
    started.append(record)
    deadline = time.monotonic() + 20
    while subprocess.run([VIGIL, "replay", "--quiet", "--type", "existing", arguments[-1]],
                         check=False, capture_output=True).stdout.count(b"\n") < 2:
        assert time.monotonic() < deadline, "nothing is recorded"
        time.sleep(0.2)
    return record


def end_recording(record):
    time.sleep(0.3)
    record.send_signal(signal.SIGINT)
    assert record.wait(timeout=30) == 0


def test_import():
    """lines with and without the fields that others imply become the same records, also as
    docs/record.md has the rules"""
    path = temporary("bytes.vigil")
    record = start_recording(path)
    subprocess.run(["sh", "-c", SCRIPT], check=False, stdout=subprocess.DEVNULL)
    subprocess.run([PROGRAM, "threads", "3"], check=False, capture_output=True)
    end_recording(record)
    done = subprocess.run([TEST_IMPLIED, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lean, full = ([json.loads(line) for line in subprocess.run(
        [VIGIL, "replay", "--quiet", "--type", "all", "--snapshot", "--format", "json", *options,
         path], capture_output=True, check=True).stdout.splitlines()]
        for options in ([], ["--fields", "all"]))
    assert len(lean) == len(full) > 100
    for one, other in zip(lean, full):
        assert fill(one) == other, (one, other)
    print("# " + done.stdout.replace("\n", "\n# "))


def test_redact():
    """record --redact: a secret is nowhere in the file, neither in records nor in tables"""
    path = temporary("redact.vigil")
    record = start_recording("--redact", "hash", "--env", "MY_TOKEN", path)
    secret = f"hunter-{os.getpid()}-two"
    subprocess.run(["sh", "-c", '/bin/true --password="$S" marked; /bin/true --token "$S"; :'],
                   env={"S": secret, "MY_TOKEN": secret}, check=False)
    end_recording(record)
    with open(path, "rb") as file:
        content = file.read()
    assert secret.encode() not in content
    shown = subprocess.run([VIGIL, "replay", "--quiet", "--command", "marked", path], check=True,
                           capture_output=True, text=True).stdout
    assert "--password=[secret:" in shown, shown


run(globals())
