# SPDX-License-Identifier: MIT
"""dialogs.py - the dialogs of the MSI, as tables of Windows Installer, because wixl has none.

A person sees the license and a button, the progress, and the result; for an installed Vigil
the buttons Repair and Remove. Silent and basic modes (/qn, /qb) show none of these.
"""
WIDTH, HEIGHT = 370, 270  # in units of Windows Installer

# Attributes of dialogs and controls.
VISIBLE, ENABLED = 1, 2
MODAL, MINIMIZE, ERROR, SUNKEN = 2, 4, 0x10000, 4
TEXT = VISIBLE | ENABLED | 0x10000 | 0x20000  # transparent; & is no shortcut
SHIELD = 0x800000  # the button leads to the question of User Account Control
PROGRESS = VISIBLE | 0x10000

COLUMNS = {
    "Dialog": ("Dialog HCentering VCentering Width Height Attributes Title Control_First "
               "Control_Default Control_Cancel", "s72 i2 i2 i2 i2 I4 L128 s50 S50 S50", 1),
    "Control": ("Dialog_ Control Type X Y Width Height Attributes Property Text Control_Next Help",
                "s72 s50 s20 i2 i2 i2 i2 I4 S50 L0 S50 L50", 2),
    "ControlEvent": ("Dialog_ Control_ Event Argument Condition Ordering",
                     "s72 s50 s50 s255 S255 I2", 5),
    "ControlCondition": ("Dialog_ Control_ Action Condition", "s72 s50 s50 s255", 4),
    "EventMapping": ("Dialog_ Control_ Event Attribute", "s72 s50 s50 s50", 3),
    "TextStyle": ("TextStyle FaceName Size Color StyleBits", "s72 s32 i2 I4 I2", 1),
    "ActionText": ("Action Description Template", "s72 L64 L128", 1),
}

# When they are shown; negative: after success, after a cancellation, after a failure.
SEQUENCE = (("Done", "", -1), ("Stopped", "", -2), ("Failed", "", -3), ("Start", "NOT Installed", 1230),
            ("Change", "Installed AND NOT RESUME AND NOT Preselected", 1240), ("Progress", "", 1280))


class Dialogs:
    """Collects the rows of the tables."""

    def __init__(self):
        self.rows = {name: [] for name in COLUMNS}

    def dialog(self, name, first, attributes=VISIBLE | MODAL | MINIMIZE, height=HEIGHT, cancel=""):
        self.rows["Dialog"].append((name, 50, 50, WIDTH, height, attributes, "[ProductName] Setup",
                                    first, first, cancel or first))

    def control(self, dialog, name, kind, box, attributes, text, following=""):
        self.rows["Control"].append((dialog, name, kind, *box, attributes, "", text, following, ""))

    def heading(self, dialog, title, text):
        self.control(dialog, "Title", "Text", (15, 12, WIDTH - 30, 20), TEXT, r"{\Title}" + title)
        self.control(dialog, "Words", "Text", (15, 38, WIDTH - 30, 40), TEXT, text)

    def buttons(self, dialog, names, y=HEIGHT - 27, shield=()):
        """Buttons from the right; names in the order of the Tab key."""
        for i, name in enumerate(names):
            x = WIDTH - 70 * (len(names) - i)
            self.control(dialog, name, "PushButton", (x, y, 62, 17),
                         VISIBLE | ENABLED | (SHIELD if name in shield else 0), "&" + name,
                         names[(i + 1) % len(names)])

    def event(self, dialog, control, *events):
        for i, (event, argument) in enumerate(events):
            self.rows["ControlEvent"].append((dialog, control, event, argument, "1", i + 1))


def start(made, license_rtf):
    made.dialog("Start", "Install", cancel="Cancel")
    made.heading("Start", "[ProductName] [ProductVersion]",
                 "A sensor for processes, threads and image loads: a driver, a service and the command "
                 "vigil. Windows loads the driver only if it is signed for this machine.")
    made.control("Start", "License", "ScrollableText", (15, 80, WIDTH - 30, 150),
                 VISIBLE | ENABLED | SUNKEN, license_rtf)
    made.buttons("Start", ("Install", "Cancel"), shield=("Install",))
    made.event("Start", "Install", ("EndDialog", "Return"))
    made.event("Start", "Cancel", ("EndDialog", "Exit"))


def change(made):
    made.dialog("Change", "Repair", cancel="Cancel")
    made.heading("Change", "[ProductName] [ProductVersion] is installed",
                 "Repair copies the files again and registers the service. Remove leaves the logs and "
                 "changed settings in ProgramData.")
    made.buttons("Change", ("Repair", "Remove", "Cancel"), shield=("Repair", "Remove"))
    made.event("Change", "Repair", ("ReinstallMode", "amus"), ("Reinstall", "ALL"),
               ("EndDialog", "Return"))
    made.event("Change", "Remove", ("[Removed]", "1"), ("Remove", "ALL"), ("EndDialog", "Return"))
    made.event("Change", "Cancel", ("EndDialog", "Exit"))


