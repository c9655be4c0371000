#!/bin/bash
# SPDX-License-Identifier: MIT
# container.sh - the image of deploy/container, built and run by podman: with the options that its
# Dockerfile names, and as the pod of deploy/kubernetes/vigil.yaml.
#
#	tests/deploy/container.sh
#
# Not part of `make test`: it takes ten minutes and 2 GB. Needs root, podman, runc,
# catatonit, debootstrap, python3-yaml. IMAGE: an image that is there already. Kubernetes does more with the manifest than
# podman: nothing here says that a cluster accepts it.
set -u
cd "$(dirname "$0")/../.." || exit
# shellcheck source=tests/check.sh
. tests/check.sh
# shellcheck source=tests/install/bare.sh
. tests/install/bare.sh
image=${IMAGE-localhost/vigil-test}
work=$(mktemp -d)
trap 'podman rm -f -t 0 vigil-test >/dev/null 2>&1; podman pod rm -f vigil >/dev/null 2>&1
	[ -n "${IMAGE-}" ] || podman rmi -f "$image" localhost/vigil-test-base >/dev/null 2>&1
	rm -rf "$work"; bare_end' EXIT

# What podman 4.3 does not do as asked. It ignores hostPID of a pod; and without CAP_SYS_RESOURCE
# limits cannot be raised: containers have those of this shell.
runtime=$work/runc
raise=yes
(ulimit -Hl unlimited) 2>/dev/null || raise=no
cat >"$runtime" <<END
#!/usr/bin/env python3
import json, os, sys
if "--bundle" in sys.argv:
    path = sys.argv[sys.argv.index("--bundle") + 1] + "/config.json"
    config = json.load(open(path))
    if "$raise" == "no":
        config["process"].pop("rlimits", None)
    if os.path.exists("$work/pod.yaml") and "hostPID: true" in open("$work/pod.yaml").read():
        spaces = config["linux"]["namespaces"]
        config["linux"]["namespaces"] = [space for space in spaces if space["type"] != "pid"]
    json.dump(config, open(path, "w"))
os.execvp("runc", ["runc"] + sys.argv[1:])
END
chmod +x "$runtime"

if [ "$(id -u)" -ne 0 ] || ! command -v podman >/dev/null ||
	! command -v debootstrap >/dev/null; then
	echo "ok the image # SKIP needs root, podman and debootstrap"
	exit 77
fi

builds() {
	bare_make bookworm &&
		tar -C "$bare_folder/bookworm" -c . | podman import -q - localhost/vigil-test-base &&
		git archive --prefix source/ HEAD | tar -C "$work" -x &&
		podman build --network host --isolation chroot --build-arg \
			BASE=localhost/vigil-test-base -f "$work/source/deploy/container/Dockerfile" \
			-t "$image" "$work/source"
}

# The options of `docker run` in the Dockerfile's comment.
options() {
	sed -n '/^#	docker run/,/^#		vigil/p' deploy/container/Dockerfile |
		tr -d '#\\\n' | sed 's/docker run//; s/vigil .*//'
}

# Whether the sensor in a container reports a program of this machine and one of another container.
reports() {
	local id

	# shellcheck disable=SC2046 # they are words
	podman --runtime "$runtime" run -d --name vigil-test $(options) "$image" watch --format json --type exec \
		>/dev/null && sleep 8 || return 1
	id=$(podman --runtime "$runtime" run -d --network none --entrypoint /bin/echo "$image" of-another-container) || return 1
	/bin/echo of-this-machine >/dev/null
	sleep 4
	podman stop -t 10 vigil-test >/dev/null
	podman logs vigil-test >"$work/events" 2>"$work/said"
	podman rm -f "$id" >/dev/null
	tail -n 3 "$work/said"
	grep -q '"/bin/echo","of-this-machine"\|/bin/echo of-this-machine' "$work/events" &&
		grep 'of-another-container' "$work/events" | grep -q "$id" &&
		grep -q ' none lost ' "$work/said" &&
		[ "$(podman inspect --format '{{.State.ExitCode}}' vigil-test)" = 0 ]
}

# The pod that the DaemonSet makes on each node, for `podman kube play`.
pod() {
	python3 - deploy/kubernetes/vigil.yaml "$image" "$work" <<-'END'
		import sys, yaml
		made = []
		for part in yaml.safe_load_all(open(sys.argv[1])):
		    if part["kind"] == "ConfigMap":
		        made.append(part)
		    if part["kind"] == "DaemonSet":
		        pod = part["spec"]["template"]
		        pod.update(apiVersion="v1", kind="Pod")
		        pod["metadata"]["name"] = "vigil"
		        # podman 4.3 reads no seccompProfile, but its older form.
		        if pod["spec"]["containers"][0]["securityContext"]["seccompProfile"]["type"] == "Unconfined":
		            pod["metadata"]["annotations"] = {
		                "seccomp.security.alpha.kubernetes.io/pod": "unconfined"}
		        pod["spec"]["containers"][0]["image"] = sys.argv[2]
		        for volume in pod["spec"]["volumes"]:
		            path = volume.get("hostPath", {}).get("path", "")
		            if path.startswith(("/var/log", "/var/lib")):
		                volume["hostPath"]["path"] = sys.argv[3] + path
		        made.append(pod)
		yaml.safe_dump_all(made, sys.stdout)
	END
}

# Whether the sensor of the pod is ready, reports, and keeps what its output cannot send.
pod_reports() {
	mkdir -p "$work"/var/{log,lib}/vigil
	pod >"$work/pod.yaml" && podman --runtime "$runtime" kube play "$work/pod.yaml" || return 1
	for _ in $(seq 30); do
		curl -fs http://127.0.0.1:9469/readyz && break
		sleep 1
	done
	/bin/echo of-this-node >/dev/null
	sleep 4
	curl -fs http://127.0.0.1:9469/metrics >"$work/metrics"
	podman logs vigil-vigil 2>&1 | tail -n 5
	podman pod stop -t 20 vigil >/dev/null
	grep -q of-this-node "$work/var/log/vigil/events.jsonl" &&
		grep -q '^vigil_' "$work/metrics" && [ -n "$(ls -A "$work/var/lib/vigil/spool")" ]
}

[ -n "${IMAGE-}" ] || check "the image is built" builds
check "with the documented options it reports this machine and other containers" reports
check "the pod of the manifest is ready, reports, and keeps what it cannot send" pod_reports
exit "$failed"
