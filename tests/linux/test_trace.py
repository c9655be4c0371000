#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_trace.py - what the kernel does, and what `vigil trace` makes of it."""
import os
import pty
import shutil
import signal
import stat
import subprocess

from live import (ENDS, LIBM, PROGRAM, VIGIL, Traced, get, mapped_first, raw, run, temporary,
                  unmatched_threads)

NOBODY = 65534


def test_many_arguments():
    """2,000 arguments, with newlines, quotes, empty ones, bytes that are no UTF-8"""
    t = Traced(PROGRAM, "exec-many", "2000", "/bin/true")
    e = t.one("exec", process__executable="/usr/bin/true")
    got = raw(e, "process.args").split(b"\0")[:-1]
    odd, line = b"\xff\xfe\x80", b'two\nlines\t"quoted"'
    want = [b"/bin/true"] + [{1: odd, 2: line, 3: b""}.get(i % 100, b"argument%d" % i)
                             for i in range(1, 2001)]
    assert got == want, [(i, a, b) for i, (a, b) in enumerate(zip(got, want)) if a != b][:3]
    assert get(e, "process.args_count") == 2001
    assert get(e, "vigil.cut") is None


def test_arguments_to_the_limit():
    """an argument list of 64 KiB is whole, a longer one is cut and says so"""
    whole = 65536 - len("/bin/true") - 2
    e = Traced(PROGRAM, "exec-long", str(whole), "/bin/true").one(
        "exec", process__executable="/usr/bin/true")
    assert len(get(e, "process.args")[1]) == whole and get(e, "vigil.cut") is None
    e = Traced(PROGRAM, "exec-long", "100000", "/bin/true").one(
        "exec", process__executable="/usr/bin/true")
    assert len(get(e, "process.args")[1]) == 65536 - len("/bin/true") - 1
    assert get(e, "vigil")["cut"]["process.args"] == 100000 + len("/bin/true") + 2, get(e, "vigil")


def test_full_queues():
    """what did not fit is counted to the end, and the message names the queue that was full"""
    t = Traced("sh", "-c", f"kill -STOP $PPID; {PROGRAM} burst 300 2 /bin/true; kill -CONT $PPID",
               options=["--buffer-size", "64K"])
    lost = sum(get(e, "vigil.lost.count") for e in t.of("lost", vigil__lost__type="image"))
    assert lost > 500, lost
    assert f"{lost} lost because the queue of image loads was full: try a larger " \
        "--buffer-size" in t.errors, (lost, t.errors)


def test_failing_exec():
    """an exec that fails is no exec; the exit code is reported"""
    t = Traced(PROGRAM, "exec-failing")
    assert t.status == 42
    assert len(t.of("exec")) == 1
    assert get(t.one("exit"), "process.exit_code") == 42


def test_memfd():
    """a program that lives in memory alone is reported as such"""
    t = Traced(PROGRAM, "exec-memfd")
    e = t.of("exec")[1]
    assert get(e, "vigil.process.memory_only") is True, get(e, "vigil")
    assert get(e, "process.executable") == "/memfd:hidden", get(e, "process")
    assert get(e, "process.args") == ["in-memory", "nothing"]


def test_deleted():
    """a program whose file is gone is reported as such, with the name it had"""
    path = temporary("gone")
    e = Traced(PROGRAM, "exec-deleted", path).of("exec")[1]
    assert get(e, "vigil.process.deleted") is True, get(e, "vigil")
    assert get(e, "process.executable") == path


