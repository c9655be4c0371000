# SPDX-License-Identifier: MIT
"""rsyslog.py - a real rsyslogd that takes syslog by TCP or TLS and writes what comes to a file."""
import glob
import os
import re
import shutil
import socket
import subprocess
import time

from engines import free_port

# Without a queue in memory: what it has read is in the file, so a kill loses only what the socket has.
CONFIG = """
global(workDirectory="{directory}" maxMessageSize="1m" {files})
main_queue(queue.type="Direct")
module(load="imtcp" {tls})
template(name="item" type="string" string="%structured-data%%msg%\\n")
input(type="imtcp" port="{port}")
action(type="omfile" file="{directory}/items" template="item")
"""
FILES = """defaultNetstreamDriver="{driver}" defaultNetstreamDriverCAFile="{ca}"
defaultNetstreamDriverCertFile="{cert}" defaultNetstreamDriverKeyFile="{key}" """
# With wants_client the certificate of a client must have its name.
TLS = 'streamDriver.name="{driver}" streamDriver.mode="1" streamDriver.authMode="{mode}" {peer}'


class Rsyslog:
    """With certificates it speaks TLS, through a driver: ossl or gtls."""

    def __init__(self, address=None, directory=None, certificates=None, driver="ossl", **settings):
        if not directory:
            from live import temporary  # pylint: disable=import-outside-toplevel
            directory = os.path.dirname(temporary("x"))
        self.directory, self.tls, self.files = directory, "", ""
        self.port = free_port()
        kind, address = ("tls", address or "localhost") if certificates else \
                        ("tcp", address or "127.0.0.1")
        self.settings = {"to": "syslog", "url": f"{kind}://{address}:{self.port}",
                         "ack-delay": "300ms", **settings}
        if certificates:
            self.use_tls(certificates, driver)
        with open(self.directory + "/conf", "w", encoding="utf-8") as out:
            out.write(CONFIG.format(**vars(self)))
        self.process = None

    def use_tls(self, files, driver):
        self.settings["ca-file"] = files.ca
        if files.wants_client:
            self.settings.update({"cert-file": files.client_cert, "key-file": files.client_key})
        self.files = FILES.format(driver=driver, ca=files.ca, cert=files.server_cert,
                                  key=files.server_key)
        self.tls = TLS.format(driver=driver, mode="x509/name" if files.wants_client else "anon",
                              peer='permittedPeer=["client"]' if files.wants_client else "")

    @staticmethod
    def there():
        return shutil.which("rsyslogd")

    @staticmethod
    def drivers():
        """Those of TLS that are installed."""
        return [name for name in ("ossl", "gtls")
                if glob.glob(f"/usr/lib*/rsyslog/lmnsd_{name}.so") or
                glob.glob(f"/usr/lib*/*/rsyslog/lmnsd_{name}.so")]

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
        self.cut_last_line()

    def cut_last_line(self):
        """A line that the kill cut is not an item: another one would be appended to it."""
        path = self.directory + "/items"
        if not os.path.exists(path):
            return
        with open(path, "r+b") as items:
            size = items.seek(0, os.SEEK_END)
            items.seek(max(0, size - 4000000))
            tail = items.read()
            items.truncate(size - len(tail) + tail.rfind(b"\n") + 1)

    def items(self):
        """What is written."""
        found = []
        try:
            with open(self.directory + "/items", encoding="utf-8") as items:
                text = items.read()
        except FileNotFoundError:
            return found
        for line in text.split("\n")[:-1]:
            match = re.fullmatch(r'\[vigil@32473 id="([^"]+)"\] ?(\{.*\})', line)
            assert match or "vigil@" not in line, line
            if match:
                found.append(match.groups())
        return found
