# SPDX-License-Identifier: MIT
"""A subject whose files, memory or names never answer: everything else is shown, and
the command ends at once."""
import contextlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time

import live
from live import VIGIL, get, loads

HANG = os.environ["HANG"]
NSS_HANG = os.environ["NSS_HANG"]
NOBODY = 65534
EXECS = 20


@contextlib.contextmanager
def hanging(what, *arguments, count=1):
    """Processes of an ordinary user's with a file system that does not answer; yields a
    function that makes them do it. Killing them ends the file systems and what waits."""
    processes = []
    try:
        for _ in range(count):
            folder = tempfile.mkdtemp(prefix="hang-", dir=live.run.directory)
            device = os.path.join(folder, "fuse")
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(10, 229))
            os.chmod(device, 0o666)
            os.chmod(folder, 0o755)
            place = os.path.join(folder, "place")
            os.mkdir(place)
            os.chown(place, NOBODY, NOBODY)
            process = subprocess.Popen([HANG, what, device, place, *arguments], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       user=NOBODY, group=NOBODY, extra_groups=[])
            processes.append(process)
            if process.stdout.readline() != b"ready\n":
                raise live.Skip(process.stderr.read().decode())

        def attack():
            for process in processes:
                process.stdin.write(b"\n")
                process.stdin.flush()
                assert process.stdout.readline() == b"done\n"
        yield attack
    finally:
        for process in processes:
            process.kill()
            process.wait()
            for pipe in process.stdin, process.stdout, process.stderr:
                pipe.close()


def run_marked():
    for i in range(EXECS):
        subprocess.run(["/bin/true", f"vigil-hang-{i}"], check=True)


def marks(events):
    arguments = [get(e, "process.args") or [] for e in events if get(e, "vigil.type") == "exec"]
    return [a[1] for a in arguments if len(a) > 1 and a[1].startswith("vigil-hang-")]


def read_json(path):
    """What is there so far, without the line that is being written."""
    with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as lines:
        return [loads(line) for line in lines if line.endswith("\n")]
    return []


