// SPDX-License-Identifier: MIT
// For dispatch.c and svm.c; work-groups have 64 items.  No device library is
// linked, so the ids come from the compiler's builtins.
__kernel void scale(__global uint *v, uint factor)
{
	v[__builtin_amdgcn_workgroup_id_x() * 64 + __builtin_amdgcn_workitem_id_x()] *= factor;
}
