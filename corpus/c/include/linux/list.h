/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_LIST_H
#define CORPUS_LINUX_LIST_H

#include <linux/types.h>

struct list_head {
	struct list_head *next, *prev;
};

#define list_entry(ptr, type, field) container_of(ptr, type, field)
#define list_for_each_entry(pos, head, field) \
	for (pos = list_entry((head)->next, __typeof__(*pos), field); &pos->field != (head); \
	     pos = list_entry(pos->field.next, __typeof__(*pos), field))
#define list_for_each_entry_rcu(pos, head, field) list_for_each_entry(pos, head, field)

void list_add_tail(struct list_head *new, struct list_head *head);
void list_del(struct list_head *entry);
bool list_empty(const struct list_head *head);

#endif
