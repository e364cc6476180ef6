/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Areas: parts of the address space with an mmu interval notifier.
 *
 * An area covers many ranges, so that splitting a range, or having ten thousand
 * of them, costs no notifier.  Areas do not overlap.
 */
#ifndef SVM_NOTIFIER_H
#define SVM_NOTIFIER_H

#include <linux/interval_tree.h>
#include <linux/mmu_notifier.h>

struct svm;

/**
 * struct svm_area - [it.start, it.last] in pages
 * @it: in svm->areas
 * @mni: the notifier
 * @svm: whose
 */
struct svm_area {
	struct interval_tree_node it;
	struct mmu_interval_notifier mni;
	struct svm *svm;
};

/**
 * svm_areas_cover() - make sure that areas cover [start, last]
 *
 * Context: svm->lock held, mmap_lock not; sleeps.
 * Return: 0 or -ENOMEM; what was added stays until svm_areas_trim().
 */
int svm_areas_cover(struct svm *svm, unsigned long start, unsigned long last);

/**
 * svm_areas_trim() - remove the areas in [start, last] that nothing lies in
 *
 * Context: svm->lock held; sleeps.
 */
void svm_areas_trim(struct svm *svm, unsigned long start, unsigned long last);

/**
 * svm_unmap_page() - take a page away from devices
 * @svm: the process
 * @devices: those that lose it at its own address; where it is a user pointer
 *	all do
 * @page: the page
 *
 * Context: notifier_lock held for write; as an invalidation.
 */
void svm_unmap_page(struct svm *svm, u32 devices, unsigned long page);

/** svm_area_find() - the area with page @page, or NULL; svm->lock held */
struct svm_area *svm_area_find(struct svm *svm, unsigned long page);

#endif
