/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_ERRNO_H
#define CORPUS_LINUX_ERRNO_H

#define ENOENT 2
#define EIO 5
#define EAGAIN 11
#define ENOMEM 12
#define EBUSY 16
#define ENODEV 19
#define EINVAL 22
#define EMSGSIZE 90
#define EOPNOTSUPP 95
#define ENETUNREACH 101
#define ENOBUFS 105
#define EHOSTUNREACH 113

#endif
