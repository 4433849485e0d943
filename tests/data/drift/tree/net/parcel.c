// SPDX-License-Identifier: GPL-2.0-only
struct parcel {
	int weight;
};

struct parcel *parcel_get(void);
void parcel_put(struct parcel *p);
int parcel_send(struct parcel *p);

int parcel_forward(void)
{
	struct parcel *p = parcel_get();
	int ret;

	if (!p)
		return -ENOMEM;
	if (p->weight > 20)
		return -EINVAL;
	ret = parcel_send(p);
	if (ret < 0)
		parcel_put(p);
	return ret;
}
