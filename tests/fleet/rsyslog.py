# SPDX-License-Identifier: MIT
"""rsyslog.py - a real rsyslogd that takes syslog by TCP and writes what comes to a file."""
import os
import re
import shutil
import socket
import subprocess
import time

from live import temporary
from ports import free_port

CONFIG = """
global(workDirectory="{directory}" maxMessageSize="1m")
module(load="imtcp")
template(name="item" type="string" string="%structured-data%%msg%\\n")
input(type="imtcp" port="{port}")
action(type="omfile" file="{directory}/items" template="item")
"""


class Rsyslog:
    def __init__(self, address="127.0.0.1", **settings):
        self.directory = os.path.dirname(temporary("x"))
        self.port = free_port()
        self.settings = {"to": "syslog", "url": f"tcp://{address}:{self.port}",
                         "ack-delay": "300ms", **settings}
        with open(self.directory + "/conf", "w", encoding="utf-8") as out:
            out.write(CONFIG.format(**vars(self)))
        self.process = None

    @staticmethod
    def there():
        return shutil.which("rsyslogd")

    def start(self):
        pid = self.directory + "/pid"
        if os.path.exists(pid):
            os.unlink(pid)
        self.process = subprocess.Popen(
            ["rsyslogd", "-n", "-f", self.directory + "/conf", "-i", pid],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, "rsyslogd has ended"
                time.sleep(0.05)
        raise AssertionError("rsyslogd does not start")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def items(self):
        """What is written; a line that the kill cut is not an item."""
        found = []
        try:
            with open(self.directory + "/items", encoding="utf-8") as items:
                text = items.read()
        except FileNotFoundError:
            return found
        for line in text.split("\n")[:-1]:
            match = re.fullmatch(r'\[vigil@32473 id="([^"]+)"\] ?(\{.*\})', line)
            if match:
                found.append(match.groups())
        return found
