# SPDX-License-Identifier: MIT
"""Rules: what they forbid does not start, whatever it is called; the rest does."""
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import live

START = os.environ["RULES_START"]
FIRST = os.environ["RULES_FIRST"]


def folder():
    """An empty separate folder."""
    path = live.temporary("x")
    return os.path.dirname(path)


def program(path):
    shutil.copy(FIRST, path)
    os.chmod(path, 0o755)
    return path


class Enforced(live.Watching):
    """`vigil watch --rules` with these lines, until the end of the with."""

    def __init__(self, *lines):
        self.rules = live.temporary("rules")
        self.write(*lines)
        super().__init__("--type", "denied,status", "--rules", self.rules)
        self.wait_for("are in force")

    def write(self, *lines):
        with open(self.rules + ".new", "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.rename(self.rules + ".new", self.rules)

    def statuses(self, text):
        try:
            with open(self.path, encoding="utf-8") as lines:
                return [live.loads(line) for line in lines if line.endswith("\n") and text in line]
        except ValueError:
            return []

    def wait_for(self, text, count=1):
        deadline = time.monotonic() + 20
        while len(self.statuses(text)) < count:
            assert self.process.poll() is None, self.process.stderr.read()
            assert time.monotonic() < deadline, f"nothing said: {text}"
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.events = self.stop()

    def denied(self, rule):
        return [e for e in self.events if live.get(e, "vigil.type") == "denied" and
                live.get(e, "rule.name") == rule]


def runs(*argv, mark=None, **kwargs):
    """Whether a program that makes `mark` first may start."""
    if mark is None:
        mark = live.temporary("mark")
    try:
        status = subprocess.run([*argv, mark], capture_output=True, timeout=60, check=False,
                                **kwargs).returncode
    except PermissionError:
        status = 126
    ran = os.path.exists(mark)
    assert ran == (status == 0), f"{argv}: status {status}, ran {ran}"
    return ran


def test_never_an_instruction():
    """2 x 1,000 starts of a forbidden program beside 2 x 1,000 of an allowed one: none and all"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with Enforced(f"deny path={bad} id=bad") as enforced:
        marks = [live.temporary("mark") for _ in range(2)]
        both = [subprocess.Popen([START, "1000", bad, good, mark], stdout=subprocess.PIPE)
                for mark in marks]
        for process in both:
            refused, fine, _, _ = process.communicate(timeout=120)[0].split()
            assert (int(refused), int(fine)) == (1000, 1000), (refused, fine)
        assert not any(os.path.exists(mark) for mark in marks)
    events, arguments = enforced.denied("bad"), []
    assert len(events) == 2000, len(events)
    assert sorted(live.get(e, "vigil.denied.hits") for e in events) == list(range(1, 2001))
    for event in events:
        assert live.get(event, "event.outcome") == "failure"
        assert live.get(event, "event.action") == "denied"
        assert live.get(event, "vigil.denied.verdict") == "deny"
        arguments.append(live.get(event, "vigil.denied.args"))
        if arguments[-1] is None:  # a helper had 100 ms to read them
            assert "args" in live.get(event, "vigil.unreadable"), event
            continue
        assert arguments[-1] in ([bad, marks[0]], [bad, marks[1]]), event
    assert arguments.count(None) < 1000, "the arguments of most are missing"
    times = [live.get(e, "@timestamp") for e in enforced.events]
    assert times == sorted(times)


def test_by_name_among_all():
    """A name, a pattern and a folder, under load of 1,000 allowed starts each"""
    here = folder()
    os.mkdir(here + "/in")
    cases = {"name=bad-name": here + "/bad-name", f"folder={here}/in": here + "/in/x",
             f"pattern={here}/b?d-*": here + "/bxd-7"}
    good = program(here + "/good")
    for word, path in cases.items():
        program(path)
        with Enforced(f"deny {word} id=it", f"allow path={good}"):
            mark = live.temporary("mark")
            out = subprocess.run([START, "300", path, good, mark], capture_output=True,
                                 timeout=120, check=True).stdout.split()
            assert out[:2] == [b"300", b"300"], out
            assert not os.path.exists(mark)


def test_other_names_of_the_file():
    """Links, bind mounts, other namespaces, descriptors, PATH: the file itself is meant"""
    here = folder()
    bad = program(here + "/bad")
    os.symlink(bad, here + "/symbolic")
    os.link(bad, here + "/hard")
    os.mkdir(here + "/other")
    os.link(bad, here + "/other/moved")
    program(here + "/point")
    os.mkdir(here + "/root")
    with Enforced(f"deny path={bad} id=bad"):
        for path in (bad, here + "/symbolic", here + "/hard", here + "/other/moved"):
            assert not runs(path), path
        assert not runs("bad", env={"PATH": here}), "PATH"
        assert not runs(START, "exec", bad), "execveat"
        assert not runs("unshare", "-m", "sh", "-c",
                        f'mount --bind {bad} {here}/point && exec {here}/point "$1"', "sh"), "bind"
        assert not runs("unshare", "-m", "sh", "-c",
                        f'mount --bind {here} {here}/root && exec {here}/root/bad "$1"',
                        "sh"), "bind of a folder"
        mark = live.temporary("mark")
        assert not runs("chroot", here, "/bad", mark=mark), "chroot"
        assert runs(here + "/point"), "an allowed one"


LOADER = "/lib64/ld-linux-x86-64.so.2"


def test_what_is_not_covered():
    """Copies and memory files start, as documented"""
    here = folder()
    bad = program(here + "/bad")
    with Enforced(f"deny path={bad}"):
        shutil.copy(bad, here + "/copy")
        assert runs(here + "/copy"), "a copy"
        assert runs(START, "memfd", bad), "a copy in memory"


def test_dynamic_loader():
    """ld.so PROGRAM: covered by path=, which is asked when the loader opens the program"""
    here = folder()
    sh = shutil.copy("/bin/sh", here + "/sh")
    os.symlink(sh, here + "/symbolic")
    command = ("-c", ': >"$1"', "sh")
    with Enforced(f"deny path={sh} id=sh") as enforced:
        assert not runs(sh, *command)
        for name in (sh, here + "/symbolic"):
            mark = live.temporary("mark")
            assert subprocess.run([LOADER, name, *command, mark], capture_output=True,
                                  timeout=60, check=False).returncode != 0
            assert not os.path.exists(mark), "through ld.so"
        with open(sh, "rb") as file:
            assert file.read(4) == b"\x7fELF", "reading it is allowed"
        assert runs(LOADER, "/bin/sh", *command), "an allowed one through ld.so"
    assert len(enforced.denied("sh")) == 3
    with Enforced(f"deny folder={here}"):
        assert runs(LOADER, sh, *command), "folder= does not see it"


def test_dynamic_loader_mounted():
    """ld.so PROGRAM, where ld.so is mounted under another name: covered"""
    if os.stat(LOADER).st_nlink > 1:  # rules.md: not covered
        raise live.Skip("root has made a hard link of the loader; perf does, in ~/.debug")
    here = folder()
    sh, mark = shutil.copy("/bin/sh", here + "/sh"), live.temporary("mark")
    program(here + "/other")
    with Enforced(f"deny path={sh} id=sh") as enforced:
        assert subprocess.run(["unshare", "-m", "sh", "-c", f'mount --bind {LOADER} {here}/other && '
                               f'exec {here}/other {sh} -c ": >{mark}"'], capture_output=True,
                              timeout=60, check=False).returncode != 0
        assert not os.path.exists(mark), "through ld.so under another name"
    assert len(enforced.denied("sh")) == 1


def deep_folder(here, levels=21):
    """A descriptor of a folder whose path is longer than PATH_MAX."""
    at = os.open(here, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(levels):
        os.mkdir("d" * 200, dir_fd=at)
        below = os.open("d" * 200, os.O_RDONLY | os.O_DIRECTORY, dir_fd=at)
        os.close(at)
        at = below
    os.fchmod(at, 0o755)
    return at


def copy_into(folder_fd, source, name="bad"):
    fd = os.open(name, os.O_WRONLY | os.O_CREAT, 0o755, dir_fd=folder_fd)
    with open(source, "rb") as file, os.fdopen(fd, "wb") as copy:
        shutil.copyfileobj(file, copy)


def test_long_paths():
    """A path longer than PATH_MAX: refused where a rule may mean it, and reported"""
    here = folder()
    os.mkdir(here + "/bad.d")
    deep = deep_folder(here + "/bad.d")
    copy_into(deep, FIRST)

    def run_deep():
        return runs("./bad", preexec_fn=lambda: os.fchdir(deep))

    with Enforced(f"deny folder={here}/bad.d id=f") as enforced:
        assert not run_deep()
    event, = enforced.denied("unknown")
    assert live.get(event, "vigil.denied.verdict") == "deny", event
    inode = os.stat("bad", dir_fd=deep).st_ino
    assert live.get(event, "file.inode") == str(inode), event
    assert live.get(event, "vigil.unreadable") == ["image"], event
    with Enforced("unknown audit", "deny name=x") as enforced:
        assert run_deep()
    event, = enforced.denied("unknown")
    assert live.get(event, "vigil.denied.verdict") == "audit", event
    with Enforced("unknown allow", "deny name=x") as enforced:
        assert run_deep()
        time.sleep(1.5)
        listed = subprocess.run([live.VIGIL, "rules", "list", "--rules", enforced.rules],
                                capture_output=True, timeout=60, check=True).stdout.decode()
        assert ["unknown", "1", "unknown", "allow"] in [line.split() for line in
                                                        listed.splitlines()], listed
    assert not enforced.denied("unknown")
    with Enforced("audit name=x"):
        assert run_deep(), "an audit rule refuses nothing"
    os.close(deep)


# mount(8) and cd of the shell make paths whole, and fail if they are too long.
BIND = ("import ctypes, os, sys; a = [x.encode() for x in sys.argv[1:]]; "
        "ctypes.CDLL(None).mount(a[0], a[1], None, 4096, None) and sys.exit(99); "
        "os.chdir(a[1]); os.execv(b'./bad', [b'./bad', a[2]])")


def test_own_mounts():
    """In a separate mount namespace the caller chooses the path that the kernel reports"""
    here = folder()
    os.makedirs(here + "/bad.d/in")
    for name in ("elsewhere", "empty", "deep"):
        os.mkdir(f"{here}/{name}")
    bad, evil = program(here + "/bad.d/bad"), program(here + "/bad.d/evil")
    good = program(here + "/bad.d/good")
    deep = deep_folder(here + "/deep")
    copy_into(deep, FIRST)
    os.mkdir("other", dir_fd=deep)
    cases = {
        "a folder bound elsewhere": f'mount --bind {here}/bad.d {here}/elsewhere && '
                                    f'exec {here}/elsewhere/bad "$1"',
        "a detached mount": f'mount --bind {here}/bad.d {here}/elsewhere && cd {here}/elsewhere && '
                            f'umount -l {here}/elsewhere && exec ./bad "$1"',
        "bound over an allowed name": f'mount --bind {evil} {good} && exec {good} "$1"',
        "bound where the path is too long": f'{sys.executable} -c "{BIND}" {here}/bad.d other "$1"',
    }
    with Enforced(f"allow path={good}", f"deny folder={here}/bad.d id=f",
                  f"deny path={here}/none id=p") as enforced:
        assert runs(good)
        for name, script in cases.items():
            assert not runs("unshare", "-m", "sh", "-c", script, "sh",
                            preexec_fn=lambda: os.fchdir(deep)), name
    assert len(enforced.denied("f")) == len(cases), enforced.events
    assert bad and not enforced.denied("unknown")
    with Enforced(f"deny path={bad} id=p"):
        for name in ("a folder bound elsewhere", "bound where the path is too long"):
            assert not runs("unshare", "-m", "sh", "-c", cases[name], "sh",
                            preexec_fn=lambda: os.fchdir(deep)), name
    os.close(deep)


def test_ancestors():
    """ancestor=: any program further up; parent= is evaded by one program in between"""
    here = folder()
    bad = program(here + "/bad")
    server = shutil.copy("/bin/sh", here + "/server")
    for name, line in (("outer", f'/bin/sh {here}/inner "$@"; exit $?'), ("inner", '"$@"; exit $?')):
        with open(f"{here}/{name}", "w", encoding="utf-8") as file:
            file.write(line + "\n")
    near, far = (server, here + "/inner", bad), (server, here + "/outer", bad)
    with Enforced(f"deny path={bad} parent={server} id=parent"):
        assert not runs(*near)
        assert runs(*far), "two programs in between"
    for word in (server, "server", here + "/ser*"):
        with Enforced(f"deny path={bad} ancestor={word} id=ancestor") as enforced:
            assert not runs(*near)
            assert not runs(*far), "two programs in between"
            assert runs(bad)
        assert len(enforced.denied("ancestor")) == 2


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def test_hashes():
    """hash=: copies under any name; an exception by content; a change is seen"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with open(good, "ab") as file:
        file.write(b"\0")
    with Enforced(f"deny hash={sha256(bad)} id=h") as enforced:
        copy = shutil.copy(bad, here + "/copy")
        for path in (bad, copy, bad, copy):
            assert not runs(path), path
        assert runs(good) and runs(good)
        shutil.copy(bad, good)
        assert not runs(good), "its content is that of the forbidden one now"
        with open(good, "ab") as file:
            file.write(b"\0")
        assert runs(good), "and now it is not"
    assert len(enforced.denied("h")) == 5, enforced.events
    assert not enforced.denied("unknown")
    with Enforced(f"allow hash=sha256:{sha256(good)}", f"deny folder={here} id=f") as enforced:
        assert runs(good) and runs(good)
        assert not runs(bad)
    assert len(enforced.denied("f")) == 1 and not enforced.denied("unknown")
    # A file that is too large to be read in time, and rules that come and go meanwhile.
    large = shutil.copy(bad, here + "/large")
    os.truncate(large, 300 << 20)
    with Enforced(f"deny hash={sha256(bad)} id=h") as enforced:
        assert not runs(large)
        enforced.write("unknown allow", f"deny hash={sha256(bad)} id=h")
        enforced.wait_for("are in force", 2)
        assert runs(large)
        assert not runs(bad)
    assert len(enforced.denied("unknown")) == 1


def test_hashes_under_load():
    """Hashes while programs are started, and while the rules are replaced"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with open(good, "ab") as file:
        file.write(b"\0")
    rule = f"deny hash={sha256(bad)} id=h"
    with Enforced(rule) as enforced:
        mark = live.temporary("mark")
        process = subprocess.Popen([START, "500", bad, good, mark], stdout=subprocess.PIPE)
        count = 0
        while process.poll() is None:
            enforced.write(rule, f"# {count}")
            os.utime(bad)  # its hash is to be read again
            time.sleep(0.02)
            count += 1
        refused, fine, _, _ = process.communicate(timeout=120)[0].split()
        assert (int(refused), int(fine)) == (500, 500), (refused, fine, count)
        assert not os.path.exists(mark)
    assert not enforced.denied("unknown"), enforced.denied("unknown")


def test_scripts():
    """A forbidden script does not start; nor does a script of a forbidden interpreter"""
    here = folder()
    sh = shutil.copy("/bin/sh", here + "/sh")
    for name, interpreter in (("one", "/bin/sh"), ("two", sh)):
        with open(f"{here}/{name}", "w", encoding="utf-8") as script:
            script.write(f'#!{interpreter}\n: >"$1"\n')
        os.chmod(f"{here}/{name}", 0o755)
    with Enforced(f"deny path={here}/one id=one", f"deny path={sh} id=sh") as enforced:
        assert not runs(here + "/one")
        assert not runs(here + "/two")
        assert runs("/bin/sh", here + "/one"), "the script as data of another program"
    assert len(enforced.denied("one")) == 1
    assert len(enforced.denied("sh")) == 1


def test_replaced():
    """A file that takes the place of a forbidden one is forbidden from its first moment"""
    here = folder()
    bad = program(here + "/bad")
    with Enforced(f"deny path={bad}", f"deny path={here}/later/on/bad"):
        for i in range(100):
            os.rename(program(f"{here}/new{i}"), bad)
            assert not runs(bad), i
        os.makedirs(here + "/later/on")
        # The folder is new: it takes a moment until it is marked, longer on a busy machine.
        program(here + "/later/on/bad")
        deadline = time.monotonic() + 5
        while runs(here + "/later/on/bad"):
            assert time.monotonic() < deadline, "a folder on the way that is made again"
            time.sleep(0.05)


def test_passed_by_then_renamed():
    """A program that was passed by is judged again when root gives it a forbidden name"""
    place = "/usr/local/lib/vigil-test-rules"
    os.makedirs(place, mode=0o755, exist_ok=True)
    try:
        good = program(place + "/good")
        with Enforced("deny name=vigil-test-bad"):
            for _ in range(3):
                assert runs(good)
            os.rename(good, place + "/vigil-test-bad")
            time.sleep(0.5)
            assert not runs(place + "/vigil-test-bad")
            program(good)
            assert runs(good)
            os.link(good, place + "/again")
            os.rename(place + "/again", place + "/vigil-test-bad")
            time.sleep(0.5)
            assert not runs(place + "/vigil-test-bad")
    finally:
        shutil.rmtree(place)


def test_for_whom():
    """A rule for a user, one for a parent, an exception before a wider rule, an audit"""
    here = folder()
    for name in ("bad", "other", "seen"):
        program(f"{here}/{name}")
    sh = shutil.copy("/bin/sh", here + "/server")
    os.chmod(here, 0o777)
    with Enforced(f"allow path={here}/bad user=root", f"deny path={here}/bad id=user",
                  f"deny name=other parent={sh} id=parent",
                  f"audit path={here}/seen id=seen") as enforced:
        assert runs(here + "/bad")
        assert not runs("setpriv", "--reuid=65534", "--clear-groups", here + "/bad",
                        mark=here + "/mark1")
        assert runs(here + "/other")
        assert not runs(sh, "-c", f'{here}/other "$1"; exit $?', "sh")
        assert not runs(sh, "-c", f'exec {here}/other "$1"', "sh")
        assert runs(here + "/seen")
    user, = enforced.denied("user")
    assert live.get(user, "user.effective.id") == "65534", user
    assert len(enforced.denied("parent")) == 2
    seen, = enforced.denied("seen")
    assert live.get(seen, "vigil.denied.verdict") == "audit"


def test_edits():
    """An edit takes effect as a whole; one with a mistake changes nothing and is reported"""
    here = folder()
    one, two = program(here + "/one"), program(here + "/two")
    with Enforced(f"deny path={one} id=one") as enforced:
        assert not runs(one) and runs(two)
        enforced.write(f"deny path={two} id=two", f"  deny pat={one}")
        enforced.wait_for(f"{enforced.rules}:2:8: unknown word `pat`")
        assert not runs(one) and runs(two)
        enforced.write(f"deny path={two} id=two")
        enforced.wait_for("are in force", 2)
        assert runs(one) and not runs(two)
        os.unlink(enforced.rules)
        enforced.wait_for("stay in force", 2)
        assert not runs(two)
        enforced.write(f"deny path={one} id=one", f"deny path={two} id=two")
        enforced.wait_for("are in force", 3)
        listed = subprocess.run([live.VIGIL, "rules", "load", "--rules", enforced.rules],
                                capture_output=True, timeout=60, check=True).stdout.decode()
        assert "2 rules" in listed, listed
        assert not runs(one) and not runs(one)
        time.sleep(1.5)
        listed = subprocess.run([live.VIGIL, "rules", "list", "--rules", enforced.rules],
                                capture_output=True, timeout=60, check=True).stdout.decode()
        # What matched before the edits counts on: two keeps its id in two of the sets.
        hits = dict(line.split()[:2] for line in listed.splitlines()[1:])
        assert hits == {"one": "2", "two": "2", "unknown": "0"}, listed


def test_rewritten_in_place():
    """1,000 times truncated and written again: the forbidden program never starts"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    text = "# a comment\n" * 50 + f"deny path={bad} id=bad\n" + "# another\n" * 50
    with Enforced(*text.splitlines()) as enforced:
        mark = live.temporary("mark")
        process = subprocess.Popen([START, "2500", bad, good, mark], stdout=subprocess.PIPE)
        rewritten = 0
        while process.poll() is None:
            # Now in one piece, now in many; with a moment in which it is empty and closed.
            with open(enforced.rules, "w", encoding="utf-8") as file:
                for piece in [text] if rewritten % 3 else text.splitlines(keepends=True):
                    file.write(piece)
                    file.flush()
            if rewritten % 5 == 0:
                os.truncate(enforced.rules, 0)
                time.sleep(0.01)
                with open(enforced.rules, "w", encoding="utf-8") as file:
                    file.write(text)
            rewritten += 1
            time.sleep(0.002)
        refused = int(process.communicate(timeout=120)[0].split()[0])
        print(f"# {rewritten} rewrites, {refused} of 2,500 refused")
        assert refused == 2500 and not os.path.exists(mark), refused
        assert rewritten >= 50, rewritten
        # A writer that pauses in the middle, and one that leaves an empty file.
        with open(enforced.rules, "w", encoding="utf-8") as file:
            file.write("# the rules will follow\n")
            file.flush()
            time.sleep(1)
            assert not runs(bad), "a writer paused"
            file.write(f"deny path={good} id=good\n")
        deadline = time.monotonic() + 5
        while runs(good):
            assert time.monotonic() < deadline, "the new rules never came into force"
        assert runs(bad)
        with open(enforced.rules, "w", encoding="utf-8"):
            pass
        assert not runs(good), "an empty file takes a while"
        while not runs(good):
            assert time.monotonic() < deadline, "an empty file never came into force"


def test_swapped_under_load():
    """40 swaps of the whole set while forbidden programs are started: none gets through"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with Enforced("deny name=bad") as enforced:
        mark = live.temporary("mark")
        process = subprocess.Popen([START, "3000", bad, good, mark], stdout=subprocess.PIPE)
        for i in range(40):
            enforced.write(f"deny path={bad}" if i % 2 else f"deny folder={here}",
                           f"allow path={good}") if i % 3 else enforced.write(
                               f"allow path={good}", "deny name=bad")
            time.sleep(0.02)
        refused, fine, _, _ = process.communicate(timeout=120)[0].split()
        assert int(refused) == 3000, refused
        assert not os.path.exists(mark)


def test_killed():
    """kill -9 of the enforcer, while it has questions: the machine continues"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    for _ in range(5):
        enforced = Enforced("deny name=bad", f"audit folder={here}")
        process = subprocess.Popen([START, "500", bad, good, live.temporary("mark")],
                                   stdout=subprocess.PIPE)
        time.sleep(0.05)
        enforced.process.send_signal(signal.SIGKILL)
        enforced.process.wait(timeout=20)
        process.communicate(timeout=60)
        assert runs(bad)


def test_hostile_caller():
    """Who makes a look at its arguments wait forever is refused soon, and delays no other start"""
    here = folder()
    bad, other = program(here + "/bad"), program(here + "/other")
    with Enforced(f"deny path={bad} id=bad", f"deny path={other} id=other") as enforced:
        hostile = subprocess.Popen([START, "hang", bad], stdout=subprocess.PIPE)
        error, took = hostile.stdout.readline().split()
        assert int(error) == 1 and int(took) < 5000, (error, took)
        for _ in range(20):
            begun = time.monotonic()
            assert not runs(other)
            assert time.monotonic() - begun < 5
        hostile.kill()
        hostile.wait()
    event, = enforced.denied("bad")
    assert "args" in live.get(event, "vigil.unreadable"), event
    assert len(enforced.denied("other")) == 20


def test_no_descriptors():
    """Without a descriptor the kernel cannot ask: it refuses the start, and that is reported"""
    here = folder()
    bad, good = program(here + "/bad"), program(here + "/good")
    with Enforced("deny name=bad id=bad") as enforced:
        pid = enforced.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        mark = live.temporary("mark")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, before[1]))
        for path in (bad, good):
            try:
                status = subprocess.run([path, mark], timeout=20, check=False).returncode
            except OSError:
                status = 126
            assert status != 0 and not os.path.exists(mark), path
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        assert runs(good) and not runs(bad)
        enforced.wait_for("could not open their files for the sensor: Too many open files")


