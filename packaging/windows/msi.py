#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""msi.py VERSION DIRECTORY FILE.msi - builds the MSI from the files in DIRECTORY (vigil.exe,
vigil.sys, vigil.ico, LICENSE.txt), with wixl and msibuild of msitools.

The product code follows from the version, so that one version is one product.
"""
import os
import subprocess
import sys
import tempfile
import uuid

import dialogs

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vigil.wxs")
PRODUCTS = uuid.UUID("7d3f7b1e-6c1c-4a5e-9d6a-0d7b0b8a2f63")  # the UpgradeCode in vigil.wxs

# What wixl 0.101 cannot write, or writes in a way that Windows does not accept.
TABLES = (
    # It places these where Windows Installer does not allow them.
    "UPDATE `InstallExecuteSequence` SET `Sequence` = 1450 WHERE `Action` = 'RemoveExistingProducts'",
    "UPDATE `InstallExecuteSequence` SET `Sequence` = 3400 WHERE `Action` = 'RemoveService'",
    "UPDATE `InstallExecuteSequence` SET `Sequence` = 3401 WHERE `Action` = 'StopForUpgrade'",
    # It leaves out "deferred" and "rollback": 18 (a program among the files) + 64 (its failure is
    # ignored) + 256 (rollback) + 1024 (deferred) + 2048 (as SYSTEM).
    "UPDATE `CustomAction` SET `Type` = 3410 WHERE `Action` = 'UndoService'",
    "INSERT INTO `LaunchCondition` (`Condition`, `Description`) VALUES ('VersionNT64 >= 601', "
    "'Vigil needs 64-bit Windows 7 or later.')",
    "INSERT INTO `LaunchCondition` (`Condition`, `Description`) VALUES ('Privileged', "
    "'Only administrators can install Vigil.')",
    # PATH of the system: set (=), taken back at removal (-), after the existing value ([~]).
    "CREATE TABLE `Environment` (`Environment` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL "
    "LOCALIZABLE, `Value` CHAR(255) LOCALIZABLE, `Component_` CHAR(72) NOT NULL "
    "PRIMARY KEY `Environment`)",
    "INSERT INTO `Environment` (`Environment`, `Name`, `Value`, `Component_`) "
    "VALUES ('Path', '=-*PATH', '[~];[Program]', 'Command')",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) "
    "VALUES ('RemoveEnvironmentStrings', 3300)",
    "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) "
    "VALUES ('WriteEnvironmentStrings', 5200)",
    "UPDATE `Property` SET `Value` = 'START;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED' "
    "WHERE `Property` = 'SecureCustomProperties'",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('DefaultUIFont', 'Normal')",
    "INSERT INTO `Property` (`Property`, `Value`) VALUES ('ErrorDialog', 'Problem')",
    # A file without a version here counts as older than any with one.
    "UPDATE `File` SET `Version` = '{version}.0', `Language` = '1033' WHERE `File` = 'vigil.exe'",
    "UPDATE `File` SET `Version` = '{version}.0', `Language` = '1033' WHERE `File` = 'vigil.sys'",
)


def add_dialogs(path, license_text):
    """Adds the tables of the dialogs, and their places to the sequence that wixl has written."""
    made = dialogs.tables(license_text)
    sequence = subprocess.run(["msiinfo", "export", path, "InstallUISequence"], check=True,
                              capture_output=True, encoding="ascii").stdout
    made["InstallUISequence"] = sequence + dialogs.lines(dialogs.SEQUENCE)
    with tempfile.TemporaryDirectory() as folder:
        for name, text in made.items():
            file = os.path.join(folder, name + ".idt")
            with open(file, "w", encoding="ascii", newline="") as idt:
                idt.write(text)
            subprocess.run(["msibuild", path, "-i", file], check=True)


def main(version, directory, path):
    path = os.path.abspath(path)
    product = uuid.uuid5(PRODUCTS, version)
    subprocess.run(["wixl", "-a", "x64", "-D", f"Version={version}", "-D",
                    f"ProductCode={product}", "-o", path, SOURCE], cwd=directory, check=True)
    subprocess.run(["msibuild", path, *(word for statement in TABLES
                                        for word in ("-q", statement.format(version=version)))],
                   check=True)
    with open(os.path.join(directory, "LICENSE.txt"), encoding="ascii") as text:
        add_dialogs(path, text.read())


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
