/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_TIMER_H
#define CORPUS_LINUX_TIMER_H

#include <linux/types.h>

struct timer_list {
	unsigned long expires;
	void (*function)(struct timer_list *timer);
};

extern unsigned long volatile jiffies;

#define timer_setup(timer, callback, flags) ((timer)->function = (callback))
#define timer_container_of(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, __typeof__(*var), timer_fieldname)

int mod_timer(struct timer_list *timer, unsigned long expires);

#endif
