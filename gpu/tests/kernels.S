/* SPDX-License-Identifier: MIT */
/*
 * Kernels for dispatch_test.c, whose enum kernel has their order.  At the start
 * is a table of their offsets.  s[0:1] is the kernarg segment, s2 and following
 * are the numbers of the work-group, v0 has the packed ids.
 */
	.macro	kernel name
	.p2align 8
\name:
	.endm

	.text
table:
	.irp	name, visit, reverse, scratch, forever, illegal, trap, crooked, \
		message, meet, touch, registers, doorbell, void, rounds, \
		stuck, busy, handler, goes_on
	.long	\name - table
	.endr

/* memory[linear id]++: { u64 memory; u32 group x, y, z; u32 grid x, y } */
	kernel	visit
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	s_load_dwordx4 s[8:11], s[0:1], 0x8
	s_load_dword s12, s[0:1], 0x18
	v_and_b32	v1, 0x3ff, v0
	v_bfe_u32	v2, v0, 10, 10
	v_bfe_u32	v3, v0, 20, 10
	s_waitcnt lgkmcnt(0)
	s_mul_i32	s13, s2, s8
	v_add_u32	v1, s13, v1
	s_mul_i32	s13, s3, s9
	v_add_u32	v2, s13, v2
	s_mul_i32	s13, s4, s10
	v_add_u32	v3, s13, v3
	v_mul_lo_u32	v4, v3, s12
	v_add_u32	v4, v4, v2
	v_mul_lo_u32	v4, v4, s11
	v_add_u32	v4, v4, v1
	v_lshlrev_b32	v4, 2, v4
	v_mov_b32	v5, 1
	global_atomic_add v4, v5, s[6:7]
	s_endpgm

/*
 * memory[id] = id of the item at the other end of the group: through LDS.  All
 * waves but the first one let others run before they write.
 */
	kernel	reverse
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	s_load_dword s8, s[0:1], 0x8
	v_lshlrev_b32	v1, 2, v0
	v_readfirstlane_b32 s9, v0
	s_cmp_eq_u32	s9, 0
	s_cbranch_scc1	write
	s_sleep	1
	s_sleep	1
	s_sleep	1
write:
	ds_write_b32	v1, v0
	s_waitcnt lgkmcnt(0)
	s_barrier
	s_sub_u32	s8, s8, 1
	v_sub_u32	v2, s8, v0
	v_lshlrev_b32	v2, 2, v2
	ds_read_b32	v3, v2
	s_waitcnt lgkmcnt(0)
	global_store_dword v1, v3, s[6:7]
	s_endpgm

/*
 * memory[id] = sum of four private words, each written first, by all waves; the
 * user SGPRs are the kernarg segment and the scratch's base, s[2:3]; the group's
 * number is s4, the offset of the wave s5.
 */
	kernel	scratch
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	s_load_dword s8, s[0:1], 0x8
	s_add_u32	flat_scratch_lo, s2, s5
	s_addc_u32	flat_scratch_hi, s3, 0
	s_waitcnt lgkmcnt(0)
	s_mul_i32	s9, s4, s8
	v_add_u32	v1, s9, v0
	v_mov_b32	v2, 0
	scratch_store_dword v2, v1, off offset:0
	scratch_store_dword v2, v1, off offset:4
	scratch_store_dword v2, v1, off offset:8
	scratch_store_dword v2, v1, off offset:60
	/* Long enough for other work-groups to write theirs. */
	s_movk_i32	s10, 40
wait:
	s_sleep	1
	s_sub_u32	s10, s10, 1
	s_cbranch_scc0	wait
	scratch_load_dword v3, v2, off offset:0
	scratch_load_dword v4, v2, off offset:4
	scratch_load_dword v5, v2, off offset:8
	scratch_load_dword v6, v2, off offset:60
	s_waitcnt vmcnt(0)
	v_add_u32	v3, v3, v4
	v_add_u32	v3, v3, v5
	v_add_u32	v3, v3, v6
	v_lshlrev_b32	v1, 2, v1
	global_store_dword v1, v3, s[6:7]
	s_endpgm

	kernel	forever
	s_branch forever

	kernel	illegal
	s_nop	0
	.long	0xfc00dead
	s_endpgm

	kernel	trap
	s_trap	3
	s_trap	2
	s_endpgm

/* An atomic at an odd address. */
	kernel	crooked
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	v_mov_b32	v1, 1
	s_waitcnt lgkmcnt(0)
	global_atomic_add v1, v1, s[6:7]
	s_endpgm

	kernel	message
	s_mov_b32	m0, 0x123456
	s_sendmsg	sendmsg(MSG_INTERRUPT)
	s_endpgm

/* Work-group 1 waits for what work-group 0, which waits for 1's, has written. */
	kernel	meet
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	s_lshl_b32	s8, s2, 2
	s_xor_b32	s9, s8, 4
	v_mov_b32	v1, s8
	v_mov_b32	v2, s9
	v_mov_b32	v3, 1
	s_waitcnt lgkmcnt(0)
	global_store_dword v1, v3, s[6:7]
again:
	s_sleep	1
	global_load_dword v4, v2, s[6:7] glc
	s_waitcnt vmcnt(0)
	v_readfirstlane_b32 s10, v4
	s_cmp_eq_u32	s10, 0
	s_cbranch_scc1	again
	s_endpgm

/* memory[id * 4096]++, by one lane after the other */
	kernel	touch
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	v_lshlrev_b32	v1, 12, v0
	v_mov_b32	v2, 1
	s_waitcnt lgkmcnt(0)
	global_atomic_add v1, v2, s[6:7]
	s_endpgm

