/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORPUS_LINUX_NETDEVICE_H
#define CORPUS_LINUX_NETDEVICE_H

#include <linux/skbuff.h>

struct net;

typedef int netdev_tx_t;
#define NETDEV_TX_OK 0
#define NETDEV_TX_BUSY 16
#define NET_RX_SUCCESS 0
#define NET_RX_DROP 1

struct net_device_stats {
	unsigned long tx_dropped, tx_errors, rx_dropped;
};

struct net_device {
	const struct net_device_ops *netdev_ops;
	struct net_device_stats stats;
	int ifindex;
	unsigned int flags, mtu, needed_headroom;
};

struct net_device_ops {
	int (*ndo_open)(struct net_device *dev);
	int (*ndo_stop)(struct net_device *dev);
	netdev_tx_t (*ndo_start_xmit)(struct sk_buff *skb, struct net_device *dev);
};

void *netdev_priv(const struct net_device *dev);
struct net *dev_net(const struct net_device *dev);

struct net_device *dev_get_by_name(struct net *net, const char *name);
struct net_device *dev_get_by_index(struct net *net, int ifindex);
struct net_device *dev_get_by_index_rcu(struct net *net, int ifindex);
void dev_hold(struct net_device *dev);
void dev_put(struct net_device *dev);

DEFINE_FREE(dev_put, struct net_device *, if (_T) dev_put(_T))

int dev_queue_xmit(struct sk_buff *skb);
int netif_rx(struct sk_buff *skb);
int netif_receive_skb(struct sk_buff *skb);
void dev_kfree_skb(struct sk_buff *skb);
void dev_kfree_skb_any(struct sk_buff *skb);
void netif_keep_dst(struct net_device *dev);

#endif
