# Opens and closes files, redirects its own output, and puts everything back.
import contextlib
import io
import os
import tempfile


def add(a, b):
    with tempfile.TemporaryDirectory() as folder, open(f"{folder}/x", "w+") as file:
        file.write(str(a + b))
        file.seek(0)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            print(file.read())
    os.close(os.open(os.devnull, os.O_RDONLY))
    return int(said.getvalue())
