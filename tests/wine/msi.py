# SPDX-License-Identifier: MIT
"""msi.py - the MSI in Wine's msiexec, silently: install, repair, upgrade, remove.

Wine's `msiexec /f` does nothing; the properties that it stands for repair. Wine's upgrade removes
the earlier version without the property UPGRADINGPRODUCTCODE, which Windows sets: so that removal is
a separate step here, with the property.
"""
import glob
import os
import shutil
import subprocess

from service import DATA, FILES, exists, keys, read
from wine import BUILD, REGISTRY

PROGRAM = r"C:\Program Files\Vigil\vigil.exe"
PROGRAMS = "Program Files/Vigil"
PATH = r"HKLM\System\CurrentControlSet\Control\Session Manager\Environment"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"
NEXT = os.path.join(BUILD, "packaging/windows/next.msi")


def first():
    """The MSI that is shipped."""
    (path,) = glob.glob(os.path.join(BUILD, "vigil-*-windows-x64.msi"))
    return path


def code(path):
    """The product code of an MSI."""
    return dict(table(path, "Property"))["ProductCode"]


def table(path, name):
    text = subprocess.run(["msiinfo", "export", path, name], check=True, capture_output=True,
                          text=True).stdout
    return [line.split("\t") for line in text.splitlines()[3:]]


def msiexec(wine, *arguments):
    done = wine.run("msiexec", *arguments, "/qn")
    assert done.returncode == 0, done


def path_variable(wine):
    return wine.run("reg", "query", PATH, "/v", "PATH").stdout


def products(wine):
    """How many Vigils the list of programs shows."""
    return wine.run("reg", "query", UNINSTALL, "/s").stdout.count("The Vigil authors")


def state(wine):
    return wine.run(PROGRAM, "service", "status").stdout


def parameters(wine):
    return wine.run("reg", "query", REGISTRY + r"\vigil\Parameters").stdout


def is_running(wine):
    return "driver   running" in state(wine) and "service  running" in state(wine)


def test_tables(_):
    """the order and kinds of what the MSI does are those that Windows Installer permits"""
    order = [action for action, _, number in
             sorted(table(first(), "InstallExecuteSequence"), key=lambda row: int(row[2]))]
    wanted = ("FindRelatedProducts", "LaunchConditions", "InstallValidate", "RemoveExistingProducts",
              "InstallInitialize", "StopServices", "RemoveEnvironmentStrings", "RemoveService",
              "StopForUpgrade", "RemoveFiles", "InstallFiles", "StopService", "UndoService",
              "InstallService", "StartService", "WriteEnvironmentStrings", "InstallFinalize")
    assert [action for action in order if action in wanted] == list(wanted), order
    kinds = {row[0]: int(row[1]) for row in table(first(), "CustomAction")}
    for action, kind in kinds.items():
        assert kind & 0x3f == 18 and kind & 0xc00 == 0xc00, (action, kind)  # deferred, as SYSTEM
        assert bool(kind & 0x100) == (action == "UndoService"), (action, kind)  # rollback
        assert bool(kind & 0x40) == (action not in ("InstallService", "RemoveService")), kind
    assert all(int(row[3]) & 256 for row in table(first(), "Component"))  # 64-bit
    assert table(first(), "Environment") == [["Path", "=-*PATH", "[~];[Program]", "Command"]]


def test_dialogs(_):
    """every button, dialog and condition of the dialogs refers to what exists, and can be left"""
    path = first()
    dialogs = {row[0]: row for row in table(path, "Dialog")}
    controls = {(row[0], row[1]): row for row in table(path, "Control")}
    events = table(path, "ControlEvent")
    for name, row in dialogs.items():
        assert all((name, control) in controls for control in row[7:10]), row
        ends = {event[1] for event in events if event[0] == name and event[2] in (
            "EndDialog", "SpawnDialog")}
        buttons = {key[1] for key, row in controls.items()
                   if key[0] == name and row[2] == "PushButton"}
        assert buttons and buttons == ends, (name, buttons, ends)
    for (dialog, _), row in controls.items():
        left, top, width, height = map(int, row[3:7])
        assert left + width <= int(dialogs[dialog][3]) and top + height <= int(dialogs[dialog][4]), row
        assert not row[10] or (dialog, row[10]) in controls, row
    for row in events:
        assert tuple(row[:2]) in controls and (row[2] != "SpawnDialog" or row[3] in dialogs), row
    for row in table(path, "ControlCondition") + table(path, "EventMapping"):
        assert tuple(row[:2]) in controls, row
    sequence = {row[0]: int(row[2]) for row in table(path, "InstallUISequence")}
    assert dict(table(path, "Property"))["ErrorDialog"] in dialogs
    assert {-1, -2, -3} <= {sequence[name] for name in dialogs if name in sequence}, sequence
    assert sequence["CostFinalize"] < sequence["Start"] < sequence["Progress"] < sequence["ExecuteAction"]


