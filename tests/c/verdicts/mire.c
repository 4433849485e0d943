// SPDX-License-Identifier: GPL-2.0
// a macro does what its text does: nothing of its arguments, or twice; it jumps, assigns, and calls what it puts together
// mire_nothing: certain leaked-ref
// mire_twice: certain double-release
// mire_maybe: possible leaked-ref
// mire_sized: possible leaked-ref
// mire_debug: unknown
// mire_builtin: unknown
// mire_lost: certain leaked-ref
// mire_copied: certain double-release
// mire_swapped: certain leaked-ref
// mire_hidden: certain leaked-ref
// mire_fails: unknown
// mire_fails_inside: unknown
// mire_next: certain leaked-ref; possible leaked-ref
// mire_handed: certain double-release
// mire_pasted: certain double-release
// mire_pasted_inside: certain double-release
// mire_alias: certain double-release
// mire_alias_of_alias: certain leaked-ref
// mire_either: certain leaked-ref
// mire_two_texts: unknown
// mire_own_words: unknown
// mire_walk: unknown
// mire_checks: proved
// mire_counts: proved
// mire_both_release: proved
// mire_third: certain leaked-ref
// mire_any_number: certain double-release
int mire_odd(int n);
int mire_put(struct sk_buff *skb);

#define NOTHING(x) do { } while (0)
#define TWICE(x) do { x; x; } while (0)
#define MAYBE(x) (mire_odd(1) ? (x) : 0)
#define SIZE(x) sizeof(x)

void mire_nothing(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	NOTHING(kfree_skb(skb));
}

void mire_twice(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	TWICE(kfree_skb(skb));
}

int mire_maybe(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	return MAYBE((kfree_skb(skb), 1));
}

int mire_sized(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	return SIZE((kfree_skb(skb), 1));
}

static int mire_gone(struct sk_buff *skb)
{
	kfree_skb(skb);
	return 1;
}

void mire_debug(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	DEBUG_NET_WARN_ON_ONCE(mire_gone(skb));
}

int mire_builtin(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	return __builtin_choose_expr(0, mire_gone(skb), 0);
}

#define CLEARED(x) (x) = NULL
#define COPIED(to, from) do { to = from; } while (0)
#define HIDDEN skb = NULL

void mire_lost(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	CLEARED(skb);
	kfree_skb(skb);
}

void mire_copied(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue), *other = NULL;

	COPIED(other, skb);
	kfree_skb(other);
	kfree_skb(skb);
}

void mire_swapped(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue), *other = NULL;

	swap(skb, other);
	kfree_skb(skb);
}

void mire_hidden(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	HIDDEN;
	kfree_skb(skb);
}

#define FAILS return -22
#define FAILS_IF(x) do { if (x) FAILS; } while (0)
#define NEXT continue

int mire_fails(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	if (mire_odd(1))
		FAILS;
	kfree_skb(skb);
	return 0;
}

int mire_fails_inside(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	FAILS_IF(mire_odd(1));
	kfree_skb(skb);
	return 0;
}

void mire_next(struct sk_buff_head *queue, int n)
{
	while (n--) {
		struct sk_buff *skb = skb_dequeue(queue);

		if (mire_odd(n))
			NEXT;
		kfree_skb(skb);
	}
}

#define CALL(f, x) f(x)
#define JOIN(a, b) a##b
#define FREE(what, x) kfree_##what(x)
#define FREE_IT(what, x) JOIN(kfree_, what)(x)
#define mire_free kfree_skb
#define mire_take skb_dequeue
#define mire_get mire_take

void mire_handed(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	CALL(kfree_skb, skb);
	CALL(kfree_skb, skb);
}

void mire_pasted(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	FREE(skb, skb);
	FREE(skb, skb);
}

void mire_pasted_inside(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	FREE_IT(skb, skb);
	FREE_IT(skb, skb);
}

void mire_alias(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	mire_free(skb);
	mire_free(skb);
}

void mire_alias_of_alias(struct sk_buff_head *queue)
{
	struct sk_buff *skb = mire_get(queue);

	mire_odd(skb != NULL);
}

#ifdef CONFIG_MIRE
#define EITHER(x) kfree_skb(x)
#else
#define EITHER(x) do { } while (0)
#endif

void mire_either(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	EITHER(skb);
}

#ifdef CONFIG_MIRE
#define BOTH(x) kfree_skb(x)
#else
#define BOTH(x) do { kfree_skb(x); } while (0)
#endif

void mire_both_release(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	BOTH(skb);
}

#if defined(CONFIG_MIRE)
#define THIRD(x) kfree_skb(x)
#elif defined(CONFIG_FEN)
#define THIRD(x) do { } while (0)
#else
#define THIRD(x) kfree_skb(x)
#endif

void mire_third(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	THIRD(skb);
}

#define ANY_NUMBER(...) kfree_skb(__VA_ARGS__)

void mire_any_number(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	ANY_NUMBER(skb);
	ANY_NUMBER(skb);
}

#define TEXTS(x) mire_odd(x)
#undef TEXTS
#define TEXTS(x) (rcu_read_lock(), mire_odd(x))

int mire_two_texts(void)
{
	return TEXTS(1);
}

#define consume_skb(x) do { } while (0)

void mire_own_words(struct sk_buff_head *queue)
{
	struct sk_buff *skb = skb_dequeue(queue);

	consume_skb(skb);
}

#define for_each_mire(skb, queue) for (skb = skb_dequeue(queue); skb; skb = skb_dequeue(queue))

void mire_walk(struct sk_buff_head *queue)
{
	struct sk_buff *skb;

	for_each_mire(skb, queue)
		mire_odd(1);
}

#define LARGER(a, b) ({ int _a = (a); int _b = (b); _a > _b ? _a : _b; })
#define COUNTED(x) (x)++

int mire_checks(struct sk_buff_head *queue, int n)
{
	struct sk_buff *skb = skb_dequeue(queue);

	n = LARGER(n, mire_odd(n));
	kfree_skb(skb);
	return n;
}

int mire_counts(struct sk_buff_head *queue, int n)
{
	struct sk_buff *skb = skb_dequeue(queue);

	COUNTED(n);
	kfree_skb(skb);
	return n;
}
