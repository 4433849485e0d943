/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_RCUPDATE_H
#define CORPUS_LINUX_RCUPDATE_H

#include <linux/types.h>
#include <linux/cleanup.h>

void rcu_read_lock(void) __acquires(RCU);
void rcu_read_unlock(void) __releases(RCU);
void rcu_read_lock_bh(void) __acquires(RCU_BH);
void rcu_read_unlock_bh(void) __releases(RCU_BH);
void local_bh_disable(void);
void local_bh_enable(void);

#define rcu_dereference(p) (p)
#define rcu_dereference_bh(p) (p)
#define rcu_access_pointer(p) (p)
#define rcu_assign_pointer(p, v) ((p) = (v))

DEFINE_LOCK_GUARD_0(rcu, rcu_read_lock(), rcu_read_unlock())

#endif
