#!/bin/bash
# SPDX-License-Identifier: MIT
# install.sh INSTALLER - deploy/install/install.sh on five machines: TAP. A machine is a mount namespace
# with a private /etc and /var/lib; ssh, apt-get, vigil and systemctl are replaced by scripts that write down
# how they are called. Needs root (exit status 77).
set -u
[ "$(id -u)" -eq 0 ] || exit 77
installer=$1
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/bin" "$here/machines"
mount -t tmpfs tmpfs "$here/machines" 2>/dev/null || exit 77
trap 'umount "$here/machines"; rm -rf "$here"' EXIT
failed=0

cat >"$here/bin/ssh" <<END
#!/bin/bash
[ "\$1" != down ] || { echo "ssh: connect to host down port 22: No route to host" >&2; exit 255; }
m=$here/machines/\$1
mkdir -p \$m/{etc,lib}/{up,work}
export MACHINE=\$1 PATH=$here/bin:\$PATH
exec unshare -m bash -c '
	mount -t overlay overlay -o lowerdir=/etc,upperdir=\$0/etc/up,workdir=\$0/etc/work /etc &&
	mount -t overlay overlay -o lowerdir=/var/lib,upperdir=\$0/lib/up,workdir=\$0/lib/work /var/lib &&
	exec sh -c "\$1"' "\$m" "\$2"
END
for name in apt-get vigil systemctl; do
	cat >"$here/bin/$name" <<END
#!/bin/sh
echo "$name \$*" >>$here/machines/\$MACHINE.calls
case "\$MACHINE $name \$*" in
"broken apt-get "*) echo "E: dependency problems" >&2; exit 100 ;;
*" vigil --version") echo "vigil 9.9" ;;
*" vigil run --help") echo "  --check" ;;
"dead systemctl is-active "*) exit 3 ;;
esac
END
done
chmod +x "$here"/bin/*
echo package >"$here/vigil_9.9_amd64.deb"
echo "type = process" >"$here/vigil.conf"
printf 'one\n# two is away\n\nthree\nbroken\ndead\ndown\n' >"$here/hosts"

run() {
	SSH=$here/bin/ssh "$installer" "$here/vigil_9.9_amd64.deb" "$here/vigil.conf" "$here/hosts" 2 \
		>"$here/out" 2>&1
}

expect() { # NAME COMMAND...
	local name=$1

	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name"
		sed 's/^/# /' "$here/out"
		failed=1
	fi
}

run
expect "machines that fail make the exit status 1" test $? -eq 1
expect "each machine has its line, others go on" diff <(sort "$here/out") - <<'END'
not ok broken: E: dependency problems
not ok dead: vigil.service does not run
not ok down: ssh: connect to host down port 22: No route to host
ok one: vigil 9.9
ok three: vigil 9.9
END
expect "the settings are there" \
	cmp "$here/vigil.conf" "$here/machines/one/etc/up/vigil/vigil.conf"
expect "settings are checked before they are used" grep -q 'vigil run --check --config ./settings' \
	"$here/machines/one.calls"
rm -f "$here"/machines/*.calls
run
expect "repeated, nothing is done where nothing changed" diff <(grep '^ok' "$here/out" | sort) - <<'END'
ok one: as it was
ok three: as it was
END
expect "and the service is not restarted" test ! -e "$here/machines/one.calls"
echo "type = exec" >"$here/vigil.conf"
run
expect "other settings: restarted" grep -q 'systemctl restart vigil' "$here/machines/three.calls"
exit $failed
