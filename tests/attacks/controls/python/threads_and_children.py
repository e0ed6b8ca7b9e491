# Computes in a thread and in a child process, both of which end.
import os
import threading


def add(a, b):
    result = []
    thread = threading.Thread(target=lambda: result.append(a + b))
    thread.start()
    thread.join()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return result[0]
