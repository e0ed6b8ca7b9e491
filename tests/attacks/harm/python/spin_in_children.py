# Spin in several children, for ever, ignoring the limit on CPU time and the alarm.
# catalogue: H9, H10
# shows: endless, survives
# ends: timeout
import os
import resource
import signal

print("attacking", flush=True)
for number in (signal.SIGXCPU, signal.SIGALRM, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
try:
    resource.setrlimit(resource.RLIMIT_CPU, (-1, -1))
except (OSError, ValueError):
    pass
os.fork()
os.setsid() if os.getpid() != os.getsid(0) else None
while True:
    pass
