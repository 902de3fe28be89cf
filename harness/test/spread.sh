#!/bin/sh
# SPDX-License-Identifier: MIT
# --sshlogin: a run spread over three hosts of this machine - network namespaces with
# sshd where we are root, loopback ports otherwise - one of which dies in the middle.
set -u
# shellcheck source=harness/test/lib.sh
. "$(dirname "$0")/lib.sh"
sshd=$(command -v sshd || echo /usr/sbin/sshd)
for tool in "$sshd" ssh ssh-keygen; do
	command -v "$tool" >/dev/null || {
		skip "spreading over hosts" "${tool##*/} is not installed (openssh-server)"
		finish
	}
done
use_fakes

# The hosts have a home of their own: what a user's shell does at login may be slow and must
# not be killed half-way.

# Descendants of processes, themselves included.
tree() { # PID...
	for p in "$@"; do
		echo "$p"
		# shellcheck disable=SC2046 # numbers
		tree $(cat "/proc/$p/task/$p/children" 2>/dev/null)
	done
}
spaces=''
# shellcheck disable=SC2317 # called by the trap
cleanup() {
	for host in 1 2 3; do
		[ ! -s "$tmp/sshd$host" ] || tree "$(cat "$tmp/sshd$host")" | xargs -r kill -KILL 2>/dev/null
	done
	for s in $spaces; do
		ip netns pids "$s" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
		ip netns del "$s" 2>/dev/null
	done
	rm -rf "$tmp"
}
trap cleanup EXIT
trap "exit 1" INT TERM HUP

ssh-keygen -q -t ed25519 -N '' -f "$tmp/key"
ssh-keygen -q -t ed25519 -N '' -f "$tmp/hostkey"
net=$(($$ % 250))
place=namespaces
if ! { [ "$(id -u)" = 0 ] && ip netns add "vp$$-0" 2>/dev/null && ip netns del "vp$$-0"; }; then
	place=ports
fi
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
cat >"$tmp/ssh_config" <<EOT2
Host vm*
IdentityFile $tmp/key
IdentitiesOnly yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
BatchMode yes
ConnectTimeout 10
LogLevel ERROR
EOT2
: >"$tmp/hosts"
start_host() { # N
	if [ $place = namespaces ]; then
		space=vp$$-$1 port=22
		address=198.18.$net.$((4 * $1 + 2))
		ip netns add "$space" && spaces="$spaces $space" &&
			ip link add "vp$$-a$1" type veth peer name "vp$$-b$1" netns "$space" &&
			ip address add "198.18.$net.$((4 * $1 + 1))/30" dev "vp$$-a$1" &&
			ip link set "vp$$-a$1" up &&
			ip -n "$space" address add "$address/30" dev "vp$$-b$1" &&
			ip -n "$space" link set "vp$$-b$1" up || return 1
	else
		address=127.0.0.1 port=$((20000 + $$ % 10000 * 3 + $1))
	fi
	cat >"$tmp/sshd_config$1" <<-EOT2
		ListenAddress $address
		Port $port
		HostKey $tmp/hostkey
		AuthorizedKeysFile $tmp/key.pub
		PidFile $tmp/sshd$1
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		PermitRootLogin yes
		MaxStartups 100
		MaxSessions 100
		SetEnv HOME=$tmp
		LogLevel ERROR
	EOT2
	if [ $place = namespaces ]; then
		ip netns exec "$space" "$sshd" -f "$tmp/sshd_config$1" -E "$tmp/log$1"
	else
		"$sshd" -f "$tmp/sshd_config$1" -E "$tmp/log$1"
	fi || return 1
	printf 'Host vm%s\nHostName %s\nPort %s\n' "$1" "$address" "$port" >>"$tmp/hosts"
}
pids_of() { # N
	if [ $place = namespaces ]; then
		ip netns pids "vp$$-$1"
	else
		tree "$(cat "$tmp/sshd$1")"
	fi 2>/dev/null
}
busy() { # N: does it run a batch?
	for p in $(pids_of "$1"); do
		! { tr '\0' ' ' <"/proc/$p/cmdline"; } 2>/dev/null | grep -q '/lib/remotejob ' || return 0
	done
	return 1
}
die_now() { # N: as if its plug were drawn
	victims=$(pids_of "$1")
	[ $place != namespaces ] || ip link set "vp$$-a$1" down
	# shellcheck disable=SC2086 # numbers
	kill -KILL $victims 2>/dev/null
}
for host in 1 2 3; do
	start_host $host || {
		skip "spreading over hosts" "sshd does not start here: $(tail -n 1 "$tmp/log$host" 2>/dev/null)"
		finish
	}
