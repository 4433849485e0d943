/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_SPINLOCK_H
#define CORPUS_LINUX_SPINLOCK_H

#include <linux/types.h>

void spin_lock(spinlock_t *lock) __acquires(lock);
void spin_unlock(spinlock_t *lock) __releases(lock);
void spin_lock_bh(spinlock_t *lock) __acquires(lock);
void spin_unlock_bh(spinlock_t *lock) __releases(lock);

#endif
