#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_watch.py - the whole machine: the snapshot, full speed, reused PIDs, filters."""
import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time

from live import PROGRAM, VIGIL, Traced, Watching, get, read_events, run, temporary


def identity(event):
    return get(event, "process.entity_id")


def test_snapshot_without_hole_or_duplicate():
    """while processes come and go: each one is reported once, as existing or as new"""
    noise = [subprocess.Popen([PROGRAM, "burst", "1000000", "1", "/bin/true"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
             for _ in range(2)]
    sleeper = subprocess.Popen(["sleep", "1000"], cwd="/usr")
    try:
        for _ in range(5):
            w = Watching("--type", "process,existing,snapshot-end", snapshot=True)
            time.sleep(0.5)
            here = {int(p) for p in os.listdir("/proc") if p.isdigit() and is_seen_to_run(p)}
            events = w.stop()
            check_snapshot(events, here, sleeper.pid)
    finally:
        for process in noise + [sleeper]:
            process.kill()
            process.wait()


def is_seen_to_run(pid):
    """Neither ended and not yet waited for, nor hidden: what the kernel refuses to show
    even to root, its task iterator hides too."""
    state = "X"
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as f:
            state = f.read().rsplit(")", 1)[1].split()[0]
        os.readlink(f"/proc/{pid}/exe")
        return state not in "ZX"
    except FileNotFoundError:  # of kernel threads, exe; of the ended, all
        return os.path.exists(f"/proc/{pid}/stat") and state not in "ZX"
    except (PermissionError, ProcessLookupError):
        return False


def check_snapshot(events, here, sleeper):
    begun = {}
    for e in events:
        kind = get(e, "vigil.type")
        if kind in ("existing", "create"):
            assert identity(e) not in begun, f"reported twice: {e}"
            begun[identity(e)] = e
        elif kind == "exec":  # of one that was forked just before the sensor came
            begun.setdefault(identity(e), e)
        elif kind == "exit":
            assert identity(e) in begun, f"never begun: {e}"
    # What runs for long was among the existing, with all that is known of it.
    existing = {get(e, "process.pid"): e for e in events if get(e, "vigil.type") == "existing"}
    reported = {get(e, "process.pid") for e in begun.values()}
    assert here - reported == set(), here - reported
    e = existing[sleeper]
    if get(e, "process.args") is None:  # a helper reads them; a record waits 0.1 s for it
        assert "args" in (get(e, "vigil.too_late") or get(e, "vigil.unreadable") or []), e
    else:
        assert get(e, "process.args") == ["sleep", "1000"], e
    assert get(e, "process.executable") == "/usr/bin/sleep"
    assert get(e, "process.working_directory") == "/usr"
    assert get(e, "process.parent.pid") == os.getpid()
    start = get(e, "process.start")
    assert abs(to_seconds(start) - start_by_proc(sleeper)) < 0.05, start
    end = [e for e in events if get(e, "vigil.type") == "snapshot-end"]
    assert len(end) == 1


def to_seconds(stamp):
    whole, fraction = stamp.rstrip("Z").split(".")
    parsed = time.strptime(whole + " UTC", "%Y-%m-%dT%H:%M:%S %Z")
    return time.mktime(parsed) - time.timezone + float("0." + fraction)


def start_by_proc(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        ticks = int(f.read().rsplit(")", 1)[1].split()[19])
    return (time.time() - time.clock_gettime(time.CLOCK_BOOTTIME) +
            ticks / os.sysconf("SC_CLK_TCK"))


def test_full_speed():
    """10,000 processes at full speed: every one, or every loss reported"""
    w = Watching("--type", "process")
    subprocess.run([PROGRAM, "burst", "10000", "2", "/bin/true"], check=True)
    events = w.stop()
    mine = [e for e in events if get(e, "process.args") == ["/bin/true", "burst"] and
            get(e, "vigil.type") == "exec"]
    lost = sum(get(e, "vigil.lost.count") for e in events if get(e, "vigil.type") == "lost")
    assert lost == 0, f"{lost} lost with the default queue"
    assert len(mine) == 10000, len(mine)
    ids = {identity(e) for e in mine}
    ends = [e for e in events if get(e, "vigil.type") == "exit" and identity(e) in ids]
    assert len(ids) == len(ends) == 10000
    sequence = [get(e, "event.sequence") for e in events]
    assert sequence == list(range(sequence[0], sequence[0] + len(sequence)))
    times = [get(e, "@timestamp") for e in events]
    assert times == sorted(times)


def test_losses_are_reported():
    """a queue that is far too small: the stream says what is missing, where"""
    w = Watching("--type", "process", "--buffer-size", "64K", "--latency", "1s")
    subprocess.run([PROGRAM, "burst", "5000", "2", "/bin/true"], check=True)
    events = w.stop()
    lost = {}
    for e in events:
        if get(e, "vigil.type") == "lost":
            kind = get(e, "vigil.lost.type")
            lost[kind] = lost.get(kind, 0) + get(e, "vigil.lost.count")
            assert get(e, "vigil.lost.reason") == "queue-full"
    assert sum(lost.values()) > 0, "nothing was lost: the test tests nothing"
    assert "LOST" in w.errors, w.errors
    # Sequence numbers step over exactly what is missing.
    sequence = [get(e, "event.sequence") for e in events]
    notes = [e for e in events if get(e, "vigil.type") == "lost"]
    missing = sequence[-1] - sequence[0] + 1 - (len(sequence) - len(notes))
    assert missing == sum(lost.values()), (missing, lost)
    seen = [e for e in events if get(e, "vigil.type") == "exec"]
    assert len(seen) + lost.get("exec", 0) >= 5000
    # A process whose start is missing has a name all the same when it ends.
    assert all(get(e, "process.name") for e in events if get(e, "vigil.type") == "exit")


def test_low_latency():
    """with --low-latency no event waits for the timer, not one in a burst either"""
    w = subprocess.Popen([VIGIL, "watch", "-q", "--type", "exec", "-f", "json", "--latency", "1s",
                          "--low-latency", "--command", "/bin/true low-latency*"],
                         stdout=subprocess.PIPE, text=True)
    try:
        time.sleep(1)
        late = []
        for burst in (1, 1, 1, 5, 20):
            for i in range(burst):
                subprocess.run(["/bin/true", f"low-latency-{i}"], check=True)
            ended = time.monotonic()
            for _ in range(burst):
                assert "low-latency" in w.stdout.readline()
            late.append(time.monotonic() - ended)
        assert max(late) < 0.5, late
    finally:
        w.kill()
        w.wait()


def test_reused_pid():
    """a PID that is used again belongs to another process"""
    for _ in range(20):  # another process may take the PID first
        t = Traced(PROGRAM, "reuse", "200")
        if t.status == 0:
            break
    pid = int(t.output)
    first = t.one("exec", process__pid=pid, process__args=["true", "first"])
    other = t.one("exec", process__pid=pid, process__args=["true", "other"])
    assert identity(first) != identity(other)
    for e in t.events:
        if get(e, "process.pid") == pid and get(e, "vigil.type") in ("image", "exit"):
            owner = first if identity(e) == identity(first) else other
            assert identity(e) == identity(owner)
            assert get(e, "@timestamp") >= get(owner, "process.start")
    ends = [identity(e) for e in t.of("exit", process__pid=pid)]
    assert ends == [identity(first), identity(other)]


def test_filters():
    """--image, --command, --user, --pid, --children-of show that and nothing else"""
    nobody = pwd.getpwnam("nobody").pw_uid
    shell = subprocess.Popen(["sh", "-c", "read x; /bin/true child; setsid sh -c '/bin/true deep'"],
                             stdin=subprocess.PIPE)
    watches = {
        "image": Watching("--type", "exec", "--image", "tr*e"),
        "command": Watching("--type", "exec", "--command", "as-no*dy"),
        "user": Watching("--type", "exec", "--user", "nobody"),
        "pid": Watching("--type", "exec", "--pid", str(os.getpid())),
        "children": Watching("--type", "exec", "--children-of", str(shell.pid)),
    }
    shell.communicate(b"\n")
    subprocess.run(["/bin/true", "here"], check=True)
    subprocess.run(["/bin/echo", "as-nobody"], check=True, user=nobody, stdout=subprocess.DEVNULL)
    shown = {name: [e for e in w.stop() if get(e, "vigil.type") == "exec"]
             for name, w in watches.items()}
    got = {name: [get(e, "process.command_line") for e in events]
           for name, events in shown.items()}
    assert set(got["image"]) >= {"/bin/true here", "/bin/true child", "/bin/true deep"}, got
    assert all(c.split()[0].endswith("true") for c in got["image"]), got
    assert got["command"] == ["/bin/echo as-nobody"], got
    # The machine may run more as that user.
    assert got["user"].count("/bin/echo as-nobody") == 1, got
    assert {get(e, "user.id") for e in shown["user"]} == {str(nobody)}, shown["user"]
    assert got["pid"] == [], got
    assert got["children"] == ["/bin/true child", "setsid sh -c /bin/true deep",
                               "sh -c /bin/true deep", "/bin/true deep"], got


def test_container_info():
    """what the runtime has on disk of a container, in all events of its processes"""
    name = "ba5eba11" * 8
    unified = os.path.exists("/sys/fs/cgroup/unified/cgroup.procs")
    group = f"/sys/fs/cgroup/{'unified/' if unified else ''}crio-{name}.scope"
    folder = f"/run/containers/storage/overlay-containers/{name}/userdata"
    annotations = {
        "io.container.manager": "cri-o", "io.kubernetes.container.name": "app",
        "io.kubernetes.pod.name": "app-5d7c", "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.cri-o.ImageName": "registry.example.org/app:2",
        "io.kubernetes.cri-o.Labels": '{"tier":"front"}'}
    os.makedirs(folder)
    os.mkdir(group)
    try:
        with open(folder + "/config.json", "w", encoding="utf-8") as f:
            json.dump({"ociVersion": "1.1.0", "annotations": annotations}, f)
        watching = Watching("--container-info", "--type", "create,exec,exit")
        subprocess.run(["sh", "-c", f"echo $$ >{group}/cgroup.procs; /bin/true 1; /bin/true 2; "
                        "(exit 7); :"], check=True)
        events = watching.stop()
    finally:
        os.rmdir(group)
        os.remove(folder + "/config.json")
        os.removedirs(folder)
    inside = [e for e in events if get(e, "container.id") == name]
    second = [e for e in inside if get(e, "process.args") == ["/bin/true", "2"]]
    forked = [e for e in inside if get(e, "process.exit_code") == 7]
    assert len(second) == 1 and len(forked) == 1, inside
    for e in second + forked:
        assert e["container"] == {"id": name, "name": "app", "runtime": "cri-o",
                                  "image": {"name": "registry.example.org/app:2"}}, e
        assert e["orchestrator"] == {"type": "kubernetes", "namespace": "shop", "resource": {
            "type": "pod", "name": "app-5d7c"}}, e
        assert get(e, "vigil.container.labels") == ["tier=front"], e


def test_count_and_duration():
    """--count and --duration end it by themselves"""
    noise = subprocess.Popen(["sh", "-c", "while :; do /bin/true; done"])
    try:
        done = subprocess.run([VIGIL, "watch", "--count", "7"], capture_output=True, check=True)
        assert len(done.stdout.splitlines()) == 7
        started = time.monotonic()
        subprocess.run([VIGIL, "watch", "--duration", "700ms"], capture_output=True, check=True)
        assert 0.7 <= time.monotonic() - started < 3
    finally:
        noise.kill()
        noise.wait()


def test_at_once():
    """an event is on the pipe at once, though written in large pieces"""
    w = subprocess.Popen([VIGIL, "watch", "--type", "exec,status", "--image", "true"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert "started" in w.stdout.readline()
        time.sleep(0.5)  # now it sleeps
        waits = []
        for i in range(20):
            begun = time.monotonic()
            subprocess.run(["/bin/true", str(i)], check=True)
            line = w.stdout.readline()
            while f"true {i}" not in line:  # others run programs of that name too
                line = w.stdout.readline()
            waits.append(time.monotonic() - begun)
            time.sleep(0.15 if i % 2 else 0.01)
        assert sorted(waits)[10] < 0.05 and max(waits) < 0.5, waits
    finally:
        w.kill()
        w.wait()


def test_idle_costs_nothing():
    """a machine at rest is left at rest"""
    w = Watching("--type", "process,thread,image")
    time.sleep(1)
    before = cpu_of(w.process.pid)
    time.sleep(3)
    spent = cpu_of(w.process.pid) - before
    # 100,000 ns a second are 0.01 %. What else runs here is watched too: an event takes 3 to 5 us.
    others = len(w.stop())
    assert spent < 60_000_000 + 10_000 * others, f"{spent / 3e7:.3f} % of a CPU, {others} events"


@contextlib.contextmanager
def traced(calls):
    """A `watch` of processes and images, and the lines that strace writes of these calls."""
    path, lines = temporary("strace"), []
    watching = Watching("--type", "process,image")
    tracer = subprocess.Popen(
        ["strace", "-o", path, "-s", "400", "-e", "trace=" + calls, "-p",
         str(watching.process.pid)], stderr=subprocess.PIPE)
    assert b"attached" in tracer.stderr.readline()
    yield watching.process, lines
    watching.stop()
    tracer.communicate(timeout=10)
    with open(path, encoding="utf-8", errors="replace") as trace:
        lines += trace.read().splitlines()


def test_counters_are_read_seldom():
    """under load the counts of what was missed are not read each time that the queues are"""
    with traced("bpf,timerfd_settime") as (_, lines):
        subprocess.run(["timeout", "2", "sh", "-c", "while :; do /bin/true; sleep 0.005; done"],
                       check=False)
    calls = [line.split("(")[0] for line in lines]
    # A timer is set after each round; one reading is a bpf call for each program.
    rounds = calls.count("timerfd_settime")
    readings = sum(a != "bpf" and b == "bpf" for a, b in zip(calls, calls[1:]))
    assert rounds > 40 and 0 < readings <= 3 + rounds / 10, (readings, rounds)


def test_a_build_id_is_asked_for_once():
    """a reader that is late asks its helpers once for a file that was mapped many times"""
    copy = temporary("mapped-often")
    shutil.copy("/bin/true", copy)
    time.sleep(0.1)  # what has just changed is not remembered
    with traced("sendmsg") as (reader, lines):
        reader.send_signal(signal.SIGSTOP)
        subprocess.run([PROGRAM, "burst", "100", "1", copy], check=True)
        reader.send_signal(signal.SIGCONT)
        time.sleep(0.5)
    asked = sum(copy in line for line in lines)
    # Each of the three helpers may have the question before the first has answered.
    assert 0 < asked <= 10, asked


def cpu_of(pid):
    with open(f"/proc/{pid}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0])


def test_formats():
    """table and Sysmon XML of real events are well formed"""
    noise = subprocess.Popen(["sh", "-c", "while :; do /bin/true '<&\"\t>'; done"])
    try:
        xml = subprocess.run([VIGIL, "watch", "-f", "sysmon-xml", "--count", "200"],
                             capture_output=True, check=True).stdout
        table = subprocess.run([VIGIL, "watch", "-f", "table", "--width", "100", "--count", "50"],
                               capture_output=True, check=True, text=True).stdout.splitlines()
    finally:
        noise.kill()
        noise.wait()
    subprocess.run(["xmllint", "--noout", "-"], input=b"<all>" + xml + b"</all>", check=True)
    assert b"<EventID>1</EventID>" in xml and b"<EventID>7</EventID>" in xml
    assert table[0].split()[:3] == ["TIME", "EVENT", "PID"] and max(map(len, table)) <= 100


def test_goes_first():
    """the reader goes before ordinary threads, unless nice; a command that vigil runs does not"""
    watching = Watching()
    policy = os.sched_getscheduler(watching.process.pid)
    watching.stop()
    assert policy & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR, policy
    with subprocess.Popen(["nice", "-n", "5", VIGIL, "watch", "--type", "status"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as niced:
        niced.stdout.readline()
        policy = os.sched_getscheduler(niced.pid)
        niced.send_signal(2)
    assert policy == os.SCHED_OTHER, policy
    command = "import os; print(os.sched_getscheduler(0))"
    done = subprocess.run([VIGIL, "trace", "-q", "--", sys.executable, "-c", command],
                          capture_output=True, timeout=60, check=True)
    assert done.stdout.split() == [b"0"], done


def test_reopen():
    """SIGHUP: the output continues in a new file under its name; without a file it is the end"""
    watching = Watching("--type", "exec", "--image", "true")
    subprocess.run(["/bin/true", "before"], check=True)
    os.rename(watching.path, watching.path + ".1")
    subprocess.run(["/bin/true", "between"], check=True)
    watching.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 20
    while not os.path.exists(watching.path):
        assert time.monotonic() < deadline and watching.process.poll() is None
        time.sleep(0.01)
    subprocess.run(["/bin/true", "after"], check=True)
    events = read_events(watching.path + ".1") + watching.stop()
    assert watching.status == 0, watching.errors
    assert [get(e, "process.args")[1] for e in events if get(e, "vigil.type") == "exec" and
            get(e, "process.parent.pid") == os.getpid()] == [
        "before", "between", "after"], events
    alone = subprocess.Popen([VIGIL, "watch", "--snapshot"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
    alone.stdout.readline()
    alone.send_signal(signal.SIGHUP)
    errors = alone.communicate(timeout=30)[1].decode()
    assert alone.returncode == 0 and "events shown" in errors, (alone.returncode, errors)


def test_reader_that_reads_nothing():
    """a FIFO whose reader reads nothing does not hold --duration up"""
    fifo = os.path.join(os.path.dirname(Watching("--count", "1").path), "fifo")
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    begun = time.monotonic()
    done = subprocess.run([VIGIL, "watch", "--snapshot", "--type", "all", "--duration", "500ms",
                           "--format", "json", "--output", fifo], capture_output=True, timeout=30,
                          check=False, text=True)
    assert time.monotonic() - begun < 6, time.monotonic() - begun
    assert done.returncode == 5 and "reads nothing" in done.stderr, done
    os.close(reader)


def test_full_disk():
    """watch and trace on a full disk: whole lines; the account is in message, file and status"""
    disk = os.path.dirname(Watching("--count", "1").path)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k,mode=755", "tmpfs", disk], check=True)
    try:
        path = os.path.join(disk, "out.json")
        how = ["--type", "all", "--format", "json", "--output", path]
        work = ["sh", "-c", "for i in $(seq 1 300); do /bin/true; done"]
        for command, status in ((["watch", *how, "--duration", "20s"], 5),
                                (["trace", *how, "--", *work], 125)):
            process = subprocess.Popen([VIGIL, *command], stderr=subprocess.PIPE, text=True)
            while command[0] == "watch" and process.poll() is None:
                subprocess.run(work, check=True)
            errors = process.communicate(timeout=60)[1]
            events = read_events(path)  # each line is whole
            losses = [e for e in events if get(e, "vigil.lost.reason") == "not-written"]
            missing = sum(get(e, "vigil.lost.count") for e in losses)
            assert process.returncode == status and "No space left" in errors, errors
            assert missing > 0, errors
            assert f"{len(events) - len(losses)} events are written, {missing} are missing" in \
                errors, (len(events), len(losses), missing, errors)
            os.unlink(path)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


run(globals())