done
cat "$tmp/hosts" >>"$tmp/ssh_config"
PARALLEL_SSH="ssh -F $tmp/ssh_config -o ServerAliveInterval=1 -o ServerAliveCountMax=2"
export PARALLEL_SSH
tries=0
until ssh -F "$tmp/ssh_config" vm1 true && ssh -F "$tmp/ssh_config" vm2 true &&
	ssh -F "$tmp/ssh_config" vm3 true; do
	tries=$((tries + 1))
	[ $tries -lt 20 ] || break
	sleep 0.5
done 2>"$tmp/ssh.err"
[ $tries -lt 20 ] || {
	skip "spreading over hosts" "no login: $(tail -n 1 "$tmp/ssh.err")"
	finish
}
echo "# hosts are $place"

printf '3 wrong\n6 crash\n' | fake bad
# A driver that takes its time, so that there is something to interrupt; where $tmp/began is
# a folder, until batches of all three hosts have begun (half a minute at most).
cat >"$tmp/linger" <<EOT3
sleep 0.3
[ -d "$tmp/began" ] || exit 0
touch "$tmp/began/\${PARALLEL_SSHLOGIN:-here}"
n=0
until [ "\$(ls "$tmp/began" | wc -l)" -ge 3 ] || [ \$n -ge 150 ]; do
	sleep 0.2
	n=\$((n + 1))
done
EOT3
for v in good bad; do
	# shellcheck disable=SC2016 # text of the driver
	sed -i 's|^DRIVER_NAME|[ "$1" != run ] \|\| sh "'"$tmp"'/linger"\n&|' "$fakes/$v"
done
verdicts() {
	jq -r '"\(.test) \(.vmm) \(.verdict) \(.reason)"' "$1/results.jsonl" | sort
}
spread() { # DIR OPTION...
	d=$1
	shift
	vmproof run --vmm good,bad --reference good --no-report --batch 3 --rerun-max 0 --out "$d" "$@"
}
spread "$tmp/here" --jobs 4
verdicts "$tmp/here" >"$tmp/expected"
is "$(wc -l <"$tmp/expected")" 48 "here: every case on both VMMs"

mkdir "$tmp/began"
spread "$tmp/all" --jobs 2 --sshlogin vm1,vm2 --sshlogin vm3 --keep-artifacts always
rm -rf "$tmp/began"
verdicts "$tmp/all" | cmp -s - "$tmp/expected"
is "$status $?" "1 0" "three hosts: the same verdicts"
is "$(find "$tmp/all/logs" -name host -exec cat {} + | sort -u | tr '\n' ' ')" "vm1 vm2 vm3 " \
	"... and each of them has worked"

printf 'vm1\nvm2\n:\n' >"$tmp/list"
# When vm2 has begun its first batch it dies.
(
	until busy 2 || [ -f "$tmp/stop" ]; do sleep 0.05; done
	[ -f "$tmp/stop" ] || {
		die_now 2
		touch "$tmp/died"
	}
) &
killer=$!
spread "$tmp/dying" --jobs 2 --sshloginfile "$tmp/list" --keep-artifacts always
touch "$tmp/stop"
wait $killer
[ -f "$tmp/died" ]
ok $? "a host died in the middle"
verdicts "$tmp/dying" | cmp -s - "$tmp/expected"
is "$status $?" "1 0" "... nothing is lost, the verdicts are the same"
is "$(jq -s -c 'group_by([.vmm, .test]) | map(length) | unique' "$tmp/dying/results.jsonl")" "[1]" \
	"... and nothing counts twice"
is "$(jq -s 'map(select(.verdict == "LOST" or .verdict == "SKIP")) | length' "$tmp/dying/results.jsonl")" 0 \
	"... nor is anything skipped"

spread "$tmp/dead" --jobs 2 --sshlogin vm1,vm2
verdicts "$tmp/dead" | cmp -s - "$tmp/expected"
is "$status $? $(grep -c -i 'removed vm2\|vm2' "$tmp/stderr" | sed 's/[1-9][0-9]*/some/')" "1 0 some" \
	"a host that is dead from the beginning is named and done without"
spread "$tmp/none" --jobs 4 --sshlogin vm1,vm3 --remote-dir "$tmp/nowhere"
verdicts "$tmp/none" | cmp -s - "$tmp/expected"
is "$status $? $(grep -c 'from no machine: running them here' "$tmp/stdout")" "1 0 1" \
	"where no machine has the tree, all runs here"
finish
