#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""winget.py MSI URL DIRECTORY - writes the manifest of the Windows Package Manager for a release:
three files in DIRECTORY.

URL is where the release has the MSI; its version and codes are read from the MSI (msiinfo), its
hash is computed. `winget validate DIRECTORY` checks the result on Windows.
"""
import datetime
import hashlib
import os
import string
import subprocess
import sys

TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "winget")


def properties(msi):
    """The table Property of the MSI."""
    lines = subprocess.run(["msiinfo", "export", msi, "Property"], check=True,
                           capture_output=True, text=True).stdout.splitlines()
    return dict(line.split("\t", 1) for line in lines[3:])


def main(msi, url, directory):
    if not url.startswith("https://"):
        sys.exit(f"{url}: winget takes https:// only")
    with open(msi, "rb") as file:
        sha256 = hashlib.sha256(file.read()).hexdigest().upper()
    found = properties(msi)
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH") or os.stat(msi).st_mtime)
    day = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).date()
    values = {"VERSION": found["ProductVersion"], "PRODUCT_CODE": found["ProductCode"],
              "UPGRADE_CODE": found["UpgradeCode"], "URL": url, "SHA256": sha256,
              "DATE": day.isoformat()}
    os.makedirs(directory, exist_ok=True)
    for name in sorted(os.listdir(TEMPLATES)):
        with open(os.path.join(TEMPLATES, name), encoding="utf-8") as file:
            text = string.Template(file.read()).substitute(values)
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
