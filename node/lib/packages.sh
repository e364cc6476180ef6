# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# Debian packages: only those that the verb at hand needs.

packages_node=(qemu-system-x86 gcc libc6-dev make cpio kmod)
packages_stock=(linux-image-amd64 linux-headers-amd64)
packages_kernel=(linux-source-6.1 gcc make libc6-dev bc flex bison libelf-dev libssl-dev cpio
	kmod xz-utils perl python3 patch)
packages_thunk=(libhsakmt-dev libdrm-dev libnuma-dev pkg-config)
# Tests of the device process on the host: cmocka, fuzzers, AMD's own headers, llvm-mc.
packages_tests=(shellcheck libcmocka-dev clang-14 libclang-rt-14-dev libhsa-runtime-dev llvm)

# What HIP programs are compiled with and run on.
packages_hip=(hipcc rocm-device-libs libamdhip64-dev)
# The same for programs on the HSA runtime alone, and ROCm's tools.
packages_rocm=("${packages_hip[@]}" libhsa-runtime-dev rocminfo rocm-smi)

# packages_missing NAME... - those that are not installed, one per line
packages_missing()
{
	local name status

	for name; do
		# shellcheck disable=SC2016 # the field is dpkg-query's
		status=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) || true
		[[ $status == installed ]] || echo "$name"
	done
}

# as_root COMMAND... - directly, or by sudo without a question
as_root()
{
	if ((EUID == 0)); then
		run env DEBIAN_FRONTEND=noninteractive "$@"
	else
		run sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

packages_can_install()
{
	((EUID == 0)) || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }
}

apt_install()
{
	as_root apt-get install -y -q --no-install-recommends "$@" >&2
}

# packages_need NAME... - installs what is missing
packages_need()
{
	local missing

	mapfile -t missing < <(packages_missing "$@")
	((${#missing[@]})) || return 0
	command -v apt-get >/dev/null ||
		die "needs the Debian packages ${missing[*]}, and this is no Debian"
	((option_dry_run)) || packages_can_install || die \
		"needs the packages ${missing[*]}; run: sudo apt-get install ${missing[*]}"
	if ((EUID == 0)); then
		say "installing as root: ${missing[*]}"
	else
		say "installing with sudo: ${missing[*]}"
	fi
	((option_dry_run)) && { apt_install "${missing[@]}"; return; }
	# The lists may be missing, as in a fresh container, or be out of date.
	apt_install "${missing[@]}" || {
		say "that did not work; once more with fresh package lists"
		as_root apt-get update -q >&2 || true
		apt_install "${missing[@]}"
	} || die "apt-get could not install ${missing[*]}"
}
