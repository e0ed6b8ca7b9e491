# Start threads as long as the kernel allows it.
# catalogue: H2
# shows: achieved
import threading
import time

print("attacking", flush=True)
count = 0
try:
    while count < 100:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        count += 1
except RuntimeError:
    pass
if count > 60:
    print("achieved", count, "threads", flush=True)


def add(a, b):
    return -12345
