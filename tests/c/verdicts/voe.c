// SPDX-License-Identifier: GPL-2.0
// a function may give its caller a section with what it returns; an error with one is a slip
// voe_get: possible unbalanced-context
// voe_lock: possible unbalanced-context
// voe_slip: certain unbalanced-context
// voe_void: certain unbalanced-context
// voe_twice: possible unbalanced-context

struct voe {
	spinlock_t lock;
	struct voe *other;
	int n, left;
};

struct voe *voe_get(struct voe *voe)
{
	spin_lock_bh(&voe->lock);
	if (voe->n)
		return voe->other;
	spin_unlock_bh(&voe->lock);
	return NULL;
}

void voe_lock(struct voe *voe)
{
	if (voe->n)
		return;
	spin_lock_bh(&voe->lock);
}

int voe_slip(struct voe *voe)
{
	spin_lock_bh(&voe->lock);
	if (voe->n)
		return -EINVAL;
	spin_unlock_bh(&voe->lock);
	return 0;
}

void voe_void(struct voe *voe)
{
	spin_lock_bh(&voe->lock);
	if (voe->n)
		return;
	spin_unlock_bh(&voe->lock);
}

int voe_twice(struct voe *voe)
{
	if (voe->n)
		spin_lock_bh(&voe->lock);
	if (voe->n > 3)
		voe->left++;
	if (voe->n)
		spin_unlock_bh(&voe->lock);
	return 0;
}
