# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# KVM or TCG.  /dev/kvm may be there and yet hang every guest, so it is proved
# by a short boot, once per boot of the host.

readonly kvm_probe_seconds=10

accel_boot_id()
{
	cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo unknown
}

# accel_remembered - sets kvm_works and kvm_reason from an earlier probe
accel_remembered()
{
	local id

	[[ -r $cache/kvm-probe ]] || return 1
	IFS=$'\t' read -r id kvm_works kvm_reason <"$cache/kvm-probe" || return 1
	[[ $id == "$(accel_boot_id)" && $kvm_works =~ ^(yes|no)$ ]]
}

accel_remember()
{
	mkdir -p "$cache" 2>/dev/null || return 0
	printf '%s\t%s\t%s\n' "$(accel_boot_id)" "$kvm_works" "$kvm_reason" \
		>"$cache/kvm-probe.$$" && mv "$cache/kvm-probe.$$" "$cache/kvm-probe"
}

# accel_probe - sets kvm_works to yes or no, and kvm_reason
accel_probe()
{
	kvm_works=no
	if [[ ! -e /dev/kvm ]]; then
		kvm_reason='there is no /dev/kvm'
		return
	fi
	if [[ ! -r /dev/kvm || ! -w /dev/kvm ]]; then
		kvm_reason='no permission to use /dev/kvm (group kvm)'
		return
	fi
	! accel_remembered || return 0
	note "trying KVM (at most $kvm_probe_seconds s)"
	if accel_probe_boot; then
		kvm_works=yes
		kvm_reason='a probe boot succeeded'
	else
		kvm_works=no
		kvm_reason="a probe boot did not come up within $kvm_probe_seconds s"
	fi
	accel_remember
}

# A whole boot to the shell, of the kernel that is to be used, without the module.
accel_probe_boot()
(
	option_boot_timeout=$kvm_probe_seconds
	option_module=0
	module=
	accel=kvm
	option_tty=0
	option_rw=()
	option_icount=0
	option_device=loop
	run_directory_make
	plan_begin >"$run_directory/plan"
	plan_job probe "$kvm_probe_seconds" /bin/true >>"$run_directory/plan"
	# In place of this subshell, so that it dies with the launcher itself.
	supervisor_args=(--die-with $$)
	node_command
	exec "${node_command[@]}" </dev/null >/dev/null 2>&1
)

# accel_choose - sets `accel`
accel_choose()
{
	case $option_accel in
	tcg) accel=tcg ;;
	kvm) accel=kvm ;;
	auto)
		if ((option_dry_run)); then
			accel_remembered || kvm_works=no
		else
			accel_probe
		fi
		if [[ $kvm_works == yes ]]; then
			accel=kvm
			note "acceleration: KVM"
		else
			accel=tcg
			note "acceleration: TCG, since ${kvm_reason:-KVM is not proved}"
		fi
		;;
	esac
	if [[ $accel == kvm && ! -e /dev/kvm ]]; then
		die "--accel kvm: there is no /dev/kvm; try --accel tcg"
	fi
}
