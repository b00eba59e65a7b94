"""The guest's end of the wire to the host (a virtio console, /dev/hvc1).

Both sides write one JSON object a line. The host asks:
  {"id": 1, "op": "exec", "command": "..."}     run by bash, in a session of its own
      optional: "cwd": path, "stdin": true (else /dev/null), "env": {name: value}
  {"id": 1, "op": "stdin", "data": base64}      for a command that was given "stdin"
  {"id": 1, "op": "eof"}                        ends its input
  {"id": 1, "op": "kill", "signal": 15}         to all of its session's first group
  {"id": 2, "op": "resume", "wallNs": "...", "entropy": base64}
  {"id": 3, "op": "ping"}
The guest says:
  {"ready": true}                               once, when it listens
  {"id": 1, "stream": "stdout", "data": base64} or "stderr"
  {"id": 1, "exit": 0}                          128 + signal when killed by one
  {"id": 2, "done": true}                       for all other requests
  {"id": 1, "error": "..."}                     the request could not be done

Few modules are imported, since each costs a cold start some million
instructions: no asyncio, no subprocess.
"""

import fcntl
import json
import os
import select
import sys
import termios
import time
from binascii import a2b_base64, b2a_base64

DEVICE = "/dev/hvc1"
CHUNK = 32768
# A line longer than this, or more input waiting for a command, is refused.
LINE_LIMIT = 1 << 20
STDIN_LIMIT = 8 << 20

# Python ignores PIPE and XFSZ, and the init script's background jobs INT and QUIT;
# commands must not inherit that. Numbers as in signal(7), for riscv64.
SIGINT, SIGQUIT, SIGKILL, SIGPIPE, SIGXFSZ = 2, 3, 9, 13, 25

# From <linux/random.h>: _IOW('R', 0x03, int[2]) and _IO('R', 0x07).
RNDADDENTROPY = 0x40085203
RNDRESEEDCRNG = 0x5207


class Command:
    """A running command: its process and what is still open of its streams."""

    def __init__(self, number, pid, stdin):
        self.number = number
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.takes_input = stdin is not None
        self.stdin = stdin
        self.waiting = bytearray()
        self.input_ends = False
        self.ended = False
        self.outputs = {}


