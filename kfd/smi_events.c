// SPDX-License-Identifier: GPL-2.0
#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/kfd_ioctl.h>
#include <linux/kfifo.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device.h"
#include "hw/hw.h"
#include "process.h"
#include "smi_events.h"
#include "svm/svm.h"
#include "svm_ioctl.h"

#define FIFO_SIZE	1024

static_assert((int)SVM_TRIGGER_PREFETCH == KFD_MIGRATE_TRIGGER_PREFETCH);
static_assert((int)SVM_TRIGGER_DEVICE_FAULT == KFD_MIGRATE_TRIGGER_PAGEFAULT_GPU);
static_assert((int)SVM_TRIGGER_CPU_FAULT == KFD_MIGRATE_TRIGGER_PAGEFAULT_CPU);
static_assert((int)SVM_TRIGGER_EVICTION == KFD_MIGRATE_TRIGGER_TTM_EVICTION);
static_assert((int)SVM_EVICT_SVM == KFD_QUEUE_EVICTION_TRIGGER_SVM);
static_assert((int)SVM_EVICT_USERPTR == KFD_QUEUE_EVICTION_TRIGGER_USERPTR);
static_assert((int)SVM_UNMAP_NOTIFY == KFD_SVM_UNMAP_TRIGGER_MMU_NOTIFY);
static_assert((int)SVM_UNMAP_MIGRATE ==
	      KFD_SVM_UNMAP_TRIGGER_MMU_NOTIFY_MIGRATE);
static_assert((int)SVM_UNMAP_CPU == KFD_SVM_UNMAP_TRIGGER_UNMAP_FROM_CPU);

/**
 * struct client - an open file
 * @link: in kfd_smi.clients; its lock
 * @smi: the GPU; constant
 * @events: mask that user space has written; atomic
 * @pid: thread group that opened it; constant
 * @admin: may see every process; constant
 * @wake: readers that poll
 * @read_lock: one reader at a time
 * @fifo: text; kfd_smi.lock
 */
struct client {
	struct list_head link;
	struct kfd_smi *smi;
	u64 events;
	pid_t pid;
	bool admin;
	wait_queue_head_t wake;
	struct mutex read_lock; /* outside kfd_smi.lock */
	DECLARE_KFIFO(fifo, char, FIFO_SIZE);
};

static atomic64_t dropped;

void kfd_smi_init(struct kfd_smi *smi)
{
	spin_lock_init(&smi->lock);
	INIT_LIST_HEAD(&smi->clients);
}

u64 kfd_smi_dropped(void)
{
	return atomic64_read(&dropped);
}

/* Messages */

static bool client_wants(const struct client *client, unsigned int event,
			 pid_t pid)
{
	u64 events = READ_ONCE(client->events);

	if (!(events & KFD_SMI_EVENT_MASK_FROM_INDEX(event)))
		return false;
	/* pid 0: it is about the device */
	return !pid || pid == client->pid ||
	       (client->admin &&
		events & KFD_SMI_EVENT_MASK_FROM_INDEX(KFD_SMI_EVENT_ALL_PROCESS));
}

/* Called inside mm invalidations: no allocation, no sleep. */
static __printf(4, 5) void smi_send(struct kfd_device *dev, unsigned int event,
				    pid_t pid, const char *format, ...)
{
	char text[KFD_SMI_EVENT_MSG_SIZE];
	struct client *client;
	unsigned long flags;
	va_list args;
	int len;

	if (list_empty_careful(&dev->smi.clients))
		return;
	len = scnprintf(text, sizeof(text), "%x ", event);
	va_start(args, format);
	len += vscnprintf(text + len, sizeof(text) - len, format, args);
	va_end(args);

	spin_lock_irqsave(&dev->smi.lock, flags);
	list_for_each_entry(client, &dev->smi.clients, link) {
		if (!client_wants(client, event, pid))
			continue;
		/* a part of a line is of no use to anybody */
		if (kfifo_avail(&client->fifo) < len) {
			atomic64_inc(&dropped);
			continue;
		}
		kfifo_in(&client->fifo, text, len);
		wake_up_all(&client->wake);
	}
	spin_unlock_irqrestore(&dev->smi.lock, flags);
}

void kfd_smi_vmfault(struct kfd_device *dev, struct kfd_process *p)
{
	char name[TASK_COMM_LEN] = "";
	pid_t pid = pid_nr(p->tgid);
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(p->tgid, PIDTYPE_TGID);
	if (task)
		strscpy_pad(name, task->comm, sizeof(name));
	rcu_read_unlock();
	smi_send(dev, KFD_SMI_EVENT_VMFAULT, pid, "%x:%s\n", pid, name);
}

/* A migration concerns the GPU that it goes to, or the one that it leaves. */
static struct kfd_device *migrate_device(const struct svm_event *e)
{
	struct kfd_device *dev = kfd_device_at(e->to);

	return dev ?: kfd_device_at(e->from);
}

static void send_migrate(const struct svm_event *e)
{
	struct kfd_device *dev = migrate_device(e);

	if (!dev)
		return;
	if (e->type == SVM_EVENT_MIGRATE_START)
		smi_send(dev, KFD_SMI_EVENT_MIGRATE_START, e->id,
			 "%lld -%d @%lx(%lx) %x->%x %x:%x %d\n", e->ns, e->id,
			 e->page, e->npages, kfd_svm_location(e->from),
			 kfd_svm_location(e->to), kfd_svm_location(e->prefetch),
			 kfd_svm_location(e->preferred), e->trigger);
	else
		smi_send(dev, KFD_SMI_EVENT_MIGRATE_END, e->id,
			 "%lld -%d @%lx(%lx) %x->%x %d\n", e->ns, e->id,
			 e->page, e->npages, kfd_svm_location(e->from),
			 kfd_svm_location(e->to), e->trigger);
}