/* memory[0 .. 23] = s0 .. s23; the kernarg segment is in s[8:9] */
	kernel	registers
	v_mov_b32	v1, 0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23
	v_writelane_b32 v1, s\n, \n
	.endr
	s_load_dwordx2 s[30:31], s[8:9], 0x0
	v_and_b32	v2, 0x3ff, v0
	v_lshlrev_b32	v2, 2, v2
	s_waitcnt lgkmcnt(0)
	global_store_dword v2, v1, s[30:31]
	s_endpgm

/* memory[0] = number of the queue's doorbell, memory[1] = SH_MEM_BASES */
	kernel	doorbell
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	s_mov_b64	s[8:9], exec
	s_sendmsg	sendmsg(MSG_GET_DOORBELL)
	s_mov_b32	s10, exec_lo
	s_mov_b64	exec, s[8:9]
	s_getreg_b32	s11, hwreg(HW_REG_SH_MEM_BASES)
	v_mov_b32	v0, 0
	v_mov_b32	v2, s10
	v_mov_b32	v3, s11
	s_waitcnt lgkmcnt(0)
	global_store_dwordx2 v0, v[2:3], s[6:7]
	s_endpgm

/* Jump to an address where nothing is. */
	kernel	void
	s_mov_b32	s8, 0x1000
	s_mov_b32	s9, 0x7e57
	s_setpc_b64	s[8:9]

/* memory[0] = what 1 + 2^-30 becomes with the mode of the kernel */
	kernel	rounds
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	v_mov_b32	v0, 0
	v_mov_b32	v1, 0x30800000
	v_add_f32	v1, 1.0, v1
	s_waitcnt lgkmcnt(0)
	global_store_dword v0, v1, s[6:7]
	s_endpgm

/*
 * memory[id of the work-group]++, once by each wave; then the first wave waits at
 * the barrier for the second one, which reads the address behind memory.
 */
	kernel	stuck
	s_load_dwordx4 s[4:7], s[0:1], 0x0
	s_lshl_b32	s8, s2, 2
	v_mov_b32	v1, s8
	v_mov_b32	v2, 1
	v_readfirstlane_b32 s9, v0
	s_mov_b64	exec, 1
	s_waitcnt lgkmcnt(0)
	global_atomic_add v1, v2, s[4:5]
	s_waitcnt vmcnt(0)
	s_cmp_eq_u32	s9, 0
	s_cbranch_scc1	stuck_barrier
	v_mov_b32	v3, 0
	global_load_dword v4, v3, s[6:7]
	s_waitcnt vmcnt(0)
stuck_barrier:
	s_barrier
	s_endpgm

/* Work-group 0 reads the address behind memory, the others count in it for ever. */
	kernel	busy
	s_load_dwordx4 s[4:7], s[0:1], 0x0
	s_lshl_b32	s8, s2, 2
	v_mov_b32	v1, s8
	v_mov_b32	v2, 1
	s_mov_b64	exec, 1
	s_waitcnt lgkmcnt(0)
	s_cmp_eq_u32	s2, 0
	s_cbranch_scc0	busy_count
	v_mov_b32	v3, 0
	global_load_dword v4, v3, s[6:7]
	s_waitcnt vmcnt(0)
busy_count:
	global_atomic_add v1, v2, s[4:5]
	s_cmp_eq_u32	s2, 0
	s_cbranch_scc0	busy_count
	s_endpgm

/*
 * A trap handler.  data[0 .. 5] = ttmp0, ttmp1, ttmp12, TRAPSTS, STATUS, m0; data[6]
 * is swapped with 7, what was there goes to data[8].  s_trap 3 is passed over; the
 * wave halts for others.
 */
	kernel	handler
	s_store_dwordx2 ttmp[0:1], ttmp[14:15], 0x0
	s_store_dword ttmp12, ttmp[14:15], 0x8
	s_getreg_b32	ttmp2, hwreg(HW_REG_TRAPSTS)
	s_store_dword ttmp2, ttmp[14:15], 0xc
	s_getreg_b32	ttmp2, hwreg(HW_REG_STATUS)
	s_store_dword ttmp2, ttmp[14:15], 0x10
	s_mov_b32	ttmp2, m0
	s_store_dword ttmp2, ttmp[14:15], 0x14
	s_mov_b64	ttmp[2:3], 7
	s_atomic_swap_x2 ttmp[2:3], ttmp[14:15], 0x18 glc
	s_waitcnt lgkmcnt(0)
	s_store_dwordx2 ttmp[2:3], ttmp[14:15], 0x20
	s_bfe_u32	ttmp2, ttmp1, 0x80010
	s_and_b32	ttmp1, ttmp1, 0xffff
	s_cmp_eq_u32	ttmp2, 3
	s_cbranch_scc1	handler_pass
	s_bitset1_b32	ttmp12, 13
	s_branch	handler_return
handler_pass:
	s_add_u32	ttmp0, ttmp0, 4
	s_addc_u32	ttmp1, ttmp1, 0
handler_return:
	s_setreg_b32	hwreg(HW_REG_STATUS), ttmp12
	s_rfe_b64	ttmp[0:1]

/* memory[0] = 1 + SCC, which is set, behind a trap that is passed over */
	kernel	goes_on
	s_load_dwordx2 s[6:7], s[0:1], 0x0
	s_mov_b32	m0, 0x1234
	s_cmp_eq_u32	s0, s0
	s_trap	3
	s_addc_u32	s8, 1, 0
	v_mov_b32	v0, 0
	v_mov_b32	v1, s8
	s_waitcnt lgkmcnt(0)
	global_store_dword v0, v1, s[6:7]
	s_endpgm
	.p2align 8
