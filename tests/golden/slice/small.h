/* SPDX-License-Identifier: GPL-2.0 */
struct obj { int state; struct obj *next; };
struct wide { struct obj base; int more; };
struct box { struct obj *item; int size; };
struct small_ops { int (*run)(struct obj *o); int (*other)(int x); };
enum kinds { KIND_A, KIND_B = 4, KIND_C };
#define NULL ((void *)0)
#define LIMIT 7
void small_lock(void);
void small_unlock(void);
struct obj *obj_find(int key);
struct obj *obj_get(int key);
struct obj *obj_peek(int key);
void obj_put(struct obj *o);
void obj_hold(struct obj *o);
int obj_check(const struct obj *o, int flags);
int obj_fill(int key, struct obj **o);
void obj_send(int port, struct obj *o);
void box_free(struct box *b);
void note(int what);
int measure(struct obj *o);
struct obj *somewhere(int key);
void *kzalloc(unsigned long size, int flags);
void kfree(const void *p);
DEFINE_FREE(obj_put, struct obj *, if (_T) obj_put(_T))
