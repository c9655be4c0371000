# SPDX-License-Identifier: MIT
"""`--hash` on the real kernel: the hash is that of the file that ran, or there is none."""
import hashlib
import os
import shutil
import subprocess
import time

from live import PROGRAM, Watching, get, raw, run, temporary


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def copy_true(path, mark):
    """A separate program: /bin/true with something after it."""
    shutil.copy("/bin/true", path)
    with open(path, "ab") as f:
        f.write(mark)
    return sha256(path)


def of(events, path, kind="exec"):
    field = "process.executable" if kind == "exec" else "dll.path"
    return [e for e in events if get(e, "vigil.type") == kind and
            raw(e, field).startswith(path.encode())]


def hash_of(events, path):
    found = of(events, path)
    assert len(found) == 1, f"{len(found)} execs of {path}"
    return get(found[0], "process.hash.sha256")


def test_a_thousand_files():
    """A thousand programs, each run once: each has the hash of its file, in order"""
    watching = Watching("--type", "exec", "--hash", "--image", "*/vigil-hash-*")
    directory = os.path.dirname(temporary("x"))
    wanted = {}
    for i in range(1000):
        path = os.path.join(directory, f"vigil-hash-{i}")
        wanted[path] = copy_true(path, str(i).encode())
    time.sleep(0.02)  # what is younger when it runs is not hashed after its end
    for path in wanted:
        subprocess.run([path], check=True)
    events = of(watching.stop(), directory)
    assert [get(e, "process.executable") for e in events] == list(wanted), len(events)
    found = {get(e, "process.executable"): get(e, "process.hash.sha256") for e in events}
    missing = [path for path, value in found.items() if value is None]
    assert not missing, f"{len(missing)} without a hash"
    assert found == wanted


def test_libraries():
    """Libraries have the hash of theirs; what is seen again is not read again, and the same"""
    path = os.path.join(os.path.dirname(temporary("x")), "vigil-hash-true")
    copy_true(path, b"x")
    watching = Watching("--type", "image", "--hash", "--image", path)
    for _ in range(3):
        subprocess.run([path], check=True)
    events = watching.stop()
    libraries = [e for e in events if "libc.so" in (get(e, "dll.path") or "")]
    assert len(libraries) == 3, events
    for event in libraries:
        assert get(event, "dll.hash.sha256") == sha256(get(event, "dll.path")), event


def hash_while_it_runs(path, change):
    """The hash of a program whose file is changed while it runs."""
    watching = Watching("--type", "exec", "--hash")
    with subprocess.Popen([path, "60"]) as child:
        change()
        events = watching.wait_for(lambda e: get(e, "process.executable") == path)
        child.kill()
    watching.end()
    return hash_of(events, path)


def test_deleted():
    """A program that is deleted while it runs has its hash"""
    path = temporary("vigil-deleted")
    shutil.copy("/bin/sleep", path)
    wanted = sha256(path)
    assert hash_while_it_runs(path, lambda: os.unlink(path)) == wanted


def test_replaced():
    """A program replaced while it runs has the hash of what runs, not of what is there now"""
    path = temporary("vigil-replaced")
    shutil.copy("/bin/sleep", path)
    wanted = sha256(path)
    other = copy_true(path + ".new", b"other")
    found = hash_while_it_runs(path, lambda: os.rename(path + ".new", path))
    assert found == wanted and found != other


def test_rewritten():
    """A program rewritten in place after it ended: its own hash or none, never the new one"""
    directory = os.path.dirname(temporary("x"))
    watching = Watching("--type", "exec", "--hash")
    wanted = {}
    for i in range(100):
        path = os.path.join(directory, f"vigil-rewritten-{i}")
        wanted[path] = copy_true(path, str(i).encode())
        if i % 2:
            time.sleep(0.02)  # old enough to be hashed after its end
        subprocess.run([path], check=True)
        with open(path, "r+b") as f:
            f.write(b"not what ran")
    events = watching.stop()
    found = {get(e, "process.executable"): e for e in of(events, directory)}
    assert list(found) == list(wanted)
    for path, event in found.items():
        if get(event, "process.hash.sha256") is None:
            assert "sha256" in get(event, "vigil.unreadable"), event
        else:
            assert get(event, "process.hash.sha256") == wanted[path], path


def test_fifo():
    """A FIFO in the place of a program that has ended holds nothing up"""
    path = temporary("vigil-fifo")
    last = temporary("vigil-after-fifo")
    wanted = copy_true(last, b"last")
    time.sleep(0.02)
    watching = Watching("--type", "exec", "--hash")
    for i in range(20):
        copy_true(path, str(i).encode())
        subprocess.run([path], check=True)
        os.unlink(path)
        os.mkfifo(path)
        os.unlink(path)
    copy_true(path, b"")
    subprocess.run([path], check=True)
    os.unlink(path)
    os.mkfifo(path)
    subprocess.run([last], check=True)
    begun = time.monotonic()
    events = watching.stop()
    assert time.monotonic() - begun < 5
    assert hash_of(events, last) == wanted


def test_memory_only():
    """A program that lives in memory alone has its hash"""
    watching = Watching("--type", "exec", "--hash")
    script = ("import os; fd = os.memfd_create('vigil-memory', 0); "
              "os.write(fd, open('/bin/sleep', 'rb').read()); "
              "os.execve(fd, ['vigil-memory-only', '60'], {})")
    with subprocess.Popen(["python3", "-c", script]) as child:
        events = watching.wait_for(lambda e: get(e, "vigil.process.memory_only"))
        child.kill()
    watching.end()
    assert [get(e, "process.hash.sha256") for e in events] == [sha256("/bin/sleep")], events


def test_snapshot():
    """What already ran has its hash"""
    path = temporary("vigil-running")
    shutil.copy("/bin/sleep", path)
    with subprocess.Popen([path, "5"]) as child:
        watching = Watching("--hash", "--pid", str(child.pid), snapshot=True)
        events = watching.stop()
        child.kill()
    found = [get(e, "process.hash.sha256") for e in events if get(e, "vigil.type") == "existing"]
    assert found == [sha256(path)], events


def test_threads():
    """Files are read by separate processes: vigil has one thread, with --hash too"""
    for options in (), ("--hash",):
        watching = Watching("--type", "exec", *options)
        threads = len(os.listdir(f"/proc/{watching.process.pid}/task"))
        subprocess.run([PROGRAM], check=False, capture_output=True)
        watching.stop()
        assert threads == 1, (options, threads)


run(globals())
