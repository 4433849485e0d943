/* SPDX-License-Identifier: GPL-2.0 */
/* The types that the inputs of the corpus need, in a reduced form. */
#ifndef CORPUS_LINUX_TYPES_H
#define CORPUS_LINUX_TYPES_H

#define NULL ((void *)0)
#define __rcu
#define __percpu
#ifdef __CHECKER__
#define __acquires(x) __attribute__((context(x, 0, 1)))
#define __releases(x) __attribute__((context(x, 1, 0)))
#else
#define __acquires(x)
#define __releases(x)
#endif
#define __always_unused __attribute__((unused))
#define offsetof(type, field) __builtin_offsetof(type, field)
#define container_of(ptr, type, field) ((type *)((char *)(ptr) - offsetof(type, field)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))
#define IS_ENABLED(option) (option)

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned char __u8;
typedef u16 __be16;
typedef u32 __be32;
typedef unsigned int gfp_t;
typedef unsigned long size_t;
typedef _Bool bool;
enum { false, true };

#define GFP_KERNEL 1u
#define GFP_ATOMIC 2u

typedef struct { int counter; } atomic_t;
typedef struct { int slock; } spinlock_t;

#endif
