"""Other people's servers beside ours: starts each on 127.0.0.1, has a benchmark drive them, ends them.

Run by `tools/dev bench peers` and `tools/dev bench append`, which install them. uWebSockets is not here: neither Debian
nor npm packages it. Nor is JetStream that syncs each message: Debian's nats-server 2.9 has no such setting.
usage: run.py bench_peers|bench_append [--only NAME,...] [OPTION...]    the options are the benchmark's own
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
START_TIME_S = 30
STOP_TIME_S = 10
NGINX_MODULE = "/usr/lib/nginx/modules/ngx_nchan_module.so"

# Peers by the benchmark that drives them.
# "redis synced" adds to a stream with appendfsync always, and publishes once that is answered.
# name: protocol, words of the command, files besides the program that must be there
FANOUT_PEERS = {
    "redis pub/sub": ("redis", ["redis-server", "@FOLDER@/redis.conf"], []),
    "redis synced": ("redis-synced", ["redis-server", "@FOLDER@/redis-synced.conf"], []),
    "nats": ("nats", ["nats-server", "-c", "@FOLDER@/nats.conf"], []),
    "nchan": ("nchan", ["nginx", "-p", "@FOLDER@", "-c", "@FOLDER@/nginx.conf"], [NGINX_MODULE]),
    "mosquitto": ("mqtt", ["mosquitto", "-c", "@FOLDER@/mosquitto.conf"], []),
    "npm ws": ("ws", ["node", str(HERE / "broadcaster.js"), str(BUILD / "peers/node_modules/ws"), "@PORT@"],
               [str(BUILD / "peers/node_modules/ws/package.json")]),
}
APPEND_PEERS = {
    "nats jetstream, synced every 2 min": ("jetstream", ["nats-server", "-c", "@FOLDER@/jetstream.conf"], []),
}
PEERS = {"bench_peers": FANOUT_PEERS, "bench_append": APPEND_PEERS}


def missing_of(peers):
    """A line for each program or file that isn't there."""
    missing = []
    for name, (_, words, files) in peers.items():
        if program(words[0]) is None:
            missing.append(f"{name}: no program {words[0]}")
        missing += [f"{name}: no {file}" for file in files if not pathlib.Path(file).exists()]
    return missing


def program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def processes_of(parent):
    """The process and its children, by id."""
    children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [parent] + [descendant for child in children for descendant in processes_of(int(child))]


class Server:
    """One peer, from its start to its end; a context manager."""

    def __init__(self, name, peer, root):
        self.name = name
        self.protocol, words, _ = peer
        self.folder = root / self.protocol
        self.folder.mkdir()
        self.port = free_port()
        self.words = [self.filled(word) for word in words]
        for template in HERE.glob("*.conf"):
            (self.folder / template.name).write_text(self.filled(template.read_text(encoding="utf-8")),
                                                     encoding="utf-8")
        self.process = None

    def filled(self, text):
        return text.replace("@PORT@", str(self.port)).replace("@FOLDER@", str(self.folder))

    def __enter__(self):
        with open(self.folder / "output", "wb") as output:
            self.process = subprocess.Popen([program(self.words[0]), *self.words[1:]], cwd=self.folder,
                                            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            self.wait_until_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_until_up(self):
        end = time.monotonic() + START_TIME_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if self.process.poll() is not None or time.monotonic() > end:
                said = (self.folder / "output").read_text(encoding="utf-8", errors="replace")
                raise RuntimeError(f"{self.name} did not start: {said[-1000:]}")
            time.sleep(0.02)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_TIME_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def word(self, bench):
        if bench == "bench_append":
            return f"{self.name}={self.port}"
        ids = ",".join(str(one) for one in processes_of(self.process.pid))
        return f"{self.name}={self.protocol}:{self.port}:{ids}"


def main(program_file, options):
    bench = pathlib.Path(program_file).name
    chosen = PEERS[bench]
    if "--only" in options:
        at = options.index("--only")
        names = options[at + 1].split(",")
        chosen = {name: chosen[name] for name in names}
        del options[at:at + 2]
    missing = missing_of(chosen)
    if missing:
        print(f"{bench}: not all is installed: " + "; ".join(missing), file=sys.stderr)
        return 1
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=BUILD) as folder, contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Server(name, peer, pathlib.Path(folder))) for name, peer in chosen.items()]
        words = [word for server in servers for word in ("--peer", server.word(bench))]
        return subprocess.run([program_file, *words, *options], stdin=subprocess.DEVNULL, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended too
    sys.exit(main(sys.argv[1], sys.argv[2:]))
