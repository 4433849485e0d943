// SPDX-License-Identifier: GPL-2.0
// of the elements of a queue the function has those that it takes out, and the queue all others
// garth_age: proved
// garth_move: proved
// garth_find: proved
// garth_behind: proved
// garth_keep: possible leaked-ref
// garth_free: possible release-of-borrowed
// garth_use: possible use-after-release
// garth_alias: possible use-after-release
// garth_twice: possible release-of-borrowed; possible use-after-release
// garth_again: possible leaked-ref

struct sk_buff_head;
struct sk_buff *garth_first(struct sk_buff_head *q);
void __skb_unlink(struct sk_buff *skb, struct sk_buff_head *list);

int garth_age(struct sk_buff_head *q, int old)
{
	struct sk_buff *skb, *tmp;
	int n = 0;

	skb_queue_walk_safe(q, skb, tmp) {
		if (skb->len > old) {
			n = 1;
			continue;
		}
		__skb_unlink(skb, q);
		kfree_skb(skb);
	}
	return n;
}

void garth_move(struct sk_buff_head *q, struct sk_buff_head *to, int old)
{
	struct sk_buff *skb, *tmp;

	skb_queue_walk_safe(q, skb, tmp) {
		if (skb->len > old)
			break;
		__skb_unlink(skb, q);
		__skb_queue_tail(to, skb);
	}
}

struct sk_buff *garth_find(struct sk_buff_head *q, int old)
{
	struct sk_buff *skb;

	skb_queue_walk(q, skb) {
		if (skb->len == old) {
			__skb_unlink(skb, q);
			return skb;
		}
	}
	return NULL;
}

void garth_behind(struct sk_buff_head *q, int old)
{
	struct sk_buff *skb;

	skb_queue_walk(q, skb) {
		if (skb->len == old)
			goto found;
	}
	return;
found:
	__skb_unlink(skb, q);
	kfree_skb(skb);
}

int garth_keep(struct sk_buff_head *q, int old)
{
	struct sk_buff *skb, *tmp;

	skb_queue_walk_safe(q, skb, tmp) {
		__skb_unlink(skb, q);
		if (skb->len > old)
			return -1;
		kfree_skb(skb);
	}
	return 0;
}

void garth_free(struct sk_buff_head *q, int old)
{
	struct sk_buff *skb, *tmp;

	skb_queue_walk_safe(q, skb, tmp) {
		if (skb->len > old)
			__skb_unlink(skb, q);
		kfree_skb(skb);
	}
}

int garth_use(struct sk_buff_head *q)
{
	struct sk_buff *skb, *tmp;
	int n = 0;

	skb_queue_walk_safe(q, skb, tmp) {
		__skb_unlink(skb, q);
		kfree_skb(skb);
		n = skb->len;
	}
	return n;
}

int garth_alias(struct sk_buff_head *q, int old)
{
	struct sk_buff *skb, *tmp, *last = NULL;

	skb_queue_walk_safe(q, skb, tmp) {
		if (skb->len > old)
			continue;
		last = skb;
		__skb_unlink(skb, q);
		kfree_skb(skb);
	}
	return last ? last->len : 0;
}

void garth_twice(struct sk_buff_head *q)
{
	struct sk_buff *skb, *tmp;

	skb_queue_walk_safe(q, skb, tmp) {
		__skb_unlink(skb, q);
		kfree_skb(skb);
		__skb_unlink(skb, q);
		kfree_skb(skb);
	}
}

void garth_again(struct sk_buff_head *q, struct sk_buff_head *more)
{
	struct sk_buff *skb, *tmp;

	skb_queue_walk_safe(q, skb, tmp)
		__skb_unlink(skb, q);
	skb_queue_walk_safe(more, skb, tmp) {
		__skb_unlink(skb, more);
		kfree_skb(skb);
	}
}