def test_ends():
    """It ends by itself with rules in force, and they end with it"""
    here = folder()
    bad = program(here + "/bad")
    rules = live.temporary("rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("deny name=bad\n")
    result = subprocess.run([live.VIGIL, "watch", "--rules", rules, "--duration", "1s"],
                            capture_output=True, timeout=30, check=False)
    assert result.returncode == 0, result.stderr
    assert runs(bad)


def test_ten_thousand():
    """10,000 rules: read in less than a second, in force soon, and exact"""
    here = folder()
    bad = program(here + "/bad")
    lines = [f"deny path=/usr/lib/none/{i % 50}/program-{i}" for i in range(5000)]
    lines += [f"deny name=none-{i}" for i in range(4000)]
    lines += [f"deny folder=/opt/none/{i}" for i in range(999)] + [f"deny path={bad} id=bad"]
    begun = time.monotonic()
    rules = live.temporary("rules")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    result = subprocess.run([live.VIGIL, "rules", "test", bad, "--rules", rules],
                            capture_output=True, timeout=60, check=False)
    took = time.monotonic() - begun
    assert result.returncode == 7, result
    print(f"# 10,000 rules read, resolved and asked in {took:.2f} s")
    assert took < 1 or os.getloadavg()[0] > 2, took
    with Enforced(*lines):
        assert not runs(bad)
        assert runs(program(here + "/good"))


live.run(globals())