def test_script():
    """a script: the interpreter as image, the script as what was called"""
    path = temporary("script.sh")
    with open(path, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh -e\nexit 5\n")
    os.chmod(path, 0o755)
    t = Traced(path, "argument")
    e = t.one("exec")
    assert t.status == 5
    assert get(e, "process.executable") == "/usr/bin/dash"
    assert get(e, "process.args") == ["/bin/sh", "-e", path, "argument"]
    assert get(e, "vigil.process.filename") == path
    assert get(e, "vigil.process.script") is True


def test_vfork_and_clone3():
    """children of vfork and clone3 are seen, with the right parent"""
    for how in "vfork", "clone3":
        t = Traced(PROGRAM, how)
        e = [e for e in t.of("exec") if get(e, "process.args")[1:] == [f"by-{how}"]][0]
        root = t.of("exec")[0]
        assert get(e, "process.parent.entity_id") == get(root, "process.entity_id")
        born = [c for c in t.of("create")
                if get(c, "process.entity_id") == get(e, "process.entity_id")]
        assert len(born) == 1
        assert (get(born[0], "vigil.process.vfork") is True) == (how == "vfork")


def test_thread_that_execs():
    """a thread that execs takes its process over; its other threads are reported as ended"""
    t = Traced(PROGRAM, "exec-thread")
    e = [e for e in t.of("exec") if get(e, "process.args")[1:] == ["by-thread"]][0]
    root = t.of("exec")[0]
    assert get(e, "process.entity_id") == get(root, "process.entity_id")
    assert get(e, "vigil.process.by_thread") is True, get(e, "vigil")
    assert len(t.of("thread-create")) == 4
    assert len(t.of("thread-exit")) == 4  # three brothers and the old first thread
    assert len(t.of("exit")) == 1 and t.status == 0


def test_threads():
    """each thread's beginning and end"""
    t = Traced(PROGRAM, "threads", "500")
    born = {get(e, "process.thread.id") for e in t.of("thread-create")}
    died = {get(e, "process.thread.id") for e in t.of("thread-exit")}
    assert len(born) == 500 and born == died


def test_ends_at_once():
    """processes whose two threads end at the same time: the end of each thread and process"""
    t = Traced(ENDS, "20")
    assert t.status == 0 and len(t.of("thread-create")) == 20, t.errors
    assert len(t.of("exit")) == 41
    assert not unmatched_threads(t.events), unmatched_threads(t.events)


def test_first_thread_ends_first():
    """a process lives until its last thread ends"""
    t = Traced(PROGRAM, "leader-first")
    e = t.one("exit")
    assert t.status == 7 and get(e, "process.exit_code") == 7
    first = t.one("thread-exit")
    assert get(first, "process.thread.id") == get(e, "process.pid")
    assert get(e, "vigil.exit.lifetime") > 50_000_000


def test_orphan():
    """a process that outlives its parent keeps the one that started it as its parent"""
    t = Traced(PROGRAM, "orphan")
    e = [e for e in t.of("exec") if get(e, "process.args") == ["true", "orphan"]][0]
    middle = [c for c in t.of("create")
              if get(c, "process.entity_id") == get(e, "process.parent.entity_id")]
    assert len(middle) == 1
    end = [x for x in t.of("exit") if get(x, "process.entity_id") == get(e, "process.entity_id")]
    assert get(end[0], "process.parent.entity_id") == get(e, "process.parent.entity_id")


def test_daemons_and_nothing_else():
    """what daemonizes belongs to the trace, what others run does not"""
    other = subprocess.Popen(["sh", "-c", "while :; do /bin/true foreign; done"])
    try:
        t = Traced("sh", "-c", "setsid sh -c 'sleep 0.3; /bin/true late' >/dev/null 2>&1 & exit 4")
    finally:
        other.kill()
        other.wait()
    assert t.status == 4
    commands = [get(e, "process.command_line") for e in t.of("exec")]
    assert "/bin/true late" in commands, commands
    assert not any("foreign" in c for c in commands), commands
    assert len(t.of("exec")) == 5 and len(t.of("create")) == len(t.of("exit")), commands


def test_wait():
    """--wait 0 ends with the command, whatever it leaves running"""
    t = Traced("sh", "-c", "sleep 2 & exit 6", options=["--wait", "0"])
    assert t.status == 6
    assert not [e for e in t.of("exit") if get(e, "process.name") == "sleep"]


def test_signals_and_codes():
    """exit code, signal, and the status of vigil itself"""
    t = Traced(PROGRAM, "die", "9")
    assert t.status == 128 + 9
    assert get(t.one("exit"), "vigil.exit.signal") in (9, "SIGKILL"), get(t.one("exit"), "vigil")
    assert Traced("/bin/false").status == 1
    assert Traced("/nonexistent").status == 127
    assert Traced("no-such-command").status == 127
    assert Traced("/etc/passwd").status == 126


def test_core():
    """a core dump is reported"""
    with open("/proc/sys/kernel/core_pattern", encoding="ascii") as f:
        before = f.read()
    where = os.path.dirname(temporary("core"))
    with open("/proc/sys/kernel/core_pattern", "w", encoding="ascii") as f:
        f.write(where + "/core")
    try:
        t = Traced("sh", "-c", "ulimit -c unlimited; kill -SEGV $$")
    finally:
        with open("/proc/sys/kernel/core_pattern", "w", encoding="ascii") as f:
            f.write(before)
    e = t.one("exit")
    assert t.status == 128 + 11 and get(e, "vigil.exit.core") is True, get(e, "vigil")


def test_cpu_time():
    """CPU time and lifetime, as the process itself measures them"""
    e = Traced(PROGRAM, "spin", "300").one("exit")
    # The scheduler's account may be a tick late, and getrusage counts in ticks.
    assert 280_000_000 < get(e, "vigil.exit.cpu_time") < 400_000_000, get(e, "vigil")
    assert get(e, "vigil.exit.lifetime") >= get(e, "vigil.exit.cpu_time")
    e = Traced(PROGRAM, "nap", "200").one("exit")
    assert 200_000_000 <= get(e, "vigil.exit.lifetime") < 400_000_000
    assert (get(e, "vigil.exit.cpu_time") or 0) < 50_000_000


def test_library():
    """a library that is loaded late: path, address, size, offset, inode, build-id"""
    t = Traced(PROGRAM, "dlopen", LIBM)
    base, size, offset, inode = t.output.split()
    e = t.one("image", dll__path=LIBM)
    assert get(e, "vigil.image.base") == base
    assert get(e, "vigil.image.size") == mapped_first(LIBM, int(size))
    assert get(e, "vigil.image.offset") == int(offset)
    assert get(e, "vigil.image.inode") == inode
    assert get(e, "process.executable") == os.path.realpath(PROGRAM)
    notes = subprocess.run(["readelf", "-n", LIBM], capture_output=True, check=True).stdout
    assert b"Build ID: " + get(e, "vigil.build_id").encode() in notes


def test_images_belong_to_their_program():
    """every image of a program comes after its exec, in order of time, with its name"""
    t = Traced("sh", "-c", "/bin/true; /bin/ls / >/dev/null; exec /bin/echo hello")
    running = {}
    for e in t.events:
        pid = get(e, "process.pid")
        if get(e, "vigil.type") == "exec":
            running[pid] = get(e, "process.executable")
            seen = set()
        if get(e, "vigil.type") == "image":
            assert get(e, "process.executable") == running[pid], e
            if not seen:  # the first image of a program is itself
                assert get(e, "dll.path") == running[pid]
            seen.add(get(e, "dll.path"))
    times = [get(e, "@timestamp") for e in t.events]
    assert times == sorted(times)
    sequence = [get(e, "event.sequence") for e in t.events]
    assert sequence == sorted(set(sequence))


def test_elevated():
    """a set-user-id program: who asked, and the user that it runs as"""
    path = temporary("suid")
    shutil.copy(PROGRAM, path)
    os.chown(path, 0, 0)
    os.chmod(path, 0o4755 | stat.S_ISUID)
    t = Traced(path, "nothing", options=["--user", "nobody"])
    e = t.of("exec")[-1]
    assert get(e, "vigil.process.elevated") is True, (get(e, "vigil"), t.errors)
    assert get(e, "user.id") == str(NOBODY) and get(e, "user.effective.id") == "0", e["user"]


def test_as_user():
    """--user runs the command as that user"""
    t = Traced("sh", "-c", "id -u; echo $HOME", options=["--user", "nobody"])
    assert t.output.split() == [str(NOBODY), "/nonexistent"]
    assert get(t.of("exec")[0], "user.name") == "nobody"


def test_pid_namespace():
    """in a PID namespace both PIDs are reported"""
    t = Traced("unshare", "--pid", "--fork", "--mount-proc", "sh", "-c", "/bin/true inside; echo $$")
    e = [e for e in t.of("exec") if get(e, "process.command_line") == "/bin/true inside"][0]
    assert get(e, "process.vpid") == 2 and get(e, "process.pid") > 2
    outside = t.of("exec")[0]
    assert get(e, "vigil.namespace.pid") != get(outside, "vigil.namespace.pid")
    assert get(e, "vigil.namespace.mnt") != get(outside, "vigil.namespace.mnt")
    assert t.output.split() == ["1"]


def test_chroot():
    """in a chroot: the path as the process sees it, and where its root is"""
    root = os.path.dirname(temporary("x"))
    static = os.path.join(root, "program")
    shutil.copy(PROGRAM, static)
    for library in "lib", "lib64", "usr":
        os.mkdir(os.path.join(root, library))
    t = Traced("unshare", "--mount", "sh", "-c",
               f"for d in lib lib64 usr; do mount --bind /$d {root}/$d; done; "
               f"chroot {root} /program nothing")
    e = t.one("exec", process__executable="/program")
    # This test may run in a chroot itself.
    ours = get(t.one("exec", process__name="unshare"), "vigil.process.root") or ""
    assert get(e, "vigil.process.root") == ours + root, get(e, "vigil")
    assert get(e, "process.working_directory") == "/"


def test_container():
    """a container by its cgroup path alone"""
    name = "c0ffee" * 10 + "1234"
    bases = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
    base = [b for b in bases if os.path.exists(b + "/cgroup.procs")][0]
    group = f"{base}/docker-{name}.scope"
    os.mkdir(group)
    try:
        t = Traced("sh", "-c", f"echo $$ >{group}/cgroup.procs; /bin/true inside")
        e = [e for e in t.of("exec") if get(e, "process.command_line") == "/bin/true inside"][0]
        assert get(e, "container.id") == name, e
        assert get(e, "vigil.cgroup.path").endswith(f"/docker-{name}.scope")
        assert get(e, "vigil.cgroup.id") == str(os.stat(group).st_ino)
    finally:
        os.rmdir(group)


def cgroup(*parts):
    """A new cgroup; the first part is a hierarchy's folder below /sys/fs/cgroup."""
    path = "/sys/fs/cgroup/" + "/".join(parts)
    os.mkdir(path)
    cgroups.append(path)
    return path


cgroups = []


def remove_cgroups():
    while cgroups:
        os.rmdir(cgroups.pop())


def test_container_in_one_hierarchy():
    """a container that only one cgroup v1 hierarchy names, beside a group in v2"""
    if not os.path.exists("/sys/fs/cgroup/unified/cgroup.procs"):
        return  # no cgroup v1 here
    name = "0ddba11" * 9 + "0"
    for hierarchy in "systemd", "freezer", "pids":
        try:
            unit = cgroup("unified", "vigil-daemon.service")
            folder = cgroup(hierarchy, "docker")
            group = cgroup(hierarchy, "docker", name)
            t = Traced("sh", "-c", f"echo $$ >{unit}/cgroup.procs; echo $$ >{group}/cgroup.procs; "
                       "/bin/true inside; (exit 3)")
            e = [e for e in t.of("exec") if get(e, "process.args")[1:] == ["inside"]][0]
            assert get(e, "container.id") == name, (hierarchy, e)
            assert get(e, "vigil.cgroup.path") == "/vigil-daemon.service", e
            assert folder[len("/sys/fs/cgroup/" + hierarchy):] + "/" + name in \
                get(e, "vigil.cgroup.others"), e
            forked = [e for e in t.of("exit") if get(e, "process.exit_code") == 3][0]
            assert get(forked, "vigil.cgroup.path") == "/vigil-daemon.service", forked
        finally:
            remove_cgroups()


def test_forked_in_another_cgroup():
    """a process that only forked, in another cgroup than its parent's, which was reported before"""
    base = "unified" if os.path.exists("/sys/fs/cgroup/unified/cgroup.procs") else "."
    name = "feedbee" * 9 + "f"
    try:
        group = cgroup(base, f"docker-{name}.scope")
        t = Traced("sh", "-c", f"sh -c 'echo $$ >{group}/cgroup.procs; exec /bin/true'; "
                   f"exec {PROGRAM} fork-into {group}")
        assert t.status == 0, t.errors
        born = [e for e in t.of("create") if get(e, "vigil.cgroup.id") == str(os.stat(group).st_ino)]
        assert len(born) == 1, t.of("create")
        assert get(born[0], "container.id") == name, born
        assert get(born[0], "vigil.cgroup.path") == f"/docker-{name}.scope", born
        last = t.one("exit", process__entity_id=get(born[0], "process.entity_id"))
        assert get(last, "container.id") == name, last
    finally:
        remove_cgroups()


def test_leaders_and_ancestors():
    """session and group leaders, and as many ancestors as asked for"""
    t = Traced("sh", "-c", "setsid sh -c '/bin/true deep; exit 0'; exit 0",
               options=("--ancestors", "2"))
    e = [e for e in t.of("exec") if get(e, "process.args")[1:] == ["deep"]][0]
    outer, inner = t.of("exec", process__name="sh")
    for leader in "session_leader", "group_leader":
        assert get(e, f"process.{leader}.pid") == get(inner, "process.pid"), e
        assert get(e, f"process.{leader}.entity_id") == get(inner, "process.entity_id"), e
    # A process that the kernel started, and its children, are in session 0, which has no leader.
    assert get(outer, "process.session_leader.pid") == (os.getsid(0) or None), outer
    assert get(e, "process.Ext.ancestry") == [get(inner, "process.entity_id"),
                                              get(outer, "process.entity_id")], e
    assert get(e, "vigil.process.ancestors") == ["sh", "sh"], e
    for end in t.of("exit", process__pid=get(e, "process.pid")):
        assert get(end, "process.Ext.ancestry") == get(e, "process.Ext.ancestry"), end
        assert get(end, "process.session_leader") == get(e, "process.session_leader"), end


def test_working_directory():
    """the working directory, deep and with odd bytes"""
    deep = temporary("x")
    path = os.path.dirname(deep)
    for i in range(60):
        path = os.path.join(path, "directory number %d" % i)
    path = os.fsencode(path) + b"/\xfftail"
    os.makedirs(path)
    t = Traced("/bin/true", cwd=path)
    e = t.one("exec")
    assert raw(e, "process.working_directory") == path, get(e, "process.working_directory")


def test_tree_and_text():
    """the tree names every process; no line is wider than asked for"""
    for width in 80, 160:
        done = subprocess.run([VIGIL, "trace", "--width", str(width), "--", "sh", "-c",
                               "/bin/true " + "long " * 100 + "; (exit 3); /bin/false"],
                              capture_output=True, check=False, text=True)
        lines = done.stderr.splitlines()
        assert max(map(len, lines)) <= width, max(map(len, lines))
        heading = [i for i, l in enumerate(lines) if l.startswith("PID ")][0]
        tree, total = lines[heading + 1:-1], lines[-1]
        assert len(tree) == 4 and "├─ /bin/true" in tree[1] and "└─ /bin/false" in tree[3], tree
        assert total.startswith("4 processes, 3 execs"), total
        assert "2 failed" in total or "3 failed" in total, total


def test_tree_of_hidden_programs():
    """the tree marks programs without a file, and shows the path that argv[0] hides"""
    done = subprocess.run([VIGIL, "trace", "--quiet", "--width", "0", "--", "bash", "-c",
                           f"{PROGRAM} exec-memfd; {PROGRAM} exec-deleted {temporary('gone')};"
                           "(exec -a /usr/sbin/sshd sleep 0); :"],
                          capture_output=True, check=True, text=True)
    for shown in ("exec [memory only] [/memfd:hidden] in-memory nothing", "exec [deleted] /",
                  "sleep] /usr/sbin/sshd 0"):
        assert shown in done.stderr, done.stderr


def test_quiet_output_of_the_command():
    """the command's own output is untouched"""
    done = subprocess.run([VIGIL, "trace", "--quiet", "--no-tree", "--", "sh", "-c",
                           "echo out; echo err >&2"], capture_output=True, check=True, text=True)
    assert (done.stdout, done.stderr) == ("out\n", "err\n"), done


def test_signal_while_the_command_ends():
    """a SIGINT just before the command ends loses nothing of it"""
    for _ in range(5):
        t = Traced("sh", "-c", "trap '' INT; /bin/true; kill -INT $PPID; exit 3")
        assert t.status == 3, (t.status, t.errors)
        assert len(t.of("exec")) == len(t.of("create")) == 2, t.events
        assert len(t.of("exit")) == 2, [get(e, "process.command_line") for e in t.of("exit")]


def test_signals_are_passed_on():
    """what a process sends to vigil reaches the command: SIGINT, SIGTERM, SIGHUP"""
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        t = Traced("sh", "-c", f"kill -{int(number)} $PPID; exec sleep 20")
        assert t.status == 128 + number, (number, t.status, t.errors)
        assert [get(e, "vigil.exit.signal") for e in t.of("exit")] in ([number], [number.name]), t.events


def test_dispositions():
    """the command ignores the signals that vigil was started with ignored, and no others"""
    def ignored(*numbers):
        def ignore():
            for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these
                signal.signal(number, signal.SIG_DFL)
            for number in numbers:
                signal.signal(number, signal.SIG_IGN)
        done = subprocess.run([VIGIL, "trace", "--quiet", "--no-tree", "--", "sed", "-n",
                               "s/^SigIgn:.//p", "/proc/self/status"], capture_output=True,
                              preexec_fn=ignore, restore_signals=False, check=True, timeout=60)
        mask = int(done.stdout, 16)
        return {number for number in range(1, 32) if mask & 1 << number - 1}
    assert ignored() == set()
    for numbers in ({1}, {2, 3}, {13, 25}, {1, 2, 15}):
        assert ignored(*numbers) == numbers, (numbers, ignored(*numbers))


def test_hang_up():
    """when the terminal hangs up, the command ends by it, and the trace is whole"""
    path = temporary("hangup.txt")
    pid, terminal = pty.fork()
    if pid == 0:  # the session's first process, as a shell is, and in front
        os.execv(VIGIL, [VIGIL, "trace", "--output", path, "--", "sh", "-c",
                         "/bin/true marker; echo ready; exec sleep 30"])
    said = b""
    while b"ready" not in said:
        said += os.read(terminal, 1000)
    os.close(terminal)
    status = os.waitpid(pid, 0)[1]
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGHUP, status
    with open(path, encoding="utf-8") as f:
        text = f.read()
    assert "/bin/true marker" in text and "killed by SIGHUP" in text, text
    # Whether the shell has become sleep by then is left open.
    assert text.splitlines()[-1].startswith("2 processes, "), text


def test_peak_memory():
    """the peak memory of a small program is its own, not vigil's"""
    linked = subprocess.run(["ldd", VIGIL], capture_output=True, check=False).stdout
    e = Traced("/bin/true").one("exit")
    if b"san.so" not in linked:  # a sanitizer's own memory is there from the start
        assert get(e, "vigil.exit.max_memory") < 3 << 20, get(e, "vigil")
    e = Traced("python3", "-c", "x = b'x' * (64 << 20)").one("exit")
    assert get(e, "vigil.exit.max_memory") > 64 << 20, get(e, "vigil")


def test_waits_for_nothing_of_its_own():
    """the command's parent is vigil, which has no other child meanwhile"""
    t = Traced("sh", "-c", "ps -o pid= --ppid $PPID; echo $$; cat /proc/$PPID/comm")
    child, own, name = t.output.split()
    assert child == own and name == "vigil", t.output


run(globals())
