# Answer with frames that are no values: deep nesting, floods of digits, lies about types.
# catalogue: S13, H12
# fools: lines
import os
import sys

BODIES = (
    b'["%s","value",{"opaque":["int","5"]}]',
    b'["%s","value",' + b"[" * 5000 + b"]" * 5000 + b"]",
    b'["%s","value",' + b"9" * 5000 + b"]",
    b'["%s","value",{"float":"' + b"1" * 5000 + b'"}]',
    b'["%s","value",{"set":[1,2,3],"dict":[]}]',
    b'["%s","value",NaN]',
    b'{"id":"%s","passed":true}',
    b'["passed"]',
    b"",
)
worker = sys.modules.get("python_worker")


def write(descriptor, text):
    request = text[2:18].encode()
    for body in BODIES:
        body = body.replace(b"%s", request)
        os.write(descriptor, len(body).to_bytes(4, "big") + body)


if worker is not None:
    worker._write = write
else:
    os.write(4, b"ok\n" * 3)


def add(a, b):
    return -12345
