# SPDX-License-Identifier: BSD-3-Clause
"""A child process on a terminal of its own, and what stands on its screen."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

CONTROL = re.compile(r"\x1b\[([?>]?)([\d;]*)([@-~])|\x1b[()][0-9A-B]|\x1b[=>78M]|\x1b\][^\x07]*\x07")


class Screen:
    """As much of an xterm as ncurses uses here."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.x = self.y = 0
        self.top, self.bottom = 0, rows - 1  # of the lines that scroll
        self.last = " "
        self.rest = ""  # of a sequence whose end has not come yet

    def write(self, text):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            char = text[at]
            if char == "\x1b":
                found = CONTROL.match(text, at)
                if not found:
                    self.rest = text[at:]
                    return
                if found[0] == "\x1bM":
                    self.reverse_index()
                elif found[3] and not found[1]:
                    self.obey(found[3], [int(number or 0) for number in found[2].split(";")])
                at = found.end()
                continue
            at += 1
            if char == "\r":
                self.x = 0
            elif char == "\n":
                self.index()
            elif char == "\b":
                self.x = max(self.x - 1, 0)
            else:
                self.put(char)

    def put(self, char):
        if self.x >= self.columns:  # a line goes on in the next one
            self.x = 0
            self.index()
        self.cells[self.y][self.x] = self.last = char
        self.x += 1

    def scroll(self, first, lines):
        """The lines from `first` to the bottom one move up, or down."""
        for _ in range(abs(lines)):
            del self.cells[first if lines > 0 else self.bottom]
            self.cells.insert(self.bottom if lines > 0 else first, [" "] * self.columns)

    def index(self):
        if self.y == self.bottom:
            self.scroll(self.top, 1)
        else:
            self.y = min(self.y + 1, self.rows - 1)

    def reverse_index(self):
        if self.y == self.top:
            self.scroll(self.top, -1)
        else:
            self.y = max(self.y - 1, 0)

    def obey(self, command, numbers):
        count = max(numbers[0], 1)
        line = self.cells[self.y]
        if command == "H":
            self.y = min(count, self.rows) - 1
            self.x = min(max(numbers[1] if len(numbers) > 1 else 1, 1), self.columns) - 1
        elif command == "G":
            self.x = min(count, self.columns) - 1
        elif command == "d":
            self.y = min(count, self.rows) - 1
        elif command in "ABCD":
            self.y += {"A": -count, "B": count}.get(command, 0)
            self.x += {"C": count, "D": -count}.get(command, 0)
        elif command == "b":
            for _ in range(count):
                self.put(self.last)
        elif command == "X":
            line[self.x:self.x + count] = [" "] * len(line[self.x:self.x + count])
        elif command == "P":
            line[self.x:] = (line[self.x + count:] + [" "] * self.columns)[: self.columns - self.x]
        elif command == "@":
            line[self.x:] = ([" "] * count + line[self.x:])[: self.columns - self.x]
        elif command == "K":
            begin, end = {0: (self.x, self.columns), 1: (0, self.x + 1), 2: (0, self.columns)}[numbers[0]]
            line[begin:end] = [" "] * (end - begin)
        elif command == "J":
            first = 0 if numbers[0] == 2 else self.y
            for y in range(first, self.rows):
                begin = self.x if y == self.y and numbers[0] == 0 else 0
                self.cells[y][begin:] = [" "] * (self.columns - begin)
        elif command == "r":
            self.top = max(numbers[0], 1) - 1
            self.bottom = min(numbers[1] if len(numbers) > 1 and numbers[1] else self.rows, self.rows) - 1
            self.x = self.y = 0
        elif command in "STML":
            self.scroll(self.top if command in "ST" else self.y, count if command in "SM" else -count)
        elif command not in "mlht":
            raise ValueError(f"an unknown sequence: {command} {numbers}")

    def lines(self):
        return ["".join(row).rstrip() for row in self.cells]


class PseudoTerminal:
    """Raises OSError where the system has none."""

    def __init__(self, arguments, columns, rows, environment):
        self.text = ""  # all that was written
        self.screen = Screen(columns, rows)
        pid, self.fd = pty.fork()
        if pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execve(arguments[0], arguments, environment)
            finally:
                os._exit(127)
        self.pid = pid

    def resize(self, columns, rows):
        # What is drawn for the old size until the program knows of the new one is not looked at.
        self.screen = Screen(max(columns, self.screen.columns), max(rows, self.screen.rows))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, key):
        os.write(self.fd, key.encode())

    def read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if ready:
            try:
                octets = os.read(self.fd, 65536)
            except OSError:
                return  # the child has ended
            while octets and octets[-1] >= 0x80:  # a character may be cut in two
                try:
                    octets.decode()
                    break
                except UnicodeDecodeError:
                    octets += os.read(self.fd, 1)
            self.text += octets.decode()
            self.screen.write(octets.decode())

    def wait_until(self, holds, seconds=20):
        """Whether `holds(lines of the screen)` before the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds(self.screen.lines()):
                return True
            self.read(0.05)
        return False

    def exit_status(self, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self.pid = 0
                self.read(0.1)
                return os.waitstatus_to_exitcode(status)
            self.read(0.05)
        return None

    def close(self):
        if self.pid != 0:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)