def helpers_of(command):
    """Processes that still run this command and are not waiting in the kernel."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if not os.path.samefile(f"/proc/{pid}/exe", VIGIL):
                continue  # to read its command line may take forever
            with open(f"/proc/{pid}/cmdline", "rb") as f:
                arguments = f.read().split(b"\0")
            with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
                state = f.read().rsplit(")", 1)[1].split()[0]
            if command[-1].encode() in arguments and state not in "DZX":
                found.append((pid, state))
    return found


class Sensor:
    """A vigil command whose events are available as JSON lines."""

    def __init__(self, *command, recording=False, before=(), env=None):
        self.path = live.temporary("events")
        self.recording = recording
        where = [self.path] if recording else ["--output", self.path]
        self.command = [VIGIL, *command, *where]
        self.process = subprocess.Popen([*before, *self.command], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, env=env)
        live.started.append(self.process)
        self.wait_for_marks("vigil-begun")

    def events(self):
        if not self.recording:
            return read_json(self.path)
        done = subprocess.run([VIGIL, "replay", "--format", "json", self.path],
                              capture_output=True, check=False, timeout=30)
        return [loads(line) for line in done.stdout.splitlines()]

    def wait_for_marks(self, mark):
        """Until the sensor is seen to see."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.stderr.read()
            subprocess.run(["/bin/true", mark], check=True)
            time.sleep(0.1)
            if any(mark in (get(e, "process.args") or []) for e in self.events()):
                return
        raise AssertionError("the sensor does not see")

    def stop(self):
        """The seconds until it had ended after SIGTERM, its helpers with it."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, self.errors = self.process.communicate(timeout=10)
        took = time.monotonic() - begun
        while helpers_of(self.command) and time.monotonic() - begun < 5:
            time.sleep(0.01)
        assert not helpers_of(self.command), helpers_of(self.command)
        return took


def check_end(took, *command, recording=False):
    """What hangs does not delay the end: by less than two seconds, beside the time that the end
    takes now without it, which on a busy machine may itself be longer than that."""
    if took >= 2:
        sensor = Sensor(*command, recording=recording)
        run_marked()
        took -= sensor.stop()
    assert took < 2, f"ended {took:.1f} s later than without what hangs"


def check(*command, what="map", arguments=(), count=1, recording=False):
    with hanging(what, *arguments, count=count) as attack:
        sensor = Sensor(*command, recording=recording)
        attack()
        run_marked()
        begun = time.monotonic()
        deadline = begun + (5 if not recording else 8)
        shown = marks(sensor.events())
        while len(shown) < EXECS and time.monotonic() < deadline:
            time.sleep(0.1)
            shown = marks(sensor.events())
        took = sensor.stop()
        assert shown == [f"vigil-hang-{i}" for i in range(EXECS)], \
            f"{len(shown)} of {EXECS} shown"
        events = sensor.events()
    check_end(took, *command, recording=recording)
    return events


def test_watch():
    """watch: a library that hangs hides nothing, and the command ends at once"""
    events = check("watch", "--format", "json", "--type", "exec,image")
    mapped = [e for e in events if get(e, "vigil.type") == "image" and
              get(e, "dll.path").endswith("/program")]
    assert len(mapped) == 1, "the library itself is shown"


def test_run():
    """run: as watch"""
    check("run", "--type", "exec,image")


def test_record():
    """record: as watch"""
    check("record", recording=True)


def test_hash():
    """watch --hash: as watch"""
    check("watch", "--format", "json", "--type", "exec,image", "--hash")


def test_rules():
    """watch --rules: as watch"""
    rules = live.temporary("rules")
    with open(rules, "w", encoding="utf-8") as f:
        f.write("deny path=/no/such/program\n")
    check("watch", "--format", "json", "--type", "exec,image", "--rules", rules)


def test_denied():
    """watch --rules: a refused program whose arguments hang is reported without them, at once"""
    program = live.temporary("forbidden")
    shutil.copy("/bin/true", program)
    rules = live.temporary("rules")
    with open(rules, "w", encoding="utf-8") as f:
        f.write(f"deny path={program}\n")
    with hanging("exec", program) as attack:
        sensor = Sensor("watch", "--format", "json", "--type", "exec,denied", "--rules", rules)
        begun = time.monotonic()
        attack()
        assert time.monotonic() - begun < 1, "the answer took too long"
        run_marked()
        time.sleep(0.3)
        took = sensor.stop()
        denied = [e for e in sensor.events() if get(e, "vigil.type") == "denied"]
        assert len(denied) == 1 and len(marks(sensor.events())) == EXECS
        assert get(denied[0], "process.args") is None
        assert took < 1.5, f"ended after {took:.1f} s"


def test_many():
    """watch: twelve at a time are too many for the helpers, which is reported once"""
    events = check("watch", "--format", "json", "--type", "exec,image,status", count=12)
    reported = [e for e in events if "helper processes cannot" in (get(e, "message") or "")]
    assert len(reported) <= 1, reported


def test_arguments():
    """--snapshot: a process whose arguments hang is shown without them"""
    events = check("watch", "--format", "json", "--type", "exec,existing", "--snapshot",
                   what="arguments")
    hung = [e for e in events if get(e, "vigil.type") == "existing" and
            (get(e, "process.executable") or "").endswith("/hang")]
    assert hung, "the process itself is shown"


def check_locked(*command, **how):
    """As check, with two processes whose memory is locked forever: one when the sensor begins,
    one that has just mapped files of which /proc knows more than the kernel supplied."""
    events = check(*command, what="lock", **how)
    mapped = [e for e in events if get(e, "vigil.type") == "image" and
              get(e, "process.name") == "hang"]
    assert len(mapped) == 2 and "build_id" in get(mapped[0], "vigil.too_late"), mapped
    assert get(mapped[1], "dll.path") is None, mapped
    return events


def test_locked():
    """watch --snapshot: processes whose memory is locked hide nothing"""
    events = check_locked("watch", "--format", "json", "--type", "exec,existing,image",
                          "--snapshot")
    arguments = [get(e, "process.args") is None for e in events
                 if get(e, "vigil.type") == "existing" and get(e, "process.name") == "hang"]
    assert arguments.count(True) == 1 and arguments.count(False) >= 2, arguments


def test_locked_environment():
    """watch --env --hash: as watch --snapshot"""
    check_locked("watch", "--format", "json", "--type", "exec,image", "--env", "PATH", "--hash")


def test_locked_record():
    """record: as watch --snapshot"""
    check_locked("record", recording=True)


def test_locked_denied():
    """watch --rules: a program that is refused while memory is locked is shown, the answer given"""
    program = live.temporary("forbidden")
    shutil.copy("/bin/true", program)
    rules = live.temporary("rules")
    with open(rules, "w", encoding="utf-8") as f:
        f.write(f"deny path={program}\n")
    events = check("watch", "--format", "json", "--type", "exec,denied", "--rules", rules,
                   what="lock-exec", arguments=[program])
    denied = [e for e in events if get(e, "vigil.type") == "denied"]
    assert denied and get(denied[-1], "process.args") is None, denied


def test_trace():
    """trace: the command's own events are shown though a library hangs"""
    with hanging("map") as attack:
        path = live.temporary("trace")
        command = [VIGIL, "trace", "--type", "exec,image", "--format", "json", "--output", path,
                   "--", "sh", "-c", "read go; for i in $(seq 0 19); do "
                   "/bin/true vigil-hang-$i; done; read go"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE)
        live.started.append(process)
        time.sleep(1)
        attack()
        process.stdin.write(b"\n")
        process.stdin.flush()
        deadline = time.monotonic() + 5
        while len(marks(read_json(path))) < EXECS and time.monotonic() < deadline:
            time.sleep(0.1)
        process.stdin.close()
        try:
            process.wait(timeout=5)
        finally:
            process.kill()
    assert len(marks(read_json(path))) == EXECS


