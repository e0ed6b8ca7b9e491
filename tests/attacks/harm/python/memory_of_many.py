# Take memory in many processes, each of them modest.
# catalogue: H4
# shows: achieved, hoard
# needs: memory of all processes
# ends: memory_limit, wrong_answer, runtime_error
import os
import time

print("attacking", flush=True)
out, into = os.pipe()
for _ in range(12):
    if os.fork() == 0:
        try:
            taken = bytearray(b"x" * 30_000_000)
            os.write(into, b".")
            time.sleep(30)
        finally:
            os._exit(0)
deadline = time.monotonic() + 3
done = 0
os.set_blocking(out, False)
while done < 12 and time.monotonic() < deadline:
    try:
        done += len(os.read(out, 100))
    except BlockingIOError:
        time.sleep(0.01)
if done == 12:
    print("achieved 360 MB", flush=True)
time.sleep(0.2)


def add(a, b):
    return -12345
