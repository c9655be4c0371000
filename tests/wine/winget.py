#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""winget.py SOURCE VERSION MSI - the manifest for winget that packaging/windows/winget.py writes."""
import hashlib
import os
import re
import subprocess
import sys
import tempfile

import yaml

URL = "https://example.org/vigil.msi"


def main(source, version, msi):
    script = os.path.join(source, "packaging/windows/winget.py")
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([script, msi, URL, directory], check=True)
        found = {}
        for name in os.listdir(directory):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                manifest = yaml.safe_load(file)
            assert manifest["PackageVersion"] == version, manifest
            assert name.startswith(manifest["PackageIdentifier"]), name
            found[manifest["ManifestType"]] = manifest
        assert subprocess.run([script, msi, "http://example.org/vigil.msi", directory], check=False,
                              capture_output=True).returncode != 0
    assert sorted(found) == ["defaultLocale", "installer", "version"], found
    (installer,) = found["installer"]["Installers"]
    with open(msi, "rb") as file:
        assert installer["InstallerSha256"] == hashlib.sha256(file.read()).hexdigest().upper()
    assert installer["InstallerUrl"] == URL and installer["Architecture"] == "x64"
    assert re.fullmatch(r"\{[0-9A-F-]{36}\}", found["installer"]["ProductCode"])
    print("ok winget manifest")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