def dead_name_service():
    """What a command is started with so that users who are in no file are asked of a name
    service that never answers; and its environment."""
    switch = live.temporary("nsswitch.conf")
    with open(switch, "w", encoding="utf-8") as f:
        f.write("passwd: files hang\ngroup: files hang\n")
    before = ["unshare", "-m", "sh", "-c",
              'mount --bind "$0" /etc/nsswitch.conf && exec "$@"', switch]
    return before, {**os.environ, "LD_LIBRARY_PATH": os.path.dirname(NSS_HANG)}


def test_names():
    """A dead name service: users are shown by number, those of /etc/passwd by name"""
    before, env = dead_name_service()
    sensor = Sensor("watch", "--format", "json", "--type", "exec", before=before, env=env)
    for i in range(EXECS):
        subprocess.run(["/bin/true", f"vigil-hang-{i}"], check=True, user=4242 + i % 4,
                       group=4242, extra_groups=[])
    subprocess.run(["/bin/true", "vigil-hang-last"], check=True)
    time.sleep(0.3)
    took = sensor.stop()
    events = [e for e in sensor.events() if "vigil-hang-" in str(get(e, "process.args"))]
    assert len(marks(events)) == EXECS + 1, f"{len(marks(events))} shown"
    assert [get(e, "user.id") for e in events[:4]] == ["4242", "4243", "4244", "4245"]
    assert {get(e, "user.name") for e in events[:EXECS]} == {None}
    assert get(events[-1], "user.name") == "root"
    assert took < 2, f"ended after {took:.1f} s"


def test_user_option():
    """--user of a name that a dead name service would have to know: an error, soon"""
    before, env = dead_name_service()
    begun = time.monotonic()
    done = subprocess.run([*before, VIGIL, "watch", "--user", "somebody"], env=env, timeout=20,
                          capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "does not answer" in done.stderr, done.stderr
    assert time.monotonic() - begun < 6


def main():
    functions = dict(globals())
    try:
        with tempfile.TemporaryDirectory() as live.run.directory:
            os.chmod(live.run.directory, 0o755)
            with hanging("map"):
                pass
    except live.Skip as reason:
        print(f"ok all # SKIP users may not mount FUSE here: {reason}")
        return
    live.run(functions)


main()
