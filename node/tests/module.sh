# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2154 # module is set by the test that sources this
#
# Loading the module with parameters that it must refuse; for tests in a node.

# message PATTERN - is there a new kernel message that matches
message()
{
	dmesg | tail -n +$((seen + 1)) | grep -E -- "$1" >/dev/null || {
		dmesg | tail -n +$((seen + 1)) | sed 's/^/# /'
		return 1
	}
}

# refused PATTERN PARAMETER... - insmod fails, says why, and leaves nothing
refused()
{
	local pattern=$1 seen

	shift
	seen=$(dmesg | wc -l)
	if insmod "$module" "$@" 2>/dev/null; then
		rmmod amdgpu
		echo "# insmod $* succeeded"
		return 1
	fi
	message "$pattern" || return 1
	if grep -q amdgpu /proc/iomem || [[ -e /dev/kfd ]]; then
		echo "# the refused module left something behind"
		return 1
	fi
}
