# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of run.sh
# shellcheck disable=SC2089,SC2090 # a command that Perl and a shell split
# --sshlogin and --sshloginfile: batches run on other machines, by GNU parallel.
#
# The built tree must be on each machine; what a job needs beyond that travels on its
# command line, what it leaves comes back on its stdout, with a checksum.  Only a whole
# answer is unpacked, and only one of each batch: a machine that dies loses nothing, as
# its jobs are sent to another one, and nothing counts twice.

# The files of one job as one word.
remote_input() { # VMM BATCH
	tar -C "$work" -czf - "plan/$2" run.env remote.env "caps/$1.json" "caps/$1.media" "caps/$1.channel" \
		"caps/$1.version" | base64 -w 0
}

# What the caller chose, with paths inside the tree relative to it.
remote_env() {
	for name in VMPROOF_BUILD VMPROOF_DRIVERS VMPROOF_CASES VMM_refvmm QEMU BOCHS BOCHS_CPU BXSHARE \
		REFVMM_OPTIONS; do
		eval "value=\${$name-}"
		case $value in
		'') continue ;;
		"$top"/*) value="\"\$top\"/'${value#"$top"/}'" ;;
		*) value="'$value'" ;;
		esac
		echo "$name=$value; export $name"
	done
}

# Run the lines "VMM<tab>BATCH" of a file; the jobs that came back from nowhere are left
# in $work/homeless.
remote_schedule() { # FILE
	rm -rf "$work/remote"
	mkdir -p "$work/remote"
	remote_env >"$work/remote.env"
	while IFS='	' read -r v b; do
		printf '%s\t%s\t%s\n' "$v" "$b" "$(remote_input "$v" "$b")"
	done <"$1" >"$work/remote.tsv"
	: "${PARALLEL_SSH:=ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3}"
	# Paths as words of their own.
	PARALLEL_SSH="'$top/harness/lib/remotessh' '$work/unreached' $PARALLEL_SSH"
	export PARALLEL_SSH
	set -- --will-cite --jobs "$jobs" --colsep '\t' --joblog "$work/joblog" --retries 3 \
		--results "$work/remote/{1}/{2}/"
	[ -z "$ssh_login" ] || set -- "$@" --sshlogin "$ssh_login"
	[ -z "$ssh_file" ] || set -- "$@" --sshloginfile "$ssh_file"
	[ -z "$shuffle" ] || set -- "$@" --shuf
	exec parallel "$@" -a "$work/remote.tsv" "$ssh_dir/harness/lib/remotejob" '{1}' '{2}' '{3}' \
		>/dev/null 2>"$work/parallel.err"
}

# Unpack one answer if it is whole; otherwise say so by the exit status.
remote_unpack() { # VMM BATCH
	answer=$work/remote/$1/$2/stdout
	[ -s "$answer" ] || return 1
	# The last whole one, should there be more.
	awk '/^BEGIN$/ { text = ""; inside = 1; next }
		/^END / { if (inside) { whole = text; end = $2 " " $3 } inside = 0; next }
		inside { text = text $0 "\n" }
		END { if (end == "") exit 1; printf "%s", whole; print end >out }' \
		out="$work/remote/end" "$answer" >"$work/remote/base64" || return 1
	base64 -d "$work/remote/base64" >"$work/remote/tgz" 2>/dev/null || return 1
	[ "$(cksum <"$work/remote/tgz")" = "$(cat "$work/remote/end")" ] || return 1
	mkdir -p "$work/jobs/$1"
	rm -rf "$work/jobs/$1/${2:?}"
	tar -C "$work/jobs/$1" -xzf "$work/remote/tgz" && [ -f "$work/jobs/$1/$2/states.jsonl" ]
}

# Take what came back, and run here what no machine could run: nothing is lost.
remote_collect() { # FILE
	: >"$work/homeless"
	while IFS='	' read -r v b; do
		remote_unpack "$v" "$b" || printf '%s\t%s\n' "$v" "$b" >>"$work/homeless"
	done <"$1"
	grep -h '^remotejob: ' "$work"/remote/*/*/stderr 2>/dev/null | sort | uniq -c | sort -rn |
		head -n 5 | sed 's/^ *[0-9]* //' >&2
	sort "$work/unreached" 2>/dev/null | uniq -c | while read -r n host; do
		echo "vmproof: $host was not reached ($n times): what was meant for it ran elsewhere" >&2
	done
	grep -i '^parallel: warning' "$work/parallel.err" | head -n 5 >&2
}
