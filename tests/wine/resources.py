#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""resources.py VERSION vigil.exe vigil.sys - what Windows and the Explorer show of the files: icon,
manifest and version, read from their resources."""
import struct
import sys
import xml.dom.minidom

ICON, GROUP_ICON, MESSAGES, VERSION, MANIFEST = 3, 14, 11, 16, 24
ASM3, SMI = "urn:schemas-microsoft-com:asm.v3", "http://schemas.microsoft.com/SMI/"


class Image:
    """A PE file: the resources by their type and name."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        pe, = struct.unpack_from("<I", self.bytes, 0x3c)
        count, = struct.unpack_from("<H", self.bytes, pe + 6)
        optional, = struct.unpack_from("<H", self.bytes, pe + 20)
        self.sections = [struct.unpack_from("<8sIIII", self.bytes, pe + 24 + optional + 40 * i)
                         for i in range(count)]
        rva, _ = struct.unpack_from("<II", self.bytes, pe + 24 + 112 + 8 * 2)
        self.base = self.offset(rva)
        self.found = {(kind, name): data for kind, at in self.entries(0)
                      for name, below in self.entries(at)
                      for _, leaf in self.entries(below) for data in [self.data(leaf)]}

    def offset(self, rva):
        for _, size, start, raw_size, raw in self.sections:
            if start <= rva < start + max(size, raw_size):
                return rva - start + raw
        raise AssertionError(f"nothing at {rva:#x}")

    def entries(self, at):
        named, numbered = struct.unpack_from("<HH", self.bytes, self.base + at + 12)
        for i in range(named + numbered):
            name, below = struct.unpack_from("<II", self.bytes, self.base + at + 16 + 8 * i)
            yield name, below & 0x7fffffff

    def data(self, leaf):
        rva, size = struct.unpack_from("<II", self.bytes, self.base + leaf)
        return self.bytes[self.offset(rva):][:size]

    def of(self, kind):
        return {name: data for (k, name), data in self.found.items() if k == kind}


def check_version(image, version, name, description):
    (data,) = image.of(VERSION).values()
    for text in (version, name, description, "Vigil", "MIT license"):
        assert (text + "\0").encode("utf-16-le") in data, f"{name}: no {text}"
    fixed = data.index(struct.pack("<I", 0xfeef04bd))
    high, low = struct.unpack_from("<II", data, fixed + 8)
    numbers = (high >> 16, high & 0xffff, low >> 16)
    assert ".".join(map(str, numbers)) == version, numbers


def check_icon(image):
    (group,) = image.of(GROUP_ICON).values()
    _, kind, count = struct.unpack_from("<HHH", group)
    assert kind == 1 and count == 4, (kind, count)
    icons, sizes = image.of(ICON), []
    for i in range(count):
        width, _, _, _, _, bits, size, name = struct.unpack_from("<BBBBHHIH", group, 6 + 14 * i)
        data = icons[name]
        assert len(data) == size and bits == 32
        assert data.startswith(b"\x89PNG" if width == 0 else struct.pack("<Ii", 40, width))
        sizes.append(width or 256)
    assert sizes == [16, 32, 48, 256], sizes


def check_manifest(image, version):
    (data,) = image.of(MANIFEST).values()
    document = xml.dom.minidom.parseString(data)
    identity, = document.getElementsByTagName("assemblyIdentity")
    assert identity.getAttribute("version") == version + ".0"
    level, = document.getElementsByTagNameNS(ASM3, "requestedExecutionLevel")
    assert level.getAttribute("level") == "asInvoker"
    for year, name, value in ((2016, "longPathAware", "true"), (2019, "activeCodePage", "UTF-8")):
        setting, = document.getElementsByTagNameNS(f"{SMI}{year}/WindowsSettings", name)
        assert setting.firstChild.data == value, name


def main(version, program, driver):
    image = Image(program)
    check_version(image, version, "vigil.exe", "Vigil command")
    check_icon(image)
    check_manifest(image, version)
    assert image.of(MESSAGES), "the event log's messages"
    check_version(Image(driver), version, "vigil.sys", "Vigil process, thread and image sensor")
    print("ok icon, manifest, version, messages")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
