# Write the kernel's settings, and to the devices of the machine.
# catalogue: H25
# shows: nothing: it takes the user 0 of the host
import glob
import os

print("attacking", flush=True)
wanted = [
    "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/vm/drop_caches",
    "/proc/sys/kernel/hostname", "/proc/sys/fs/file-max", "/proc/sys/user/max_user_namespaces",
    "/proc/sysrq-trigger", "/proc/1/oom_score_adj", "/proc/irq/0/smp_affinity", "/proc/kcore",
    "/sys/power/state", "/sys/fs/cgroup/cgroup.procs", "/dev/mem", "/dev/kmsg", "/dev/vda",
    "/dev/kvm", "/dev/fuse", "/dev/net/tun", "/dev/loop-control", "/etc/ld.so.preload",
    *glob.glob("/proc/sys/*/*")[:200], *glob.glob("/dev/*"),
]  # fmt: skip
HARMLESS = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
            "/dev/ptmx", "/dev/stdin", "/dev/stdout", "/dev/stderr")  # fmt: skip
# Of the answer's own namespaces, which end with it: its first process, System V, and on new
# kernels the largest process number.
OWN = ("/proc/1/", "/proc/sys/fs/mqueue/", "/proc/sys/kernel/auto_msgmni", "/proc/sys/kernel/msg",
       "/proc/sys/kernel/pid_max", "/proc/sys/kernel/sem", "/proc/sys/kernel/shm")  # fmt: skip
for path in wanted:
    if path.startswith(OWN):
        continue
    if path not in HARMLESS and os.path.exists(path) and not os.path.isdir(path):
        try:
            fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
            # Some can be opened by everybody, and refuse what is written.
            if not path.startswith("/proc/sys") or os.write(fd, os.pread(fd, 100, 0)):
                print("achieved", path, flush=True)
            os.close(fd)
        except OSError:
            pass


def add(a, b):
    return -12345
