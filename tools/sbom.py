#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""sbom.py - an SPDX 2.3 document (JSON) of the files of a release.

	tools/sbom.py VERSION FILE... >vigil.spdx.json

Each FILE is a package with its SHA-256. Debian's packages depend on those in their Depends, with
the versions that dpkg has installed here, where they were built; all packages for Linux are built
with gcc and the packages in Build-Depends. Files for Windows contain the libraries that
tools/cross-deps.sh built from Debian's sources; build/deps-windows/versions lists these. The time is
SOURCE_DATE_EPOCH.
"""
import datetime
import functools
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.parse
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WINDOWS_VERSIONS = os.path.join(TOP, "build/deps-windows/versions")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@functools.cache
def installed(name):
    """Version and architecture of a package, which may be there for other architectures too."""
    native = output_of("dpkg", "--print-architecture").strip()
    lines = output_of("dpkg-query", "-W", "-f", "${Version} ${Architecture}\n", name)
    for line in lines.splitlines():
        version, _, architecture = line.partition(" ")
        if architecture in (native, "all"):
            return version, architecture
    return sys.exit(f"{name} is not installed")


def names_in(relations):
    """The first alternative of each dependency: "libc6 (>= 2.36), a | b" gives libc6, a."""
    for relation in relations.replace("\n", " ").split(","):
        match = re.match(r"\s*([a-z0-9][a-z0-9.+-]*)", relation)
        if match: # debhelper provides names of what it does
            yield re.sub(r"^(debhelper-compat|dh-sequence-.*)$", "debhelper", match[1])


def spdx_id(text):
    return "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", text)


def purpose(name):
    if ".tar." in name or name.endswith((".dsc", ".src.rpm")):
        return "SOURCE"
    return "OTHER" if name.endswith(".buildinfo") else "INSTALL"


class Document:
    def __init__(self, version, names):
        self.packages, self.relationships = {}, []
        self.created = datetime.datetime.fromtimestamp(
            int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
        self.version = version
        self.unique = hashlib.sha256(" ".join(names).encode())

    def add(self, identifier, name, version, **more):
        self.packages.setdefault(identifier, {
            "SPDXID": identifier, "name": name, "versionInfo": version,
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION", **more})
        return identifier

    def relate(self, one, kind, other):
        relation = {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
        if relation not in self.relationships:
            self.relationships.append(relation)

    def add_file(self, path):
        """A file of the release."""
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        name = os.path.basename(path)
        self.unique.update(digest.encode())
        identifier = self.add(
            spdx_id("File-" + name), name, self.version, packageFileName=name,
            licenseDeclared="MIT AND (MIT OR GPL-2.0-only)",
            copyrightText="Copyright (c) 2026 The Vigil authors",
            primaryPackagePurpose=purpose(name),
            checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
        self.relate("SPDXRef-DOCUMENT", "DESCRIBES", identifier)
        return identifier

    def add_debian(self, name, version=None):
        """An installed package of Debian; a source package of which the version is given."""
        found, kind = (version, "source") if version else installed(name)
        return self.add(
            spdx_id(f"Debian-{name}"), name, found, supplier="Organization: Debian",
            externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                           "referenceLocator": "pkg:deb/debian/"
                           f"{name}@{urllib.parse.quote(found, safe=':~')}?arch={kind}"}])

    def text(self):
        return json.dumps({
            "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"vigil-{self.version}",
            "documentNamespace": uuid.uuid5(uuid.NAMESPACE_OID, self.unique.hexdigest()).urn,
            "creationInfo": {"created": self.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
                             "creators": [f"Tool: vigil-sbom-{self.version}",
                                          "Organization: The Vigil authors"]},
            "packages": list(self.packages.values()), "relationships": self.relationships,
        }, indent=1)


def add_needs(document, path, identifier):
    """What a file of the release needs or contains."""
    name = os.path.basename(path)
    if name.endswith(".deb"):
        for need in names_in(output_of("dpkg-deb", "-f", path, "Depends")):
            if not re.match(r"(lib)?vigil", need):
                document.relate(identifier, "DEPENDS_ON", document.add_debian(need))
    elif name.endswith((".zip", ".msi")):
        if not os.path.exists(WINDOWS_VERSIONS):
            sys.exit(f"{WINDOWS_VERSIONS} is missing: remove its folder, then `make windows`")
        with open(WINDOWS_VERSIONS, encoding="utf-8") as lines:
            for line in lines:
                document.relate(identifier, "STATIC_LINK", document.add_debian(*line.split()))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    paths = sorted(sys.argv[2:])
    document = Document(sys.argv[1], [os.path.basename(path) for path in paths])
    with open(os.path.join(TOP, "debian/control"), encoding="utf-8") as control:
        built_with = re.search(r"^Build-Depends:(.*?)^$", control.read(), re.M | re.S)[1]
    tools = [document.add_debian(name) for name in ("gcc", *names_in(built_with))]
    for path in paths:
        identifier = document.add_file(path)
        add_needs(document, path, identifier)
        if path.endswith((".deb", ".rpm")):
            for tool in tools:
                document.relate(tool, "BUILD_DEPENDENCY_OF", identifier)
    print(document.text())


if __name__ == "__main__":
    main()
