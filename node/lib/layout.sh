# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # the parts share their variables
#
# Where the node's memory lies.  Sizes in MiB unless the name says otherwise.
#
#   RAM offset   0 ........ dram/2 ........ dram .. +vram .. gap .. +vram
#   NUMA node    |--- 0 ---|------ 1 ------|--- 2 ---|----- 3 -----|
#                                           GPU 1 SPM   GPU 2 SPM
#
# Each GPU's memory is a NUMA node of its own without processors, nearest to
# one of the two DRAM nodes.  q35 puts the first 2 GiB of DRAM, or all when there
# is less (max-ram-below-4g), at 0 and the rest at 4 GiB; the SPM always lies up
# there, away from the kernel and the initramfs.  The kernel joins adjoining
# soft-reserved ranges to one resource, so a reserved gap of 2 MiB keeps those of
# two GPUs apart.
#
# The supervisor makes the RAM, one memfd for each NUMA node; QEMU finds them from
# descriptor fd_memory on, and so do the device processes.

readonly low_ram=2048 high_start=4096 spm_gap=2
readonly fd_memory=20

# layout - sets dram, vram, gpus, cpus, low, memory_total, spm_bases, and memmap
layout()
{
	local i base

	dram=$(mebibytes --dram "${option_dram:-2G}") || exit
	vram=$(mebibytes --vram "${option_vram:-512M}") || exit
	gpus=$option_gpus
	cpus=$option_cpus
	((dram >= 512)) || die "--dram ${dram}M: a node needs at least 512M"
	((dram % 4 == 0)) || die "--dram ${dram}M: must be a multiple of 4M"
	((vram >= 16)) || die "--vram ${vram}M: a GPU needs at least 16M"
	((vram % 2 == 0)) || die "--vram ${vram}M: must be a multiple of 2M"
	((gpus <= 8)) || die "--gpus $gpus: a node has at most 8"
	((cpus <= 64)) || die "--cpus $cpus: a node has at most 64"
	memory_total=$((dram + gpus * vram + (gpus - 1) * spm_gap))
	layout_check_host
	low=$((dram < low_ram ? dram : low_ram))
	base=$((high_start + dram - low))
	spm_bases=()
	memmap=()
	for ((i = 0; i < gpus; i++)); do
		printf -v "spm_bases[i]" '0x%x' $((base << 20))
		memmap+=("memmap=${vram}M%${spm_bases[i]}-1+0xefffffff")
		base=$((base + vram))
		if ((i + 1 < gpus)); then
			memmap+=("memmap=${spm_gap}M\$$(printf '0x%x' $((base << 20)))")
			base=$((base + spm_gap))
		fi
	done
}

# The node's memory is taken as it is touched: it has to be there all the same.
layout_check_host()
{
	local available limit used

	available=$(($(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo) / 1024))
	if [[ -r /sys/fs/cgroup/memory.max ]] &&
		limit=$(</sys/fs/cgroup/memory.max) && [[ $limit != max ]]; then
		used=$(</sys/fs/cgroup/memory.current)
		limit=$(((limit - used) / 1048576))
		((available <= limit)) || available=$limit
	fi
	((memory_total + 256 <= available)) || die \
		"this node has ${memory_total}M of memory, and this machine has ${available}M" \
		"available; choose smaller --dram, --vram or --gpus"
}

# layout_qemu - sets memory_args for QEMU and memory_parts, the sizes of the memfds
layout_qemu()
{
	local half=$((dram / 2)) i

	memory_parts=()
	memory_args=(-m "${memory_total}M" -smp "$cpus,sockets=$cpus,cores=1,threads=1")
	memory_node 0 "$half" "0$( ((cpus < 2)) || echo "-$((cpus / 2 - 1))")"
	memory_node 1 "$half" "$( ((cpus < 2)) || echo "$((cpus / 2))-$((cpus - 1))")"
	for ((i = 0; i < gpus; i++)); do
		memory_node $((i + 2)) $((vram + (i + 1 < gpus ? spm_gap : 0))) ''
	done
	memory_distances
}

# memory_node NUMBER SIZE CPUS
memory_node()
{
	memory_parts+=("$2")
	memory_args+=(
		-object "memory-backend-file,id=ram$1,size=$2M,share=on,mem-path=/proc/self/fd/$((fd_memory + $1))"
		-numa "node,nodeid=$1,memdev=ram$1${3:+,cpus=$3}"
	)
}

# A GPU hangs on one of the DRAM nodes; everything else is one hop further.
memory_distances()
{
	local a b count=$((gpus + 2))

	for ((a = 0; a < count; a++)); do
		for ((b = a + 1; b < count; b++)); do
			memory_args+=(-numa "dist,src=$a,dst=$b,val=$(distance "$a" "$b")")
		done
	done
}

# distance A B - with A < B
distance()
{
	if (($2 < 2)); then
		echo 20
	elif (($1 == ($2 - 2) % 2)); then
		echo 15
	else
		echo 30
	fi
}

# layout_windows - sets windows: where the device processes find the RAM, each
# ADDRESS:SIZE:DESCRIPTOR:OFFSET in bytes
layout_windows()
{
	local i size offset=0 from part

	windows=()
	for i in "${!memory_parts[@]}"; do
		size=${memory_parts[i]} from=0
		while ((from < size)); do
			part=$((size - from))
			# The part that ends low memory goes on at 4 GiB.
			((offset >= low || offset + part <= low)) || part=$((low - offset))
			windows+=("$(printf '0x%x:0x%x:%d:0x%x' \
				$(((offset < low ? offset : offset - low + high_start) << 20)) \
				$((part << 20)) $((fd_memory + i)) $((from << 20)))")
			from=$((from + part)) offset=$((offset + part))
		done
	done
}
