# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts that deal with kernel sources and builds share.  To be
# sourced; the caller sets `me`, the name in front of its messages.

kernel_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# depmod lives where an ordinary user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

source_package=linux-source-6.1
source_tarball=${CONODE_SOURCE_TARBALL:-/usr/src/$source_package.tar.xz}
cache_dir=${XDG_CACHE_HOME:-${HOME:?}/.cache}/conode

note()
{
	printf '%s: %s\n' "$me" "$*" >&2
}

die()
{
	note "$@"
	exit 1
}

# usage_of FILE - the comment at the top of a script is its manual
usage_of()
{
	sed -n '/^# Usage:/,/^$/s/^# \{0,1\}//p' "$1"
}

# source_version - version of the installed source package, e.g. 6.1.192-2
source_version()
{
	local status version

	# shellcheck disable=SC2016 # the fields are dpkg-query's, not bash's
	read -r status version < <(dpkg-query -W \
		-f '${db:Status-Status} ${Version}\n' "$source_package" 2>/dev/null) ||
		true
	[[ ${status-} == installed && -r $source_tarball ]] ||
		die "package $source_package is not installed" \
		    "(apt-get install $source_package)"
	echo "$version"
}

# need COMMAND:PACKAGE ... - name every package that is missing, then give up;
# a COMMAND with a slash is a file that has to be there
need()
{
	local pair missing=()

	for pair; do
		[[ -e ${pair%%:*} ]] || command -v "${pair%%:*}" >/dev/null ||
			missing+=("${pair#*:}")
	done
	((${#missing[@]} == 0)) ||
		die "missing packages; apt-get install ${missing[*]}"
}

# is_shared TREE - is the pristine source in the cache, from which everybody builds,
# by whatever name, or lies in it
is_shared()
{
	[[ $(realpath -m -- "$1") == "$(realpath -m -- "$cache_dir")"/source-* ]]
}

# apply_patch TREE PATCH - apply one patch exactly: no fuzz, nothing left over
apply_patch()
{
	! is_shared "$1" || die "$1 is the shared source: nobody patches that"
	patch --directory="$1" --strip=1 --fuzz=0 --forward --silent \
		--no-backup-if-mismatch --reject-file=- <"$2"
}

# take_lock FILE WHAT - one worker at a time; the lock ends with the process
take_lock()
{
	mkdir -p "$(dirname "$1")"
	exec {lock_fd}>"$1"
	if ! flock --nonblock "$lock_fd"; then
		note "waiting for another process that $2"
		flock "$lock_fd"
	fi
}

# series DIR - its patches in order, without the cover letter; the first
# CONODE_PATCHES of them, if that is set
series()
{
	find "$1" -maxdepth 1 -name '[0-9]*.patch' ! -name '0000-*' |
		LC_ALL=C sort |
		awk -v "count=${CONODE_PATCHES-}" 'count == "" || NR <= count'
}
