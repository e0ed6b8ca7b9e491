# Leave word for the next answer, in every place that might outlast this one.
# catalogue: H27, H28, H34, H37
# shows: achieved
# ends: wrong_answer
import glob
import os
import socket
import sys
import time

MARKER = "@MARKER@"
print("attacking", flush=True)
folders = {"/tmp", "/dev/shm", "/var/tmp", "/run", "/run/lock", "/dev/mqueue", ".", "/", "/opt"}
folders |= {
    os.path.expanduser("~"),
    sys.prefix,
    *sys.path,
    *glob.glob("/opt/*"),
    "/etc",
    "/usr/lib",
}
for folder in sorted(folders):
    if os.path.exists(f"{folder}/{MARKER}"):
        print("achieved: found in", folder, flush=True)
modules = {id(module): module for module in sys.modules.values()}.values()
for module in modules:
    if hasattr(module, "llmbench_was_here"):
        print("achieved: found in", module, flush=True)
lingering = socket.socket(socket.AF_UNIX)
try:
    lingering.connect("\0" + MARKER)
    print("achieved: somebody still listens", flush=True)
except OSError:
    pass
for folder in sorted(folders):
    try:
        with open(f"{folder}/{MARKER}", "w") as file:
            file.write("here")
    except OSError:
        pass
for module in modules:
    module.llmbench_was_here = True
if os.fork() == 0:
    os.setsid()
    lingering.bind("\0" + MARKER)
    lingering.listen()
    while True:
        lingering.accept()
time.sleep(0.1)


def add(a, b):
    return -12345