static void send_device(struct kfd_device *dev, const struct svm_event *e)
{
	switch (e->type) {
	case SVM_EVENT_FAULT_START:
		smi_send(dev, KFD_SMI_EVENT_PAGE_FAULT_START, e->id,
			 "%lld -%d @%lx(%x) %c\n", e->ns, e->id, e->page,
			 dev->gpu_id, e->write ? 'W' : 'R');
		break;
	case SVM_EVENT_FAULT_END:
		smi_send(dev, KFD_SMI_EVENT_PAGE_FAULT_END, e->id,
			 "%lld -%d @%lx(%x) %c\n", e->ns, e->id, e->page,
			 dev->gpu_id, e->migrated ? 'M' : 'U');
		break;
	case SVM_EVENT_EVICT:
		smi_send(dev, KFD_SMI_EVENT_QUEUE_EVICTION, e->id,
			 "%lld -%d %x %d\n", e->ns, e->id, dev->gpu_id,
			 e->trigger);
		break;
	case SVM_EVENT_RESTORE:
		smi_send(dev, KFD_SMI_EVENT_QUEUE_RESTORE, e->id,
			 "%lld -%d %x%s\n", e->ns, e->id, dev->gpu_id,
			 e->rescheduled ? " R" : "");
		break;
	case SVM_EVENT_UNMAP:
		smi_send(dev, KFD_SMI_EVENT_UNMAP_FROM_GPU, e->id,
			 "%lld -%d @%lx(%lx) %x %d\n", e->ns, e->id, e->page,
			 e->npages, dev->gpu_id, e->trigger);
		break;
	default:
		break;
	}
}

void kfd_smi_svm(const struct svm_event *e)
{
	struct kfd_device *dev;

	if (e->type == SVM_EVENT_MIGRATE_START ||
	    e->type == SVM_EVENT_MIGRATE_END) {
		send_migrate(e);
		return;
	}
	dev = kfd_device_at(e->device);
	if (dev)
		send_device(dev, e);
}

/* The file */

/* Take text out of the fifo, which may grow meanwhile. */
static unsigned int client_take(struct client *client, char *text,
				unsigned int max)
{
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&client->smi->lock, flags);
	n = kfifo_out(&client->fifo, text, max);
	spin_unlock_irqrestore(&client->smi->lock, flags);
	return n;
}

static ssize_t smi_read(struct file *file, char __user *user, size_t size,
			loff_t *offset)
{
	struct client *client = file->private_data;
	ssize_t ret;
	char *text;

	text = kmalloc(FIFO_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	mutex_lock(&client->read_lock);
	ret = client_take(client, text, min_t(size_t, size, FIFO_SIZE));
	if (!ret)
		ret = -EAGAIN;
	else if (copy_to_user(user, text, ret))
		ret = -EFAULT;
	mutex_unlock(&client->read_lock);
	kfree(text);
	return ret;
}

static ssize_t smi_write(struct file *file, const char __user *user,
			 size_t size, loff_t *offset)
{
	struct client *client = file->private_data;
	u64 events;

	if (size < sizeof(events))
		return -EINVAL;
	if (copy_from_user(&events, user, sizeof(events)))
		return -EFAULT;
	WRITE_ONCE(client->events, events);
	return sizeof(events);
}

static __poll_t smi_poll(struct file *file, poll_table *wait)
{
	struct client *client = file->private_data;

	poll_wait(file, &client->wake, wait);
	return kfifo_is_empty(&client->fifo) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static int smi_release(struct inode *inode, struct file *file)
{
	struct client *client = file->private_data;
	unsigned long flags;

	spin_lock_irqsave(&client->smi->lock, flags);
	list_del(&client->link);
	spin_unlock_irqrestore(&client->smi->lock, flags);
	mutex_destroy(&client->read_lock);
	kfree(client);
	return 0;
}

static const struct file_operations smi_fops = {
	.owner = THIS_MODULE,
	.read = smi_read,
	.write = smi_write,
	.poll = smi_poll,
	.release = smi_release,
	.llseek = no_llseek,
};

int kfd_smi_open(struct kfd_process *p, void *data, size_t size)
{
	struct kfd_ioctl_smi_events_args *args = data;
	struct kfd_process_device *pdd = kfd_process_device(p, args->gpuid);
	struct client *client;
	unsigned long flags;
	int fd;

	if (!pdd)
		return -EINVAL;
	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return -ENOMEM;
	INIT_KFIFO(client->fifo);
	init_waitqueue_head(&client->wake);
	mutex_init(&client->read_lock);
	client->smi = &pdd->dev->smi;
	client->pid = pid_nr(p->tgid);
	client->admin = capable(CAP_SYS_ADMIN);

	spin_lock_irqsave(&client->smi->lock, flags);
	list_add_tail(&client->link, &client->smi->clients);
	spin_unlock_irqrestore(&client->smi->lock, flags);

	/* From here on the file's release frees the client. */
	fd = anon_inode_getfd("kfd_smi_ev", &smi_fops, client, O_RDWR);
	if (fd < 0) {
		spin_lock_irqsave(&client->smi->lock, flags);
		list_del(&client->link);
		spin_unlock_irqrestore(&client->smi->lock, flags);
		kfree(client);
		return fd;
	}
	args->anon_fd = fd;
	return 0;
}
