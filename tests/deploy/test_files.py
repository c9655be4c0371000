#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""test_files.py SOURCE VIGIL - what deploy/ contains agrees with the rest of the repository: TAP."""
import json
import os
import re
import subprocess
import sys

import yaml

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "report"))
import tap  # noqa: E402


def read(*path):
    with open(os.path.join(sys.argv[1], *path), encoding="utf-8") as f:
        return f.read()


def container():
    """The container of the DaemonSet, and its pod."""
    for document in yaml.safe_load_all(read("deploy", "kubernetes", "vigil.yaml")):
        if document["kind"] == "DaemonSet":
            pod = document["spec"]["template"]["spec"]
            return pod["containers"][0], pod
    raise AssertionError("no DaemonSet")


def test_capabilities():
    """the container has the capabilities of the service, and no others"""
    unit = re.search(r"^AmbientCapabilities=(.*)$", read("packaging", "vigil.service.in"), re.M)[1]
    asked, _ = container()
    context = asked["securityContext"]
    assert ["CAP_" + name for name in context["capabilities"]["add"]] == unit.split()
    assert context["capabilities"]["drop"] == ["ALL"]
    assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
    assert "privileged" not in context
    docker = re.findall(r"--cap-add (\w+)", read("deploy", "container", "Dockerfile"))
    assert ["CAP_" + name for name in docker] == unit.split(), docker


def test_mounts():
    """each volume is mounted, each mount is a volume; what vigil writes is on one"""
    asked, pod = container()
    mounted = {m["name"]: m for m in asked["volumeMounts"]}
    assert set(mounted) == {v["name"] for v in pod["volumes"]}
    writable = [m["mountPath"] for m in mounted.values() if not m.get("readOnly")]
    arguments = asked["args"]
    for option in ("--output", "--spool"):
        path = arguments[arguments.index(option) + 1]
        assert any(path.startswith(w + "/") for w in writable), path


def test_options():
    """the options of the container exist"""
    asked, _ = container()
    text = subprocess.run([sys.argv[2], asked["args"][0], "--help"], capture_output=True, text=True,
                          check=True).stdout
    for word in asked["args"]:
        assert not word.startswith("--") or re.search(rf"{word}\b", text), word


def test_libraries():
    """the image has the packages of the libraries that the command is linked to"""
    needed = subprocess.run(["readelf", "-d", sys.argv[2]], capture_output=True, text=True,
                            check=True).stdout
    image = read("deploy", "container", "Dockerfile")
    for name, version in re.findall(r"NEEDED.*\[lib([\w-]+)\.so\.(\d+)", needed):
        # Debian's rule for names; libc and libm are in every image, libcrypto is in libssl's.
        package = f"lib{name}{'-' if name[-1].isdigit() else ''}{version}"
        package = {"libcrypto3": "libssl3", "libz1": "zlib1g"}.get(package, package)
        assert name in ("c", "m") or package in image, package


def test_formats():
    """JSON and YAML can be read; a template has every field"""
    dashboard = json.loads(read("deploy", "grafana", "vigil.json"))
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers) and all(p["targets"] for p in dashboard["panels"])
    for name in ("fluent-bit/fluent-bit.yaml", "vector/vector.yaml"):
        assert yaml.safe_load(read("deploy", name))
    mappings = json.loads(read("deploy", "elasticsearch", "template.json"))["template"]["mappings"]
    fields = subprocess.run([sys.argv[2], "fields", "--format", "json"], capture_output=True,
                            text=True, check=True).stdout
    for line in fields.splitlines():
        at = mappings
        for name in json.loads(line)["name"].split("."):
            at = at["properties"][name]
        assert at["type"], line


if __name__ == "__main__":
    sys.exit(tap.run(globals()))
