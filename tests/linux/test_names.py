#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_names.py - files that are named to deceive: what maps code is told, and as what it is."""
import os
import shutil
import sys

from live import Traced, get, run, temporary

# Maps a file executable under the name that argv[1] asks for, in the directory argv[2].
SUBJECT = """
import ctypes, mmap, os, sys
kind, directory = sys.argv[1:3]
os.chdir(directory)
def map_executable(fd):
    mmap.mmap(fd, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_EXEC)
def make(name):
    fd = os.open(name, os.O_RDWR | os.O_CREAT, 0o700)
    os.ftruncate(fd, 4096)
    return fd
if kind == "named":
    fd = make("x (deleted)")
elif kind == "gone":
    fd = make("y")
    os.unlink("y")
elif kind == "memory":
    fd = os.memfd_create("z (deleted)")
    os.ftruncate(fd, 4096)
elif kind == "forged":  # what a memfd is called, as a file of one's own root
    ctypes.CDLL(None).unshare(0x00020000)
    os.chroot(".")
    fd = make("/memfd:w (deleted)")
elif kind == "deep":
    for _ in range(21):
        os.mkdir("d" * 250)
        os.chdir("d" * 250)
    fd = make("code")
elif kind == "anonymous":  # a library for calls of C may have mapped some before: in a new program
    def without_file(protection, later=0):
        memory = mmap.mmap(-1, 8192, mmap.MAP_PRIVATE, protection)
        if later:
            pointer = ctypes.addressof(ctypes.c_char.from_buffer(memory))
            ctypes.CDLL(None).mprotect(ctypes.c_void_p(pointer), 8192, later)
    def heap():
        libc = ctypes.CDLL(None)
        libc.sbrk.restype = ctypes.c_void_p
        page = (libc.sbrk(0) - 1) & ~4095
        libc.mprotect(ctypes.c_void_p(page), 4096, 7)
    for _ in range(20):
        without_file(7)
        without_file(3, 5)
        heap()
    if len(sys.argv) < 4:
        os.execv(sys.executable, [sys.executable, "-I", "-c", sys.orig_argv[3], kind, directory, "2"])
    if os.fork() == 0:
        without_file(7)
        os._exit(0)
    os.wait()
    fd = make("last")
map_executable(fd)
print(os.fstat(fd).st_ino)
"""


def traced(kind):
    """The directory, and the image loads of a subject that are of its own file."""
    directory = temporary(kind)
    os.mkdir(directory)
    trace = Traced(sys.executable, "-I", "-c", SUBJECT, kind, directory)
    assert trace.status == 0, trace.errors
    return directory, trace.of("image"), trace.output.strip()


def one(kind):
    directory, images, inode = traced(kind)
    found = [e for e in images if get(e, "vigil.image.inode") == inode]
    assert len(found) == 1, (kind, inode, [get(e, "dll.path") for e in images])
    return directory, found[0]


def test_named_deleted():
    """a file called `x (deleted)` is not told as another one called x"""
    directory, e = one("named")
    assert get(e, "dll.path") == directory + "/x (deleted)", e
    assert get(e, "vigil.image.deleted") is None, e


def test_deleted():
    """a file that has no name any more is marked"""
    directory, e = one("gone")
    path = get(e, "dll.path")
    if get(e, "vigil.image.deleted"):
        assert path == directory + "/y", e
    else:
        assert path == directory + "/y (deleted)" and get(e, "vigil.image.maybe_deleted"), e


def test_memory():
    """a memfd is told as memory, by its device, under the name it was given"""
    _, e = one("memory")
    assert get(e, "dll.path") == "/memfd:z (deleted)", e
    assert get(e, "vigil.image.memory_only") is True, e
    assert get(e, "vigil.image.maybe_deleted") is None, e


def test_forged_memory():
    """a file that is called as a memfd is told as a file"""
    _, e = one("forged")
    assert get(e, "vigil.image.memory_only") is None, e
    assert get(e, "dll.path") == "/memfd:w (deleted)", e


def test_anonymous():
    """executable memory without a file: the first of each kind in each program"""
    _, images, _ = traced("anonymous")
    found = [e for e in images if get(e, "vigil.image.anonymous")]
    kinds = [(get(e, "process.pid"), get(e, "dll.path"), get(e, "vigil.image.protection"))
             for e in found]
    pid = kinds[0][0]
    for kind in (("//anon", "rwx"), ("//anon", "rx"), ("[heap]", "rwx")):
        assert kinds.count((pid, *kind)) == 2, (kind, kinds)  # before its exec, and after it
    others = [kind for kind in kinds if kind[0] != pid]
    assert [kind[1:] for kind in others] == [("//anon", "rwx")], kinds
    assert all(get(e, "vigil.image.memory_only") for e in found), found


def test_length_that_is_not_known():
    """a path of more components than are kept: its full length is not a number"""
    directory = temporary("many")
    os.makedirs(os.path.join(directory, *["d"] * 150))
    trace = Traced("/bin/true", cwd=os.path.join(directory, *["d"] * 150))
    e = trace.one("exec")
    assert "directory" in get(e, "vigil.cut_head"), get(e, "vigil")
    assert get(e, "vigil")["cut"] == {"process.working_directory": None}, get(e, "vigil")


def test_path_too_long():
    """a file below a path longer than the kernel writes down: told, with what is known"""
    directory, images, _ = traced("deep")
    found = [e for e in images if "image" in (get(e, "vigil.unreadable") or [])]
    shutil.rmtree(directory)
    assert len(found) == 1, images
    e = found[0]
    assert not get(e, "dll.path"), e
    assert get(e, "vigil.image.base") and get(e, "vigil.image.size") == 4096, e


run(globals())
