# SPDX-License-Identifier: MIT
"""journald.py - a real systemd-journald in a mount namespace with a private /run."""
import json
import os
import subprocess
import time

DAEMON = "/lib/systemd/systemd-journald"
CONFIG = """[Journal]
Storage=volatile
RateLimitBurst=0
ForwardToSyslog=no
ReadKMsg=no
Audit=no
"""
PREPARE = """mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journald.conf.d /run/log/journal/$(cat /etc/machine-id)
printf '%s' "$0" >/run/systemd/journald.conf.d/test.conf
echo ready
exec sleep infinity
"""


class Journald:
    def __init__(self, **settings):
        self.settings = {"to": "journald", **settings}
        self.process = None
        self.space = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-ec", PREPARE, CONFIG],
            stdout=subprocess.PIPE)
        assert self.space.stdout.readline() == b"ready\n"
        self.before = ("nsenter", f"--mount=/proc/{self.space.pid}/ns/mnt",
                       f"--root=/proc/{self.space.pid}/root")  # this test may be in a chroot

    @staticmethod
    def there():
        return os.path.exists(DAEMON) and os.path.exists("/etc/machine-id")

    def start(self):
        self.process = subprocess.Popen([*self.before, DAEMON], stderr=subprocess.DEVNULL)
        for _ in range(200):
            if subprocess.run([*self.before, "test", "-S", "/run/systemd/journal/socket"],
                              check=False).returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError("systemd-journald does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        self.kill()
        self.space.kill()
        self.space.wait()

    def items(self):
        found = []
        output = subprocess.run(
            [*self.before, "journalctl", "-D", "/run/log/journal", "-o", "json", "--all",
             "--no-pager", "SYSLOG_IDENTIFIER=vigil"], capture_output=True, check=True).stdout
        for line in output.splitlines():
            entry = json.loads(line)
            assert entry["VIGIL_ID"].endswith("-" + entry["VIGIL_NUMBER"]), entry
            assert f'"type":"{entry["VIGIL_TYPE"]}"' in entry["MESSAGE"], entry
            found.append((entry["VIGIL_ID"], entry["MESSAGE"]))
        return found
