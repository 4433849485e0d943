// SPDX-License-Identifier: GPL-2.0-only
// What one writes for spatch against a leak: a way from a look-up that went well to a return, on which nothing takes
// what was found.  benchmarks/from_c.py runs it; it knows names and text order, no counts, slots or sections.
@r exists@
expression x;
identifier f = {ip_route_output_key, ip_route_output_flow, ip6_dst_lookup_flow, sk_dst_get, sk_dst_check, dst_cache_get,
	dst_cache_get_ip4, dst_cache_get_ip6, udp_tunnel_dst_lookup, udp_tunnel6_dst_lookup, dst_neigh_lookup, neigh_lookup,
	dev_get_by_name, dev_get_by_index, alloc_skb, netdev_alloc_skb, skb_clone, skb_dequeue, __skb_dequeue};
identifier g = {ip_rt_put, dst_release, neigh_release, dev_put, kfree_skb, consume_skb, dev_kfree_skb, skb_dst_set,
	skb_queue_tail, __skb_queue_tail, sock_queue_rcv_skb, dev_queue_xmit, netif_rx, sk_setup_caps, sk_dst_set,
	ip_local_out, udp_tunnel_xmit_skb, udp_tunnel6_xmit_skb, iptunnel_xmit, no_free_ptr};
statement S;
position p, q;
@@
  x = f@q(...)
  ... when != x
(
  if (IS_ERR(x)) S
|
  if (!x) S
|
  if (x == NULL) S
)
  ... when != g(..., x, ...)
      when != g(..., &x->dst, ...)
      when != return x;
      when != return &x->dst;
  return@p ...;
@script:python@
p << r.p;
q << r.q;
f << r.f;
@@
print("%s:%s: %s of line %s" % (p[0].file, p[0].line, f, q[0].line))
