# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# What a node is made of, built when it is older than its sources.

# is_newer FILE SOURCE... - FILE is there and newer than all sources
is_newer()
{
	local file=$1

	shift
	[[ -e $file ]] && [[ -z $(find "$@" -newer "$file" -print -quit) ]]
}

# build_c OUTPUT FOLDER FLAGS... - the folder's C files as one program
build_c()
{
	local output=$1 folder=$2

	shift 2
	! is_newer "$output" "$folder" "$root"/node/*.h "$root/abi" || return 0
	note "building ${output#"$root"/}"
	run mkdir -p "$(dirname "$output")"
	run gcc -std=gnu11 -O2 -Wall -Wextra "$@" -o "$output.new" "$folder"/*.c ||
		die "could not build ${output#"$root"/}"
	run mv "$output.new" "$output"
}

build_tools()
{
	build_c "$root/build/node/supervise" "$root/node/host"
	build_c "$root/build/node/tsc" "$root/node/tsc"
	build_c "$root/build/node/init" "$root/node/guest" -static
}

# kernel_find FLAVOUR - sets KERNEL_*; status 1 when it is not there
kernel_find()
{
	local answer

	answer=$("$root/node/kernel/build" --query "$1" 2>/dev/null) || return 1
	eval "$answer"
}

# kernel_make FLAVOUR - sets KERNEL_*, building the kernel if it has to
kernel_make()
{
	local answer

	kernel_find "$1" && return
	case $1 in
	stock) packages_need "${packages_stock[@]}" ;;
	*) packages_need "${packages_kernel[@]}" ;;
	esac
	if ((option_dry_run)); then
		run "$root/node/kernel/build" "$1"
		KERNEL_IMAGE="<$1 kernel>" KERNEL_RELEASE="<$1>"
		KERNEL_MODULES="<$1 modules>" KERNEL_BUILD="<$1 build>"
		return
	fi
	answer=$(run "$root/node/kernel/build" "$1") ||
		die "there is no $1 kernel; see the messages above"
	eval "$answer"
}

# kernel_choose - sets `kernel`: what was asked for, else the best that is there
kernel_choose()
{
	kernel=$option_kernel
	[[ -z $kernel ]] || return 0
	kernel=stock
	! "$root/node/kernel/build" --query patched >/dev/null 2>&1 || kernel=patched
}

# module_make FLAVOUR - sets `module` to the path of amdgpu.ko, empty without kfd/
module_make()
{
	module=
	((option_module)) || return 0
	if [[ ! -f $root/kfd/Kbuild ]]; then
		note "no kfd/ here: the node goes without the module"
		return
	fi
	if ((option_dry_run)); then
		run "$root/node/module-build" "$1"
		module="$root/build/kfd-$1/kfd/amdgpu.ko"
		return
	fi
	module=$(run "$root/node/module-build" "$1") ||
		die "the module could not be built; see the messages above"
	module=${module%%$'\n'*}
}

# build_program FOLDER [FILE...] - its Makefile puts the programs into build/FOLDER
build_program()
{
	[[ -f $root/$1/Makefile ]] || die "there is no $1/Makefile"
	lock program
	run make --no-print-directory -s -C "$root/$1" "O=$root/build/$1" "${@:2}" >&2 ||
		die "$1/ could not be built"
	unlock
}

# device_make - the device process, for a node that has one
device_make()
{
	[[ $option_device != simgpu ]] || build_program gpu
}

# module_files DIRECTORY NAME... - paths of these modules and of all that they
# need, in the order of loading; what is built into the kernel is left out
module_files()
{
	local directory=$1

	shift
	awk -v directory="$directory" -v wanted="$*" '
	function base(path) {
		sub(/.*\//, "", path)
		sub(/\.ko.*/, "", path)
		gsub(/-/, "_", path)
		return path
	}
	function load(path,	i, n, need) {
		if (path in loaded)
			return
		loaded[path] = 1
		n = split(needs[path], need, " ")
		for (i = n; i >= 1; i--)
			load(need[i])
		print directory "/" path
	}
	FILENAME ~ /modules\.builtin$/ { builtin[base($1)] = 1; next }
	{
		path = $1
		sub(/:$/, "", path)
		sub(/^[^:]*:/, "")
		needs[path] = $0
		file[base(path)] = path
	}
	END {
		count = split(wanted, want, " ")
		for (k = 1; k <= count; k++) {
			name = base(want[k])
			if (name in file)
				load(file[name])
			else if (!(name in builtin)) {
				print "conode: no module " want[k] " in " directory > "/dev/stderr"
				bad = 1
			}
		}
		exit bad
	}' "$directory/modules.builtin" "$directory/modules.dep"
}

# What the root file system and the ports need.
boot_modules=(virtio_pci virtio_console 9pnet_virtio 9p overlay)

# unpack FILE TARGET - copies a module, uncompressed
unpack()
{
	case $1 in
	*.xz) xz -dc "$1" >"$2" ;;
	*.gz) gzip -dc "$1" >"$2" ;;
	*.zst) zstd -qdc "$1" >"$2" ;;
	*) cp "$1" "$2" ;;
	esac
}

# initramfs_make - sets `initramfs`: init and the modules for kernel KERNEL_*
initramfs_make()
{
	local stage file name

	initramfs=$root/build/node/initramfs-$KERNEL_RELEASE.cpio
	((!option_dry_run)) || return 0
	! is_newer "$initramfs" "$root/build/node/init" "$KERNEL_MODULES/modules.dep" \
		"$root/node/lib/build.sh" || return 0
	stage=$root/build/node/initramfs-$KERNEL_RELEASE.d
	rm -rf "$stage"
	mkdir -p "$stage"/{dev,proc,sys,modules}
	cp "$root/build/node/init" "$stage/init"
	: >"$stage/modules/order"
	while read -r file; do
		name=${file##*/}
		name=${name%%.ko*}.ko
		unpack "$file" "$stage/modules/$name"
		echo "$name" >>"$stage/modules/order"
	done < <(module_files "$KERNEL_MODULES" "${boot_modules[@]}" || echo missing)
	[[ ! -e $stage/modules/missing.ko ]] || die "this kernel lacks what a node needs"
	(cd "$stage" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) \
		>"$initramfs.new" || die "could not write $initramfs"
	mv "$initramfs.new" "$initramfs"
	rm -rf "$stage"
}
