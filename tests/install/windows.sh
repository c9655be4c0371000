#!/bin/bash
# SPDX-License-Identifier: MIT
# windows.sh ZIP - the zip for Windows is complete, and can be signed.
#
# Opens it in a separate directory, signs what is in it as README.txt says, and
# checks the signatures; changes a byte of each, and the check must fail.
set -eu
zip=$1

fail() {
	echo "not ok: $*" >&2
	exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
quietly() {
	"$@" >"$log" 2>&1 || {
		tail -n 40 "$log"
		fail "$*"
	}
}

cd "$work"
quietly cmake -E tar xf "$zip"
cd vigil-*/
for name in LICENSE.txt README.txt forwarding.xml vigil.wprp sign-test.cmd sign-test.ps1 sign-test.sh vigil.exe vigil.inf \
	vigil.sys; do
	[ -s "$name" ] || fail "the zip has no $name"
done
[ "$(find . -type f | wc -l)" -eq 10 ] || fail "the zip has more than it should: $(ls)"
for name in README.txt sign-test.ps1 sign-test.cmd; do
	[ "$(grep -c $'\r$' "$name")" -eq "$(wc -l <"$name")" ] || fail "$name has not Windows' lines"
	! grep -q '@PROJECT' "$name" || fail "$name is not filled in"
done

echo "# the files for Windows' own tools name the provider and the log that vigil.exe has"
quietly xmllint --noout forwarding.xml vigil.wprp
python3 - vigil.exe forwarding.xml vigil.wprp <<-'END'
	import sys, uuid
	from xml.etree import ElementTree
	image = open(sys.argv[1], "rb").read()
	space = "{http://schemas.microsoft.com/2006/03/windows/events/subscription}"
	query = ElementTree.parse(sys.argv[2]).getroot().findtext(space + "Query")
	log = ElementTree.fromstring(query).find("Query/Select").get("Path")
	key = "Services\\EventLog\\" + log + "\0"
	assert key.encode("utf-16-le") in image, "vigil.exe makes no log " + log
	profile = ElementTree.parse(sys.argv[3]).getroot().find("Profiles")
	provider, = profile.findall("EventProvider")
	assert uuid.UUID(provider.get("Name")).bytes_le in image, "vigil.exe has another provider"
	for use, place in (("EventProviderId", "EventProvider"), ("EventCollectorId", "EventCollector")):
	    for one in profile.iter(use):
	        assert [p for p in profile.findall(place) if p.get("Id") == one.get("Value")], one.attrib
END

echo "# vigil.sys can be distinguished from an ordinary program, and from an unsigned one"
python3 - vigil.sys vigil.exe <<-'END'
	import struct, sys
	for path in sys.argv[1:]:
	    image = open(path, "rb").read()
	    pe, = struct.unpack_from("<I", image, 0x3c)
	    machine, = struct.unpack_from("<H", image, pe + 4)
	    subsystem, flags = struct.unpack_from("<HH", image, pe + 24 + 68)
	    assert machine == 0x8664, path
	    native = path.endswith(".sys")
	    assert subsystem == (1 if native else 3), path
	    assert bool(flags & 0x80) == native, path + ": FORCE_INTEGRITY"
	    assert struct.unpack_from("<II", image, pe + 24 + 112 + 32) == (0, 0), path + " is signed"
END
! osslsigncode verify -in vigil.sys >/dev/null 2>&1 || fail "vigil.sys is signed before it was"

echo "# signed, twice with one certificate"
sh sign-test.sh
sum=$(sha256sum <vigil-test.cer)
sh sign-test.sh
[ "$sum" = "$(sha256sum <vigil-test.cer)" ] || fail "the second time made another certificate"
[ "$(stat -c %a test-certificate/vigil-test.key)" = 600 ] || fail "the key is not private"
for name in vigil.sys vigil.exe; do
	quietly osslsigncode verify -CAfile test-certificate/vigil-test.pem -in "$name"
	[ "$(grep -c 'Signature verification: ok' "$log")" -eq 1 ] || fail "$name: not one good signature"
	cp "$name" broken
	printf '\x5a\xa5' | dd of=broken bs=1 seek=8192 conv=notrunc status=none
	! osslsigncode verify -CAfile test-certificate/vigil-test.pem -in broken >/dev/null 2>&1 ||
		fail "a changed $name passes"
done

echo "# what is missing is named"
mkdir empty
! sh sign-test.sh empty 2>"$log" || fail "nothing to sign, and no error"
grep -q 'no vigil.sys in empty' "$log" || fail "the error does not say what is missing"
echo "all ok"
