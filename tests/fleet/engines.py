# SPDX-License-Identifier: MIT
"""engines.py - starts real engines on the loopback interface, with their data in a directory."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools"))
from ports import free_port  # pylint: disable=wrong-import-position

SLOW = 100  # tenths of a second to wait for an engine


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Engine:
    """A process that listens on a port; kill() and start() keep its data."""

    def __init__(self, directory):
        os.makedirs(directory, exist_ok=True)
        self.directory, self.port, self.process = directory, free_port(), None
        self.configure()
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        with open(self.directory + "/output", "ab") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output)
        for _ in range(SLOW):
            if self.process.poll() is not None:
                break
            if self.is_ready():
                return
            time.sleep(0.1)
        with open(self.directory + "/output", encoding="utf-8", errors="replace") as output:
            raise OSError(f"{self.command()[0]} does not start: {output.read()[-2000:]}")

    def is_ready(self):
        return answers(self.port)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Nats(Engine):
    """nats-server with JetStream. extra: more of its configuration. stream() needs no client."""

    def __init__(self, directory, extra=""):
        self.extra = extra
        super().__init__(directory)

    @staticmethod
    def there():
        return shutil.which("nats-server")

    def configure(self):
        with open(self.directory + "/nats.conf", "w", encoding="ascii") as out:
            out.write(f"listen: 127.0.0.1:{self.port}\n"
                      f"jetstream {{ store_dir: {self.directory}/data }}\n"
                      f"max_pending: 8000000000\nwrite_deadline: \"600s\"\n"  # a slow reader
                      f"{self.extra}\n")

    def command(self):
        return ["nats-server", "-c", self.directory + "/nats.conf"]


class ClickHouse(Engine):
    """clickhouse-server, through HTTP."""

    CONFIG = """<yandex>
<logger><level>warning</level><console>true</console></logger>
<listen_host>127.0.0.1</listen_host><http_port>{port}</http_port><tcp_port>{tcp}</tcp_port>
<path>{directory}/data/</path><tmp_path>{directory}/tmp/</tmp_path>
<users_config>users.xml</users_config><default_profile>default</default_profile>
<default_database>default</default_database><mark_cache_size>67108864</mark_cache_size>
<timezone>UTC</timezone><mlock_executable>false</mlock_executable>
</yandex>
"""
    USERS = """<yandex>
<profiles><default><max_memory_usage>2000000000</max_memory_usage></default></profiles>
<users><default><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
<profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas>
</yandex>
"""

    def __init__(self, directory, password=""):
        self.password, self.tcp = password, free_port()
        super().__init__(directory)

    @staticmethod
    def there():
        return shutil.which("clickhouse-server")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def configure(self):
        for name, text in ("config.xml", self.CONFIG), ("users.xml", self.USERS):
            with open(f"{self.directory}/{name}", "w", encoding="ascii") as out:
                out.write(text.format(**vars(self)))

    def command(self):
        return ["clickhouse-server", f"--config-file={self.directory}/config.xml"]

    def is_ready(self):
        try:
            return self.query("SELECT 1") == "1"
        except OSError:
            return False

    def query(self, text):
        request = urllib.request.Request(self.url + "/?" + urllib.parse.urlencode(
            {"password": self.password}), data=text.encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read().decode().strip()
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()[:300]) from error
