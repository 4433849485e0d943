/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_SLAB_H
#define CORPUS_LINUX_SLAB_H

#include <linux/types.h>
#include <linux/err.h>
#include <linux/cleanup.h>

void *kmalloc(size_t size, gfp_t flags);
void *kzalloc(size_t size, gfp_t flags);
void kfree(const void *objp);

DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))

#endif
