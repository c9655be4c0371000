#!/bin/sh
# SPDX-License-Identifier: MIT
# restart [PROGRAM] - restarts vigil.service after an upgrade, if it runs.
#
# vigil-upgrade.service, with the same settings, writes the events of that time to
# /var/log/vigil/upgrade.log: it starts before vigil.service stops and ends after it is ready
# again. PROGRAM restarts vigil.service instead of systemctl (deb-systemd-invoke, which
# respects policy-rc.d). A failure is reported and does not end the upgrade.
set -eu
invoke=${1:-systemctl}
settings=/run/vigil-upgrade.conf

[ -d /run/systemd/system ] || exit 0
systemctl is-active --quiet vigil.service || exit 0

# Without the outputs, which the service that is still running uses.
install -m 0600 -o vigil /dev/null "$settings"
[ ! -e /etc/vigil/vigil.conf ] ||
	sed -e '/^[[:blank:]]*\[/,$d' -e '/^[[:blank:]]*\(output\|record\|metrics\|keep\)/d' \
		/etc/vigil/vigil.conf >"$settings"
systemctl start vigil-upgrade.service ||
	echo "vigil-upgrade.service did not start: events during the restart are not recorded" >&2
"$invoke" restart vigil.service ||
	echo "vigil.service did not start; journalctl -u vigil has the reason" >&2
systemctl stop vigil-upgrade.service || true
rm -f "$settings"
