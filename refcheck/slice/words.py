# SPDX-License-Identifier: GPL-2.0-only
"""What the slicer knows of C in a kernel tree without any contract: macros that only pass a value on, and the like.

These are facts of the language of the kernel (compiler.h, rcupdate.h, atomic/xchg), not of any one function.
"""

import re

CALL = "call"  # the context that a call is: what is lent for its duration rests on it

# The value is that of the first argument; the rest says how it is read.
PASS = frozenset({
    "READ_ONCE", "rcu_dereference", "rcu_dereference_bh", "rcu_dereference_sched", "rcu_dereference_raw",
    "rcu_dereference_check", "rcu_dereference_bh_check", "rcu_dereference_protected", "rcu_dereference_rtnl",
    "rcu_dereference_bh_rtnl", "rcu_access_pointer", "rtnl_dereference", "unrcu_pointer", "smp_load_acquire",
    "READ_ONCE_NOCHECK", "likely", "unlikely", "rcu_dereference_raw_check", "rcu_pointer_handoff", "lockless_dereference",
})  # fmt: skip
# The first argument is assigned the second.
STORE = frozenset({"WRITE_ONCE", "rcu_assign_pointer", "RCU_INIT_POINTER", "smp_store_release", "smp_store_mb"})
# What the first argument points to is assigned the second; the value is what was there before.
SWAP = frozenset({"xchg", "rcu_replace_pointer", "xchg_relaxed", "xchg_acquire", "xchg_release"})
# The value is what the first argument has, which is NULL from then on.
KEEPS = frozenset({"no_free_ptr", "retain_and_null_ptr"})
# A condition that is the argument's truth, beside a message.
WARN = frozenset({
    "WARN_ON", "WARN_ON_ONCE", "WARN", "WARN_ONCE", "net_warn_ratelimited_if", "DEBUG_NET_WARN_ON_ONCE", "IS_TRUE",
    "BUG_ON", "VM_BUG_ON", "VM_WARN_ON_ONCE", "VM_WARN_ON", "DO_ONCE_LITE_IF", "SKB_WARN_ON",
})  # fmt: skip
# Build options.
OPTION = frozenset({"IS_ENABLED", "IS_BUILTIN", "IS_REACHABLE", "IS_MODULE", "defined"})
# Paths end here.
NORETURN = frozenset({"BUG", "panic", "unreachable", "__builtin_unreachable"})
ERRORS = frozenset({"IS_ERR", "IS_ERR_OR_NULL", "PTR_ERR", "PTR_ERR_OR_ZERO", "ERR_PTR", "ERR_CAST"})
# Memory that nothing is known of yet, all of it zero or not.
ZEROED = frozenset({
    "kzalloc", "kcalloc", "kvzalloc", "kvcalloc", "kmem_cache_zalloc", "kzalloc_node", "devm_kzalloc", "kzalloc_obj",
    "kzalloc_flex", "kvzalloc_obj", "vzalloc",
})  # fmt: skip
ALLOCATES = ZEROED | {
    "kmalloc",
    "kvmalloc",
    "kmem_cache_alloc",
    "kmalloc_node",
    "devm_kmalloc",
    "kmalloc_obj",
    "kvmalloc_obj",
    "kmalloc_array",
}
# Memory goes: the position of the pointer to it.
FREES = {
    "kfree": 0,
    "kvfree": 0,
    "vfree": 0,
    "kfree_sensitive": 0,
    "kvfree_sensitive": 0,
    "kfree_rcu": 0,
    "kvfree_rcu": 0,
    "kfree_rcu_mightsleep": 0,
    "kvfree_rcu_mightsleep": 0,
    "kmem_cache_free": 1,
    "devm_kfree": 1,
}
# Memory is written as a whole, what the first argument points to among it.
COPIES = frozenset({
    "memcpy", "memmove", "memdup", "kmemdup", "swap", "__builtin_memcpy", "kmemdup_noprof", "unsafe_memcpy",
})  # fmt: skip
# The element is the caller's from now on, and no more the queue's.
UNLINKS = frozenset({"__skb_unlink", "skb_unlink"})
CONTAINER = frozenset({"container_of", "container_of_const", "list_entry", "hlist_entry", "rb_entry"})
# What the slicer reads by itself, whatever a header makes of it; and of that, what some builds do not evaluate.
READ = PASS | STORE | SWAP | KEEPS | WARN | OPTION | NORETURN | ERRORS | ALLOCATES | frozenset(FREES) | UNLINKS | CONTAINER
NOT_EVALUATED = OPTION | {"DEBUG_NET_WARN_ON_ONCE", "VM_BUG_ON", "VM_WARN_ON_ONCE", "VM_WARN_ON"}

# Calculations that a model has too: of bits, which mean the same whether a number has a sign, and all others.
BITWISE = frozenset({"&", "|", "^"})
SUMS = frozenset({"+", "-", "*", "<<", ">>"})

# The bits of scalar types; where `long` has 32, less is the same in both types than is taken here, never more.
_BITS = {
    8: "char|signed char|unsigned char|s8|u8|__s8|__u8|int8_t|uint8_t",
    16: "short|short int|unsigned short|s16|u16|__s16|__u16|__be16|__le16|__sum16|int16_t|uint16_t",
    32: "int|signed|signed int|unsigned|unsigned int|s32|u32|__s32|__u32|__be32|__le32|__wsum|gfp_t|int32_t|uint32_t|pid_t",
    64: "long|long int|signed long|unsigned long|long long|long long int|unsigned long long|s64|u64|__s64|__u64|__be64"
        "|__le64|ssize_t|ptrdiff_t|size_t|int64_t|uint64_t",
}  # fmt: skip
_SIGNED = frozenset({
    "int", "signed", "signed int", "long", "long int", "signed long", "long long", "long long int", "short", "short int",
    "char", "signed char", "s8", "s16", "s32", "s64", "__s8", "__s16", "__s32", "__s64", "ssize_t", "ptrdiff_t", "int8_t",
    "int16_t", "int32_t", "int64_t", "pid_t",
})  # fmt: skip
WIDTHS = {name: bits for bits, names in _BITS.items() for name in names.split("|")}


def signed(base: str) -> bool:
    """Whether a scalar type is known to be signed."""
    return base in _SIGNED


# What changes a count by hand; and what may be one, or only asks for it: who does so is not known to lend.
_COUNTERS, _CHANGES = "refcount|kref|rcuref|percpu_ref", "inc|dec|get|put|add|sub|set|not_zero"
COUNTS = re.compile(rf"({_COUNTERS})_\w*({_CHANGES})\w*")
MAY_COUNT = re.compile(rf"({_COUNTERS}|atomic\w*|lockref)_\w*({_CHANGES}|read|xchg)\w*")
