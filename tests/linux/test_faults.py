# SPDX-License-Identifier: MIT
"""Faults of the system below vigil: system calls that fail, kills at any moment, full,
read-only and slow disks, a wall clock that jumps.

Nothing crashes or hangs; what is on the disk can be read, in order; what is missing is
reported. A selection; with VIGIL_TEST_FAULTS=1 every system call and 200 kills of each command.
"""
import collections
import contextlib
import glob
import os
import re
import signal
import subprocess
import time

import live
from live import VIGIL, Watching, get, loads, read_events, temporary

ALL = "VIGIL_TEST_FAULTS" in os.environ
MARK = f"vigil-faults-{os.getpid()}"
LATE = 1.0  # seconds: what is younger than this may be missing after a kill


@contextlib.contextmanager
def load(pause=0.01):
    """Programs that start, one after another, each with its number as an argument."""
    # A start that fails (another program's rules may forbid it for a moment) has no number.
    script = f"i=1; while :; do /bin/true {MARK} $i && i=$((i+1)); sleep {pause}; done"
    process = subprocess.Popen(["sh", "-c", script], stderr=subprocess.DEVNULL,
                               start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def replay(path, may_be_empty=False):
    result = subprocess.run([VIGIL, "replay", "--format", "json", "--type", "all", path],
                            capture_output=True, timeout=60, check=False)
    if may_be_empty and b"is empty: nothing was recorded" in result.stderr:
        return []
    assert result.returncode == 0, result.stderr
    return [loads(line) for line in result.stdout.splitlines()]


def numbers(events):
    """The numbers of the load's programs, in the order of the events."""
    return [int(get(e, "process.args")[2]) for e in events if get(e, "vigil.type") == "exec" and
            (get(e, "process.args") or [])[:2] == ["/bin/true", MARK]]


def losses(events):
    return sum(get(e, "vigil.lost.count") for e in events if get(e, "vigil.type") == "lost")


def check_order(events, context):
    """In order of the clock, and no sequence number twice."""
    # A program's images and processes that already ran may be reported later than they happened.
    times = [get(e, "vigil.monotonic") for e in events
             if get(e, "vigil.type") in ("create", "exec", "exit")]
    assert times == sorted(times), f"{context}: out of order"
    sequence = [get(e, "event.sequence") for e in events if get(e, "vigil.type") != "existing"]
    twice = [n for n, count in collections.Counter(sequence).items() if count > 1]
    assert not twice, f"{context}: twice: {twice[:10]}"


def check_whole(events, context):
    """Of the load's programs none is missing but what losses report."""
    check_order(events, context)
    found = numbers(events)
    if found:
        missing = found[-1] - found[0] + 1 - len(found)
        assert found == sorted(set(found)), f"{context}: out of order or twice"
        assert missing <= losses(events), f"{context}: {missing} missing, {losses(events)} reported"
    return found


def start(*command, before=()):
    process = subprocess.Popen([*before, VIGIL, *command], stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    live.started.append(process)
    return process


def end(process, number=signal.SIGINT):
    process.send_signal(number)
    return process.communicate(timeout=30)[1].decode(errors="replace")


def wait_until(process, condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline, "it did not come so far"
        time.sleep(0.02)


def has_numbers(path):
    """Whether programs of the load are in the recording."""
    return os.path.exists(path) and os.path.getsize(path) > 0 and numbers(replay(path))


# System calls that cannot fail, or whose failure leaves the kernel's work undone only when it
# is injected (a close that fails has closed). The C library ends the process where futex fails
# in a way that the kernel does not know.
NEVER_FAIL = {"arch_prctl", "brk", "close", "close_range", "execve", "exit", "exit_group", "futex",
              "getegid", "geteuid", "getgid", "getpid", "getppid", "gettid", "getuid",
              "restart_syscall", "rseq", "rt_sigreturn", "set_robust_list", "set_tid_address"}
# Errors by system call, the fitting ones; others get EIO or ENOMEM.
ERRORS = (
    (("read", "poll", "epoll_wait", "wait4", "recvfrom", "recvmsg"), ("EINTR", "EIO")),
    (("write", "writev", "pwrite64", "fdatasync", "fsync", "fallocate", "ftruncate"),
     ("ENOSPC", "EIO")),
    (("openat", "openat2", "socketpair", "pipe2", "epoll_create1", "timerfd_create", "signalfd4",
      "memfd_create", "pidfd_open", "perf_event_open", "dup2", "eventfd2"), ("EMFILE", "ENOMEM")),
    (("mmap", "mremap", "mprotect", "munmap", "bpf", "madvise"), ("ENOMEM",)),
    (("clone", "clone3", "fork", "vfork"), ("EAGAIN",)),
    (("prctl", "capset", "capget", "setresuid", "setresgid", "setgroups", "seccomp"), ("EPERM",)),
)


def errors_of(name):
    for names, errors in ERRORS:
        if name in names:
            return errors
    return ("ENOMEM", "EIO")


def under_strace(command, *options, seconds=10):
    """Runs the command; gives it and what strace wrote."""
    log = temporary("strace")
    # A separate session: of what hangs nothing may stay.
    process = subprocess.Popen(["strace", "-f", "-qq", "-o", log, *options, VIGIL, *command],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               start_new_session=True)
    try:
        errors = process.communicate(timeout=seconds)[1].decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise AssertionError("it hangs") from None
    with open(log, encoding="utf-8", errors="replace") as file:
        return process.returncode, errors, file.read()


def occurrences(command):
    """For each system call, its first, middle and last occurrence in each of the processes and
    threads, of which strace counts each on its own and fails the same occurrence in all. Not
    those that the dynamic loader makes, which ends with a signal where its first mmap fails;
    rseq is its last but two."""
    _, _, trace = under_strace(command)
    loader, count = collections.Counter(), collections.Counter()
    for process, name in re.findall(r"^(\d+) +(\w+)\(", trace, re.M):
        count[process, name] += 1
        if name == "rseq" and not loader:  # of the first process, which is the only one so far
            loader.update({each: so_far for (_, each), so_far in count.items()})
    chosen = collections.defaultdict(set)
    for (_, name), last in count.items():
        first = loader[name] + 1
        if name not in NEVER_FAIL and first <= last:
            chosen[name] |= {first, (first + last) // 2, last}
    return chosen


def faults_of(command, selection):
    """(name, occurrence, error): all of them, or the selection."""
    if not ALL:
        return selection
    return [(name, nth, error) for name, occurrence in sorted(occurrences(command).items())
            for nth in sorted(occurrence) for error in errors_of(name)]


def fail_each(command, selection, check, before=lambda: None, silent=(0,)):
    """Runs the command once for each fault; check looks at how it ended. Any status but the
    silent ones comes with a message."""
    wrong, reached, failed = [], 0, 0
    faults = faults_of(command, selection)
    for name, nth, error in faults:
        before()
        context = f"{name} {nth} {error}"
        try:
            # Where a lock of SQLite's could not be released, the next ones wait 5 s each.
            status, errors, trace = under_strace(
                command, "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={nth}",
                seconds=60 if name == "fcntl" else 10)
            reached += "(INJECTED)" in trace
            crashed = re.findall(r"killed by SIG(?:SEGV|ABRT|BUS|ILL|FPE|SYS|TRAP)", trace)
            assert not crashed and 0 <= status < 128, f"ended with {status}, {crashed}: {errors}"
            check(status, errors)
            failed += status != 0
            if status not in silent:
                assert errors.strip(), f"ended with {status} and no message"
        except (AssertionError, ValueError) as problem:
            wrong.append(f"{context}: {problem}")
            print(f"# vigil {command[0]}: {wrong[-1]}", flush=True)
    print(f"# vigil {command[0]}: {len(faults)} faults, {reached} reached, {failed} ended it, "
          f"{len(wrong)} wrong", flush=True)
    assert not wrong, f"{len(wrong)} of {len(faults)} faults, see above"
    assert reached > len(faults) // 2, "the commands make other system calls than these"


def test_calls_of_trace():
    """trace with a system call failing: an error that says why, or the whole trace"""
    path = temporary("trace.json")

    def before():
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)

    def check(status, _errors):
        if status == 0:
            events = read_events(path)
            kinds = [get(e, "vigil.type") for e in events]
            assert "lost" in kinds or ("exec" in kinds and "exit" in kinds), kinds

    fail_each(["trace", "--format", "json", "--output", path, "--", "/bin/true"],
              [("bpf", 200, "ENOMEM"), ("clone", 2, "EAGAIN"), ("dup2", 5, "EMFILE"),
               ("epoll_wait", 2, "EINTR"), ("mmap", 30, "ENOMEM"), ("write", 1, "ENOSPC")],
              check, before)


def test_calls_of_watch():
    """watch with a system call failing: an error that says why, or what was asked for"""
    path = temporary("watch.json")

    def check(status, _errors):
        if status == 0:
            events = read_events(path)
            assert len(events) == 5, len(events)
            check_whole(events, "watch")

    with load():
        fail_each(["watch", "--format", "json", "--type", "exec", "--count", "5", "--output", path],
                  [("epoll_wait", 1, "EINTR"), ("openat", 20, "EMFILE"), ("write", 1, "ENOSPC"),
                   ("perf_event_open", 1, "EMFILE")], check)


def test_calls_of_record():
    """record with a system call failing: an error that says why, or the recording is whole"""
    path = temporary("r.vigil")

    def before():
        for name in glob.glob(path + "*"):
            os.remove(name)

    def check(status, errors):
        said = re.search(r"vigil: (\d+) events recorded in \S+, (none|\d+) lost", errors)
        # No message at all: it was the write of it that failed.
        assert said or status or not errors, errors
        if said or status == 0:
            events = replay(path)
            check_whole(events, "record")
            assert not said or len(events) == int(said.group(1)), f"{len(events)}: {errors}"

    with load():
        fail_each(["record", "--duration", "300ms", path],
                  [("pwrite64", 1, "ENOSPC"), ("pwrite64", 40, "EIO"), ("fdatasync", 1, "EIO"),
                   ("read", 20, "EINTR"), ("clone", 1, "EAGAIN")], check, before)


def test_calls_of_block_test():
    """block test with a system call failing: an error, or the verdict of the rules"""
    rules = temporary("rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("deny path=/usr/bin/true\n")

    def check(status, errors):
        assert status != 0, f"it may start: {errors}"

    fail_each(["rules", "test", "/usr/bin/true", "--rules", rules],
              [("openat", 12, "EMFILE"), ("read", 10, "EIO"), ("mmap", 40, "ENOMEM"),
               ("newfstatat", 12, "EIO")], check, silent=(7,))


def kills(command, count, path):
    """Kills the command at so many moments, from the middle of its start to a second after it."""
    begun = time.monotonic()
    process = start(*command)
    wait_until(process, lambda: os.path.exists(path) and os.path.getsize(path) > 0)
    took = time.monotonic() - begun
    process.kill()
    process.wait()
    for i in range(count):
        moment = took / 2 + (took / 2 + 1.0) * i / count
        process = start(*command)
        time.sleep(moment)
        process.kill()
        process.wait()
        yield f"killed after {moment:.3f} s"


def parts(events):
    """The events of each run of the recorder: its numbers begin again."""
    found = [[]]
    for event in events:
        if found[-1] and get(event, "event.sequence") <= get(found[-1][-1], "event.sequence"):
            found.append([])
        found[-1].append(event)
    return found


def last_is_fresh(events, ended, context):
    age = ended - max(get(e, "vigil.monotonic") or 0 for e in events) / 1e9
    assert age < LATE, f"{context}: the last event is {age:.2f} s old"


def test_kill_record():
    """record, killed at any moment: what is there can be read and is continued"""
    path = temporary("r.vigil")
    command = ["record", "--type", "exec,lost,status", path]
    before, cut = [], 0
    with load():
        for context in kills(command, 200 if ALL else 5, path):
            if not os.path.exists(path) or not os.path.getsize(path):
                continue
            # The first of them may have been killed while it made the file.
            events = replay(path, may_be_empty=not before)
            assert events[:len(before)] == before, f"{context}: what was there has changed"
            cut += len(events) > len(before)
            before = events
        process = start(*command)
        wait_until(process, lambda: len(replay(path)) > len(before) + 20)
        time.sleep(1)
        process.kill()
        ended = time.clock_gettime(time.CLOCK_BOOTTIME)
        process.wait()
    events = replay(path)
    last_is_fresh(events, ended, "record")
    process = start(*command)
    wait_until(process, lambda: len(replay(path)) > len(events))
    assert "none lost" in end(process)
    events = replay(path)
    for part in parts(events):
        check_whole(part, "record")
    marks = [e for e in events if "without being closed" in (get(e, "message") or "")]
    print(f"# {cut} kills of record left events, {len(marks)} said to be cut off, "
          f"{len(numbers(events))} programs", flush=True)
    assert len(marks) >= max(cut, 1), f"{cut} were cut off, {len(marks)} are reported"


def test_kill_at_a_journal():
    """record, killed while SQLite's journal is there: what was recorded can be read"""
    path = temporary("r.vigil")
    wrong = []
    with load():
        for calls, nth in [("pwrite64", 12), ("ftruncate,unlink", 6)]:
            for name in glob.glob(path + "*"):
                os.remove(name)
            process = start("record", "--duration", "300ms", path,
                            before=("strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                    f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={nth}"))
            process.communicate(timeout=20)
            journal = os.path.exists(path + "-journal")
            events = replay(path, may_be_empty=calls == "pwrite64")
            check_whole(events, calls)
            wrong += [] if journal else [f"{calls} {nth}: no journal was left"]
    assert not wrong, wrong


def test_kill_run():
    """run, killed at any moment: its log has whole lines, in order, and is continued"""
    log, recording = temporary("vigil.log"), temporary("r.vigil")
    command = ["run", "--output", log, "--record", recording, "--type", "exec,lost,status"]
    before = b""
    with load():
        for context in kills(command, 200 if ALL else 5, log):
            if not os.path.exists(log):
                continue
            with open(log, "rb") as file:
                content = file.read()
            assert content.startswith(before), f"{context}: what was there has changed"
            before = content[:content.rfind(b"\n") + 1]
        process = start(*command)
        wait_until(process, lambda: os.path.exists(log) and os.path.getsize(log) > len(before))
        time.sleep(0.5)
        process.kill()
        ended = time.clock_gettime(time.CLOCK_BOOTTIME)
        process.wait()
    with open(log, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    events = [loads(line) for line in lines if line.endswith(b"\n")]
    for part in parts(events):
        check_whole(part, "run")
    last_is_fresh(events, ended, "run")
    print(f"# {len(parts(events))} parts of the log, {len(numbers(events))} programs", flush=True)
    replay(recording)


PAGE = os.sysconf("SC_PAGESIZE")


class Disk:
    """A small separate file system."""

    def __init__(self, size="2m"):
        self.path = os.path.dirname(temporary("nothing"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "vigil-test",
                        self.path], check=True)

    def fill(self, free=0):
        """Takes all but `free` bytes. Others write meanwhile, so less may be left, or nothing."""
        with open(f"{self.path}/filler", "wb", buffering=0) as filler, \
                contextlib.suppress(OSError):
            while (left := os.statvfs(self.path).f_bavail * PAGE - free) > 0:
                filler.write(bytes(min(left, 16 * PAGE)))

    def empty(self):
        os.remove(f"{self.path}/filler")
        subprocess.run(["mount", "-o", "remount,size=64m", self.path], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.path], check=True)


def record_until_full(disk, path):
    """A recorder whose disk is full: nothing goes into its file any more."""
    process = start("record", "--type", "exec,lost,status", path)
    wait_until(process, lambda: has_numbers(path))
    disk.fill()
    recorded = [-1, len(replay(path))]

    def stands():
        time.sleep(0.7)
        recorded.append(len(replay(path)))
        return recorded[-1] == recorded[-2]

    wait_until(process, stands)
    return process, recorded[-1]


def test_full_disk_record():
    """record on a disk that is full for a time: the events wait in memory, none is missing"""
    with Disk() as disk, load(0):
        path = f"{disk.path}/r.vigil"
        process, before = record_until_full(disk, path)
        disk.empty()
        wait_until(process, lambda: len(replay(path)) > before)
        errors = end(process)
        events = replay(path)
    assert process.returncode == 0 and "none lost" in errors, (process.returncode, errors)
    assert check_whole(events, "full disk") and not losses(events), losses(events)


def test_full_disk_record_end():
    """record that ends while the disk is full: status 5, and how many events are missing"""
    with Disk() as disk, load(0):
        path = f"{disk.path}/r.vigil"
        process, before = record_until_full(disk, path)
        errors = end(process)
        events = replay(path)
    said = re.search(r"the disk is full.* (\d+) events are missing", errors)
    assert process.returncode == 5 and said, (process.returncode, errors)
    assert int(said.group(1)) > 0, errors
    assert losses(events) == int(said.group(1)), (losses(events), errors)
    assert len([e for e in events if get(e, "vigil.type") != "lost"]) == before, before
    check_whole(events, "full disk")


def test_full_disk_watch():
    """watch -o on a full disk: an error, and the last line of the file is whole"""
    with Disk() as disk, load(0):
        path = f"{disk.path}/watch.json"
        process = start("watch", "--format", "json", "--type", "exec", "--output", path)
        wait_until(process, lambda: os.path.exists(path) and os.path.getsize(path) > 0)
        disk.fill(8 << 10)
        errors = process.communicate(timeout=20)[1].decode()
        with open(path, "rb") as file:
            lines = file.read().splitlines(keepends=True)
    assert process.returncode == 5 and "No space" in errors, (process.returncode, errors)
    assert lines[-1].endswith(b"\n"), lines[-1][-80:]
    assert check_whole([loads(line) for line in lines], "full disk")


def test_file_size_limit():
    """watch -o beyond RLIMIT_FSIZE: an error, no signal; the last line is whole"""
    path = temporary("watch.json")
    with load(0):
        process = start("watch", "--format", "json", "--type", "exec", "--output", path,
                        before=("prlimit", "--fsize=200000"))
        errors = process.communicate(timeout=20)[1].decode()
    assert process.returncode == 5 and "File too large" in errors, (process.returncode, errors)
    assert check_whole(read_events(path), "file size")


@contextlib.contextmanager
def failing(process, error, *paths):
    """Meanwhile the running process cannot write to these files, as on a file system that
    became read-only (mount(8) refuses that while a file is open for writing)."""
    calls = "write,writev,pwrite64,fallocate,ftruncate,fdatasync,fsync"
    watched = [word for path in paths for word in ("-P", path)]
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", "/dev/null", "-p", str(process.pid), *watched, "-e",
         f"trace={calls}", "-e", f"inject={calls}:error={error}"], stderr=subprocess.PIPE)
    live.started.append(tracer)
    assert b"attached" in tracer.stderr.readline()
    try:
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.communicate(timeout=20)


def test_read_only_disk():
    """run on a disk that becomes read-only: it says so, continues, and ends with its status"""
    log, recording = temporary("vigil.log"), temporary("r.vigil")
    with load():
        process = start("run", "--output", log, "--record", recording, "--type", "exec,lost,status")
        wait_until(process, lambda: os.path.exists(log) and numbers(read_lines(log)))
        with failing(process, "EROFS", log, recording, recording + "-wal"):
            time.sleep(1.5)
            size = os.path.getsize(log)
        time.sleep(2)
        errors = end(process, signal.SIGTERM)
    events = read_events(log)
    assert os.path.getsize(log) > size, "it does not continue"
    assert "Read-only file system" in errors, errors
    check_whole(events, "read-only disk")
    recorded = replay(recording)
    check_whole(recorded, "read-only disk")
    complete = not losses(events) and not losses(recorded)
    assert process.returncode == (0 if complete else 5), (process.returncode, errors)


def read_lines(path):
    with open(path, "rb") as file:
        return [loads(line) for line in file if line.endswith(b"\n")]


def test_slow_disk():
    """record on a slow disk: nothing is lost, and it ends in time"""
    path = temporary("r.vigil")
    sync = 300000 if ALL else 100000  # microseconds; there are about 30 of them
    with load():
        begun = time.monotonic()
        process = start("record", "--duration", "1s", "--type", "exec,lost,status", path,
                        before=("strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                "trace=fdatasync,fsync,pwrite64", "-e",
                                f"inject=fdatasync,fsync:delay_enter={sync}", "-e",
                                "inject=pwrite64:delay_enter=1000"))
        errors = process.communicate(timeout=30)[1].decode()
        took = time.monotonic() - begun
    assert process.returncode == 0 and "none lost" in errors, errors
    assert took < 20, f"it took {took:.1f} s"
    found = check_whole(replay(path), "slow disk")
    assert len(found) > 10, found


def test_clock_step():
    """a wall clock that jumps back and forth: order and identities stay"""
    def now():
        return real + time.monotonic() - begun

    try:
        time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))
    except PermissionError as error:
        print(f"# SKIP the clock cannot be set: {error}", flush=True)
        return
    watching = Watching("--type", "process,status")
    real, begun = time.clock_gettime(time.CLOCK_REALTIME), time.monotonic()
    holder = subprocess.Popen(["sleep", "30"])
    try:
        for offset in (2, -2):
            time.clock_settime(time.CLOCK_REALTIME, now() + offset)
            subprocess.run(["true"], check=True)
            time.sleep(0.1)
    finally:
        time.clock_settime(time.CLOCK_REALTIME, now())
    later = Watching("--type", "process,status", snapshot=True)
    holder.kill()
    holder.wait()
    events, seen_later = watching.stop(), later.stop()
    assert "none lost" in watching.errors, watching.errors
    check_order(events, "clock")
    kinds = [get(e, "vigil.type") for e in events if get(e, "process.pid") == holder.pid]
    assert kinds == ["create", "exec", "exit"], kinds
    identities = {get(e, "process.entity_id") for e in events + seen_later
                  if get(e, "process.pid") == holder.pid}
    assert len(identities) == 1, identities


live.run(globals())
