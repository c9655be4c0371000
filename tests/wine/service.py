# SPDX-License-Identifier: MIT
"""`vigil.exe service` and the services that it installs, by Wine's service manager."""
import json
import os
import shutil
import time

from wine import BUILD, REGISTRY

DATA = "ProgramData/Vigil"
FILES = ("Program Files/Vigil/vigil.exe", "windows/system32/drivers/vigil.sys")


def put(wine):
    """The command and the driver side by side, as they are shipped."""
    directory = os.path.join(wine.c, "shipped")
    os.makedirs(directory, exist_ok=True)
    shutil.copy(os.path.join(BUILD, "vigil.exe"), directory)
    shutil.copy(os.path.join(BUILD, "kernel/windows/vigil.sys"), directory)


def vigil(wine, *arguments, status=0):
    done = wine.run(r"C:\shipped\vigil.exe", *arguments)
    assert done.returncode == status, f"vigil {arguments}: {done}"
    return done.stdout + done.stderr


def exists(wine, name):
    return os.path.exists(os.path.join(wine.c, name))


def read(wine, name):
    with open(os.path.join(wine.c, name), encoding="utf-8") as f:
        return f.read()


def keys(wine):
    """The keys of Vigil below the services, and the event log's."""
    found = []
    for key in (REGISTRY, REGISTRY + r"\EventLog"):
        lines = wine.run("reg", "query", key).stdout.splitlines()
        found += [line for line in lines if "vigil" in line.rsplit("\\", 1)[-1].lower()]
    return found


def logged(wine):
    return [json.loads(line) for line in read(wine, DATA + "/vigil.log").splitlines()]


def starts(events):
    return [e for e in events if e["vigil"].get("status", {}).get("state") == "started"]


def test_service_lives(wine):
    """install, start, stop, twice: the driver is loaded, its events are in the log"""
    put(wine)
    wine.install("rig")
    wine.service("start", "rig")
    assert "not installed" in vigil(wine, "service", "status", status=1)
    assert "not installed" in vigil(wine, "service", "start", status=1)
    assert "installed" in vigil(wine, "service", "install")
    assert all(exists(wine, name) for name in FILES)
    wine.join("vigil")
    assert "stopped" in vigil(wine, "service", "status", status=1)
    for times in (1, 2):
        vigil(wine, "service", "start")
        vigil(wine, "service", "start")  # again: it runs already
        state = vigil(wine, "service", "status")
        assert "driver   running" in state and "service  running, PID" in state, state
        time.sleep(0.5)
        vigil(wine, "service", "stop")
        vigil(wine, "service", "stop")
        assert "driver   stopped" in vigil(wine, "service", "status", status=1)
        assert len(starts(logged(wine))) == times, logged(wine)
    assert read(wine, DATA + "/service.log").count("0 lost, 0 not written") == 2


def test_service_is_mended(wine):
    """install completes an interrupted install, and keeps changed settings"""
    log = REGISTRY + r"\EventLog\Vigil-Sensor"
    wine.run("reg", "delete", log, "/v", "CustomSD", "/f", check=True)
    wine.run("reg", "add", log, "/v", "MaxSize", "/t", "REG_DWORD", "/d", "131072", "/f", check=True)
    vigil(wine, "service", "stop")
    wine.run("sc", "delete", "VigilService", check=True)
    os.remove(os.path.join(wine.c, FILES[1]))
    wine.setting("QueueBytes", 8 << 20)
    wine.run("reg", "delete", REGISTRY + r"\vigil\Parameters", "/v", "Policy", "/f", check=True)
    with open(os.path.join(wine.c, DATA, "vigil.conf"), "a", encoding="utf-8") as f:
        f.write("type = status\n")
    vigil(wine, "service", "install")
    parameters = wine.run("reg", "query", REGISTRY + r"\vigil\Parameters").stdout
    assert "0x800000" in parameters and "Policy" in parameters, parameters
    values = wine.run("reg", "query", log).stdout
    assert "0x20000" in values and "(A;;0x1;;;S-1-5-32-573)" in values, values
    source = wine.run("reg", "query", log + r"\Vigil").stdout
    assert r"C:\Program Files\Vigil\vigil.exe" in source, source
    assert read(wine, DATA + "/vigil.conf").endswith("type = status\n")
    vigil(wine, "service", "start")
    assert "stop" in vigil(wine, "service", "install", status=1)  # not while it runs
    vigil(wine, "service", "stop")


def test_service_bad_settings(wine):
    """A service that cannot run says why, where it says it will"""
    path = os.path.join(wine.c, DATA, "vigil.conf")
    with open(path, "a", encoding="utf-8") as f:
        f.write("keep = many\n")
    assert "service.log" in vigil(wine, "service", "start", status=2)
    assert "keep: invalid value `many`" in read(wine, DATA + "/service.log")
    vigil(wine, "service", "stop")


def test_service_goes(wine):
    """uninstall leaves the logs and changed settings; --purge leaves nothing"""
    assert len(keys(wine)) >= 3, keys(wine)
    vigil(wine, "service", "uninstall")
    assert not any(exists(wine, name) for name in FILES)
    assert sorted(os.listdir(os.path.join(wine.c, DATA))) == [
        "service.log", "vigil.conf", "vigil.log"]
    vigil(wine, "service", "uninstall", "--purge")
    assert not exists(wine, DATA) and not exists(wine, "Program Files/Vigil")
    assert keys(wine) == [], keys(wine)
    wine.service("stop", "rig")
    wine.uninstall("rig")


def test_run_is_no_service(wine):
    """run --service, not started by the service manager, says so"""
    assert "vigil service start" in vigil(wine, "run", "--service", status=2)