def progress(made):
    made.dialog("Progress", "Cancel", VISIBLE | MINIMIZE)
    made.heading("Progress", "[ProductName] [ProductVersion]", "Windows makes the changes.")
    made.control("Progress", "Action", "Text", (15, 90, WIDTH - 30, 12), TEXT, "")
    made.control("Progress", "Bar", "ProgressBar", (15, 105, WIDTH - 30, 12), PROGRESS, "")
    made.buttons("Progress", ("Cancel",))
    made.event("Progress", "Cancel", ("SpawnDialog", "Ask"))
    made.rows["EventMapping"] += [("Progress", "Action", "ActionText", "Text"),
                                  ("Progress", "Bar", "SetProgress", "Progress")]


def results(made):
    for name, title, text in (
            ("Done", "Done", "Settings and logs are in ProgramData\\Vigil. In a new console, vigil doctor "
             "shows whether the driver runs, and vigil watch its events."),
            ("Stopped", "Canceled", "Nothing was changed."),
            ("Failed", "Not done", "Nothing was changed. The log of msiexec /l*v names the step that "
             "failed.")):
        made.dialog(name, "Finish")
        made.heading(name, title, text)
        made.buttons(name, ("Finish",))
        made.event(name, "Finish", ("EndDialog", "Exit" if name != "Done" else "Return"))
    made.control("Done", "Left", "Text", (15, 38, WIDTH - 30, 40), TEXT & ~VISIBLE,
                 "Logs and changed settings are left in ProgramData\\Vigil.")
    made.rows["ControlCondition"] += [("Done", "Words", "Hide", "Removed"),
                                      ("Done", "Left", "Show", "Removed")]


def questions(made):
    """What Windows Installer asks meanwhile."""
    made.dialog("Ask", "No", height=80)
    made.control("Ask", "Words", "Text", (15, 15, WIDTH - 30, 25), TEXT,
                 "Stop, and undo what was done?")
    made.buttons("Ask", ("Yes", "No"), y=50)
    made.event("Ask", "Yes", ("EndDialog", "Exit"))
    made.event("Ask", "No", ("EndDialog", "Return"))
    made.dialog("Problem", "ErrorText", VISIBLE | MODAL | MINIMIZE | ERROR, height=110)
    made.control("Problem", "ErrorText", "Text", (15, 12, WIDTH - 30, 55), TEXT, "")
    # Windows Installer shows those that belong to the error.
    answers = ("Abort", "Cancel", "Ignore", "No", "Ok", "Retry", "Yes")
    for name in answers:
        made.control("Problem", name, "PushButton", (WIDTH // 2 - 31, 80, 62, 17),
                     VISIBLE | ENABLED, "&" + name)
        made.event("Problem", name, ("EndDialog", "Error" + name))
    made.dialog("FilesInUse", "Retry", VISIBLE | MODAL | MINIMIZE | 8, cancel="Exit")
    made.heading("FilesInUse", "Files are in use", "These programs use files that have to be replaced. Close "
                 "them and retry, or ignore them; then the system has to be restarted.")
    made.rows["Control"].append(("FilesInUse", "List", "ListBox", 15, 80, WIDTH - 30, 150,
                                 VISIBLE | ENABLED | SUNKEN, "FileInUseProcess", "", "Retry", ""))
    made.buttons("FilesInUse", ("Retry", "Ignore", "Exit"))
    for name in ("Retry", "Ignore", "Exit"):
        made.event("FilesInUse", name, ("EndDialog", name))


def rtf(text):
    """Plain text as RTF, for a control that scrolls: paragraphs are joined lines."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    escaped = (part.replace("\\", r"\\").replace("{", r"\{").replace("}", r"\}") for part in paragraphs)
    return r"{\rtf1\ansi\deff0{\fonttbl{\f0 Tahoma;}}\fs16 " + r"\par\par ".join(escaped) + "}"


def lines(rows):
    return "".join("\t".join(map(str, row)) + "\r\n" for row in rows)


def tables(license_text):
    """The tables, by name, in Windows Installer's text format (IDT)."""
    made = Dialogs()
    start(made, rtf(license_text))
    change(made)
    progress(made)
    results(made)
    questions(made)
    made.rows["TextStyle"] += [("Normal", "Tahoma", 8, "", ""), ("Title", "Tahoma", 11, "", 1)]
    made.rows["ActionText"] += [
        ("InstallFiles", "Copying files", ""), ("RemoveFiles", "Removing files", ""),
        ("StopService", "Stopping the service", ""), ("InstallService", "Registering the service", ""),
        ("StartService", "Starting the service", ""), ("RemoveService", "Removing the service", "")]
    result = {}
    for name, (columns, types, keys) in COLUMNS.items():
        names = columns.split()
        result[name] = lines([names, types.split(), [name, *names[:keys]], *made.rows[name]])
    return result