def test_install(wine):
    """installs files, both services, PATH, settings and the event log's source; START=no"""
    wine.install("rig")
    wine.service("start", "rig")
    shutil.copy(first(), os.path.join(wine.c, "vigil.msi"))
    shutil.copy(NEXT, wine.c)
    msiexec(wine, "/i", r"C:\vigil.msi", "START=no")
    assert sorted(os.listdir(os.path.join(wine.c, PROGRAMS))) == [
        "LICENSE.txt", "vigil.exe", "vigil.sys"]
    assert all(exists(wine, name) for name in FILES)
    assert exists(wine, DATA + "/vigil.conf")
    assert len(keys(wine)) == 3, keys(wine)
    assert path_variable(wine).rstrip().endswith(";C:\\Program Files\\Vigil\\")
    assert products(wine) == 1 and "service  stopped" in state(wine), state(wine)


def test_repair(wine):
    """repairs what is missing: a file, a service, the driver's copy; keeps settings; starts"""
    with open(os.path.join(wine.c, DATA, "vigil.conf"), "a", encoding="utf-8") as f:
        f.write("type = create,status\n")
    wine.join("vigil")  # so that it loads in Wine
    wine.run("sc", "delete", "VigilService", check=True)
    os.remove(os.path.join(wine.c, FILES[1]))
    os.remove(os.path.join(wine.c, PROGRAMS, "LICENSE.txt"))
    msiexec(wine, "/i", r"C:\vigil.msi", "REINSTALL=ALL", "REINSTALLMODE=omus")
    assert exists(wine, FILES[1]) and exists(wine, PROGRAMS + "/LICENSE.txt")
    assert read(wine, DATA + "/vigil.conf").endswith("type = create,status\n")
    assert is_running(wine), state(wine)


def test_upgrade(wine):
    """upgrades while the service runs: settings stay, and the service runs again"""
    wine.setting("QueueBytes", 8 << 20)
    msiexec(wine, "/x", code(first()), "UPGRADINGPRODUCTCODE=" + code(NEXT))
    assert not exists(wine, PROGRAMS), os.listdir(os.path.join(wine.c, PROGRAMS))
    msiexec(wine, "/i", r"C:\next.msi")
    assert products(wine) == 1
    assert "0x800000" in parameters(wine), parameters(wine)
    assert read(wine, DATA + "/vigil.conf").endswith("type = create,status\n")
    assert path_variable(wine).count("Vigil") == 1, path_variable(wine)
    assert is_running(wine), state(wine)


def test_downgrade(wine):
    """an earlier version is refused, and nothing changes"""
    assert wine.run("msiexec", "/i", r"C:\vigil.msi", "/qn").returncode != 0
    assert products(wine) == 1 and is_running(wine), state(wine)


def test_remove(wine):
    """removes everything but logs and changed settings"""
    msiexec(wine, "/x", r"C:\next.msi")
    assert not exists(wine, PROGRAMS) and not exists(wine, FILES[1])
    assert "Vigil" not in path_variable(wine), path_variable(wine)
    assert keys(wine) == [] and products(wine) == 0, keys(wine)
    assert sorted(os.listdir(os.path.join(wine.c, DATA))) == [
        "service.log", "vigil.conf", "vigil.log"]
    shutil.rmtree(os.path.join(wine.c, DATA))


def test_replaced(wine):
    """the later version finds the earlier one and removes it"""
    msiexec(wine, "/i", r"C:\vigil.msi", "START=no")
    msiexec(wine, "/i", r"C:\next.msi", "START=no")
    assert products(wine) == 1 and path_variable(wine).count("Vigil") == 1
    assert all(exists(wine, name) for name in FILES)
    msiexec(wine, "/x", code(NEXT))
    assert keys(wine) == [] and not exists(wine, PROGRAMS) and not exists(wine, DATA)
    wine.service("stop", "rig")
    wine.uninstall("rig")