class Agent:
    def __init__(self, wire):
        self.wire = wire
        self.poll = select.poll()
        self.handlers = {}
        self.commands = {}
        self.line = bytearray()
        self.too_long = False
        self.null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        self.watch(wire, select.POLLIN, self.receive)

    def watch(self, fd, events, handler):
        self.handlers[fd] = handler
        self.poll.register(fd, events)

    def forget(self, fd):
        del self.handlers[fd]
        self.poll.unregister(fd)
        os.close(fd)

    def send(self, message):
        data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        while data:
            data = data[os.write(self.wire, data):]

    def run(self):
        # The starting up was done at the lowest priority; commands get the usual one.
        os.setpriority(os.PRIO_PROCESS, 0, 0)
        self.send({"ready": True})
        while True:
            for fd, _ in self.poll.poll():
                handler = self.handlers.get(fd)
                if handler:
                    handler()

    def receive(self):
        for part in os.read(self.wire, CHUNK).splitlines(True):
            if not self.too_long:
                self.line += part
            if len(self.line) > LINE_LIMIT:
                self.too_long = True
                self.line.clear()
            if not part.endswith(b"\n"):
                continue
            line, self.line = self.line, bytearray()
            if self.too_long:
                self.too_long = False
                self.send({"error": "the line is too long"})
            elif line.strip():
                self.answer(bytes(line))

    def answer(self, line):
        number = None
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise ValueError("a request is an object")
            number = request.get("id")
            if not isinstance(number, int):
                raise ValueError("a request has a number as id")
            operation = OPERATIONS.get(request.get("op"))
            if operation is None:
                raise ValueError("unknown op")
            operation(self, number, request)
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            self.send({"id": number, "error": f"{type(error).__name__}: {error}"})

    def ping(self, number, request):
        self.send({"id": number, "done": True})

    def resume(self, number, request):
        """After a snapshot: the right time, and a random state nobody else has."""
        entropy = a2b_base64(request.get("entropy", ""))
        if entropy:
            size = len(entropy)
            header = (size * 8).to_bytes(4, "little") + size.to_bytes(4, "little")
            device = os.open("/dev/urandom", os.O_WRONLY | os.O_CLOEXEC)
            try:
                fcntl.ioctl(device, RNDADDENTROPY, header + entropy)
                fcntl.ioctl(device, RNDRESEEDCRNG)
            finally:
                os.close(device)
        if "wallNs" in request:
            time.clock_settime_ns(time.CLOCK_REALTIME, int(request["wallNs"]))
        self.send({"id": number, "done": True})

    def execute(self, number, request):
        if number in self.commands:
            raise ValueError("a command with this id is running")
        text = request["command"]
        if not isinstance(text, str):
            raise ValueError("command is not a string")
        environment = dict(os.environ)
        environment.update(request.get("env", {}))
        os.chdir(request.get("cwd", "/root"))
        pipes = []
        try:
            for _ in range(3 if request.get("stdin") else 2):
                pipes.append(os.pipe2(os.O_CLOEXEC))
            theirs = [pipes[2][0] if len(pipes) == 3 else self.null, pipes[0][1], pipes[1][1]]
            pid = os.posix_spawn(
                "/bin/bash",
                ["bash", "-c", text],
                environment,
                file_actions=[(os.POSIX_SPAWN_DUP2, fd, to) for to, fd in enumerate(theirs)],
                setsid=True,
                setsigdef=[SIGINT, SIGQUIT, SIGPIPE, SIGXFSZ],
            )
        except BaseException:
            for ends in pipes:
                os.close(ends[0])
                os.close(ends[1])
            raise
        for fd in theirs:
            if fd != self.null:
                os.close(fd)
        command = Command(number, pid, pipes[2][1] if len(pipes) == 3 else None)
        self.commands[number] = command
        for stream, ends in zip(("stdout", "stderr"), pipes):
            os.set_blocking(ends[0], False)
            command.outputs[ends[0]] = stream
            self.watch(ends[0], select.POLLIN, lambda fd=ends[0]: self.relay(command, fd))
        if command.stdin is not None:
            os.set_blocking(command.stdin, False)
        self.watch(command.pidfd, select.POLLIN, lambda: self.reap(command))

    def relay(self, command, fd):
        """Passes one chunk on; returns False when there is nothing more for now."""
        try:
            data = os.read(fd, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            del command.outputs[fd]
            self.forget(fd)
            return False
        # A child left in the background may go on writing; nobody listens any more,
        # but it must not die of a closed pipe.
        if not command.ended:
            encoded = b2a_base64(data, newline=False).decode()
            self.send({"id": command.number, "stream": command.outputs[fd], "data": encoded})
        return True

    def reap(self, command):
        _, status = os.waitpid(command.pid, 0)
        self.forget(command.pidfd)
        for fd in list(command.outputs):
            while self.relay(command, fd):
                pass
        command.ended = True
        self.close_stdin(command)
        del self.commands[command.number]
        code = os.waitstatus_to_exitcode(status)
        self.send({"id": command.number, "exit": code if code >= 0 else 128 - code})

    def close_stdin(self, command):
        if command.stdin is None:
            return
        if command.stdin in self.handlers:
            self.forget(command.stdin)
        else:
            os.close(command.stdin)
        command.stdin = None

    def stdin(self, number, request):
        command = self.commands.get(number)
        if command and not command.takes_input:
            raise ValueError("the command takes no input")
        data = a2b_base64(request["data"])
        # Input for a command that has ended, or closed its end, is nobody's fault.
        if command is None or command.stdin is None:
            return
        if len(command.waiting) + len(data) > STDIN_LIMIT:
            raise ValueError("too much input is waiting")
        command.waiting += data
        self.feed(command)

    def eof(self, number, request):
        command = self.commands.get(number)
        if command and command.stdin is not None:
            command.input_ends = True
            self.feed(command)

    def feed(self, command):
        try:
            while command.waiting:
                del command.waiting[:os.write(command.stdin, command.waiting)]
        except BlockingIOError:
            if command.stdin not in self.handlers:
                self.watch(command.stdin, select.POLLOUT, lambda: self.feed(command))
            return
        except BrokenPipeError:
            command.waiting.clear()
            self.close_stdin(command)
            return
        if command.input_ends:
            self.close_stdin(command)
        elif command.stdin in self.handlers:
            del self.handlers[command.stdin]
            self.poll.unregister(command.stdin)

    def kill(self, number, request):
        command = self.commands.get(number)
        if command:
            os.killpg(command.pid, request.get("signal", SIGKILL))
        self.send({"id": number, "done": True})


OPERATIONS = {
    "exec": Agent.execute,
    "stdin": Agent.stdin,
    "eof": Agent.eof,
    "kill": Agent.kill,
    "resume": Agent.resume,
    "ping": Agent.ping,
}


def open_wire(path):
    """Opens the console without echo, line editing or translation (cfmakeraw)."""
    wire = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    mode = termios.tcgetattr(wire)
    mode[0] = 0
    mode[1] = 0
    mode[2] = (mode[2] & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
    mode[3] = 0
    mode[6][termios.VMIN] = 1
    mode[6][termios.VTIME] = 0
    termios.tcsetattr(wire, termios.TCSANOW, mode)
    return wire


Agent(open_wire(sys.argv[1] if len(sys.argv) > 1 else DEVICE)).run()
