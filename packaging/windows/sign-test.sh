#!/bin/sh
# SPDX-License-Identifier: MIT
# sign-test.sh [DIRECTORY [CERTIFICATES]] - signs vigil.sys and vigil.exe for test machines.
#
# Signs the two in DIRECTORY (the folder of this script) with a self-made certificate
# that is kept in CERTIFICATES (DIRECTORY/test-certificate) and used again. For
# tests only: who has its key can sign whatever those machines then run. On the
# test machine, as administrator:
#
#	certutil -addstore Root vigil-test.cer
#	certutil -addstore TrustedPublisher vigil-test.cer
#	bcdedit /set testsigning on		and restart
set -eu

case ${1-} in -*)
	sed -n '3,/^set/s/^#	\{0,1\} \{0,1\}//p' "$0"
	exit 2
	;;
esac
here=${1:-$(dirname "$0")}
keep=${2:-$here/test-certificate}
for tool in osslsigncode openssl; do
	if ! command -v $tool >/dev/null; then
		echo "sign-test.sh: $tool is missing: apt-get install $tool" >&2
		exit 1
	fi
done
for name in vigil.sys vigil.exe; do
	if [ ! -f "$here/$name" ]; then
		echo "sign-test.sh: no $name in $here: name the directory that holds both" >&2
		exit 1
	fi
done

# Only the caller may read the key.
umask 077
mkdir -p "$keep"
if [ ! -f "$keep/vigil-test.key" ] || [ ! -f "$keep/vigil-test.pem" ]; then
	if ! openssl req -x509 -newkey rsa:3072 -sha256 -days 730 -nodes \
		-subj "/CN=Vigil test certificate" \
		-addext "basicConstraints=critical,CA:FALSE" \
		-addext "keyUsage=critical,digitalSignature" \
		-addext "extendedKeyUsage=codeSigning" \
		-keyout "$keep/vigil-test.key" -out "$keep/vigil-test.pem" 2>"$keep/log"; then
		cat "$keep/log" >&2
		exit 1
	fi
	rm -f "$keep/log"
fi
openssl x509 -in "$keep/vigil-test.pem" -outform DER -out "$here/vigil-test.cer"
chmod 644 "$here/vigil-test.cer"

fresh=$here/.signing
trap 'rm -f "$fresh" "$fresh.log"' EXIT
quietly() {
	if ! "$@" >"$fresh.log" 2>&1; then
		cat "$fresh.log" >&2
		return 1
	fi
}

for name in vigil.sys vigil.exe; do
	rm -f "$fresh"
	# With page hashes: the driver is linked with FORCE_INTEGRITY.
	quietly osslsigncode sign -certs "$keep/vigil-test.pem" -key "$keep/vigil-test.key" \
		-h sha256 -ph -n Vigil -in "$here/$name" -out "$fresh"
	quietly osslsigncode verify -CAfile "$keep/vigil-test.pem" -in "$fresh"
	chmod 755 "$fresh"
	mv "$fresh" "$here/$name"
	echo "signed $here/$name"
done
