/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_WORKQUEUE_H
#define CORPUS_LINUX_WORKQUEUE_H

#include <linux/list.h>

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	unsigned long data;
	struct list_head entry;
	work_func_t func;
};

#define INIT_WORK(_work, _func) ((_work)->func = (_func))

bool schedule_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);

#endif
