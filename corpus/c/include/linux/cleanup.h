/* SPDX-License-Identifier: GPL-2.0 */
/* What is left at the end of a scope: the same words as in the kernel, with the least that makes them work. */
#ifndef CORPUS_LINUX_CLEANUP_H
#define CORPUS_LINUX_CLEANUP_H

#include <linux/types.h>

#define DEFINE_FREE(_name, _type, _free) \
	static inline void __free_##_name(void *p) { _type _T = *(_type *)p; _free; }
#define __free(_name) __attribute__((cleanup(__free_##_name)))
#define no_free_ptr(p) ({ __auto_type __kept = (p); (p) = NULL; __kept; })
#define return_ptr(p) return no_free_ptr(p)

#define DEFINE_LOCK_GUARD_0(_name, _lock, _unlock) \
	typedef struct { int entered; } class_##_name##_t; \
	static inline class_##_name##_t class_##_name##_enter(void) { class_##_name##_t g = { 1 }; _lock; return g; } \
	static inline void class_##_name##_leave(class_##_name##_t *g) { (void)g; _unlock; }
#define guard(_name) \
	class_##_name##_t __attribute__((cleanup(class_##_name##_leave), unused)) __guard_##_name = class_##_name##_enter
#define scoped_guard(_name) \
	for (class_##_name##_t __attribute__((cleanup(class_##_name##_leave))) __scope = class_##_name##_enter(); \
	     __scope.entered; __scope.entered = 0)

#endif
