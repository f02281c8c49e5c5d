"""Runs a program on a pseudo-terminal: pseudo-terminal.py ROWS COLUMNS PROGRAM WORDS...

What comes on standard input is typed there, and what it prints goes to standard output. A line
"ESC ] size ROWS COLUMNS BEL" on standard input gives the terminal another size, and its end closes the terminal. Ends with the
exit code of the program.
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios

SIZE = re.compile(rb"\x1b\]size (\d+) (\d+)\x07")


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


rows, columns, *command = sys.argv[1:]
# The child waits for the size: it would begin with another one.
ready, go = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.close(go)
    os.read(ready, 1)
    os.execvp(command[0], command)
resize(terminal, rows, columns)
os.close(go)

sources = [terminal, 0]
while True:
    readable, _, _ = select.select(sources, [], [])
    if terminal in readable:
        try:
            printed = os.read(terminal, 65536)
        except OSError:
            # Linux says so when the last program has closed its end.
            printed = b""
        if not printed:
            break
        os.write(1, printed)
    if 0 in readable:
        typed = os.read(0, 65536)
        if not typed:
            break
        for size in SIZE.findall(typed):
            resize(terminal, *size)
        typed = SIZE.sub(b"", typed)
        if typed:
            os.write(terminal, typed)
# Closing it hangs up on what still runs there.
os.close(terminal)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) % 256)
