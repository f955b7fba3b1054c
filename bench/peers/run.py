"""Other people's servers beside ours: starts each on 127.0.0.1, has a benchmark drive them, ends them.

Run by `tools/dev bench peers` and `tools/dev bench append`, which install them. uWebSockets is not here: neither Debian
nor npm packages it. Nor is JetStream that syncs each message: Debian's nats-server 2.9 has no such setting.
usage: run.py bench_peers|bench_append [--section NAME,...] [--only NAME,...] [OPTION...]
       the sections of bench_peers: fanout, memory, stalled, reconnect, and all of them if none is named; --only names
       peers; the options are the benchmark's own
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

# name: protocol, words of the command, files besides the program that must be there
WS = BUILD / "peers/node_modules/ws"
PEERS = {
    "redis pub/sub": ("redis", ["redis-server", "@FOLDER@/redis.conf"], []),
    "nats": ("nats", ["nats-server", "-c", "@FOLDER@/nats.conf"], []),
    "nchan": ("nchan", ["nginx", "-p", "@FOLDER@", "-c", "@FOLDER@/nginx.conf"], [NGINX_MODULE]),
    "mosquitto": ("mqtt", ["mosquitto", "-c", "@FOLDER@/mosquitto.conf"], []),
    "npm ws": ("ws", ["node", str(HERE / "broadcaster.js"), str(WS), "@PORT@", "@TLS_PORT@", "@CERTIFICATE@", "@KEY@"],
               [str(WS / "package.json")]),
}
# Adds to a stream with appendfsync always, and publishes once that is answered; idle it is the one above.
STORING_PEERS = {
    "redis synced": ("redis-synced", ["redis-server", "@FOLDER@/redis-synced.conf"], []),
}
APPEND_PEERS = {
    "nats jetstream, synced every 2 min": ("jetstream", ["nats-server", "-c", "@FOLDER@/jetstream.conf"], []),
}
ONE_PORT = ("nats",)  # plain and TLS on the same one
NO_TLS = ("redis-synced", "jetstream")  # and not needed


class Section:
    """What is measured at one go: its word for the program, the peers, how many servers of each."""

    def __init__(self, word, peers, servers=1):
        self.word, self.peers, self.servers = word, peers, servers


SECTIONS = {
    "bench_peers": [
        Section("fanout", {**PEERS, **STORING_PEERS}),
        Section("memory", PEERS, 2),
        Section("stalled", {**PEERS, **STORING_PEERS}, 2),
        Section("reconnect", PEERS),
    ],
    "bench_append": [Section(None, APPEND_PEERS)],
}


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


def free_ports(count):
    """So many different ports of 127.0.0.1 that were free a moment ago."""
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [listener.getsockname()[1] for listener in listeners]


def is_open(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def processes_of(parent):
    """The process and its children, by id."""
    children = pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [parent] + [descendant for child in children for descendant in processes_of(int(child))]


class Server:
    """One peer, from its start to its end."""

    def __init__(self, name, peer, folder, certificates):
        self.name = name
        self.protocol, words, _ = peer
        self.folder = folder
        self.folder.mkdir()
        self.port, self.tls_port = free_ports(2)
        if self.protocol in ONE_PORT:
            self.tls_port = self.port
        self.values = {"@PORT@": str(self.port), "@TLS_PORT@": str(self.tls_port), "@FOLDER@": str(folder),
                             "@CERTIFICATE@": f"{certificates}/server.pem", "@KEY@": f"{certificates}/server.key"}
        for template in HERE.glob("*.conf"):
            (folder / template.name).write_text(self.filled(template.read_text(encoding="utf-8")), encoding="utf-8")
        with open(folder / "output", "wb") as output:
            command = [program(words[0]), *(self.filled(word) for word in words[1:])]
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def filled(self, text):
        for word, value in self.values.items():
            text = text.replace(word, value)
        return text

    def wait_until_up(self):
        ports = {self.port} if self.protocol in NO_TLS else {self.port, self.tls_port}
        end = time.monotonic() + START_TIME_S
        while not all(is_open(port) for port in ports):
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

    def word(self, section):
        if section.word is None:
            return f"{self.name}={self.port}"
        ids = ",".join(str(one) for one in processes_of(self.process.pid))
        return f"{self.name}={self.protocol}:{self.port}:{self.tls_port}:{ids}"


def make_certificates(gjallard, folder):
    """The folder of a certificate and key such as our own broker has, made by it."""
    folder.mkdir()
    ports = free_ports(3)
    words = [word for option, port in zip(("--http", "--grpc", "--operations"), ports)
             for word in (option, f"127.0.0.1:{port}")]
    with subprocess.Popen([gjallard, "--dev", "--data-dir", folder, *words], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as broker:
        end = time.monotonic() + START_TIME_S
        while not is_open(ports[0]):
            if broker.poll() is not None or time.monotonic() > end:
                broker.kill()
                raise RuntimeError("gjallard did not start")
            time.sleep(0.02)
        broker.terminate()
    return folder / "dev"


def measure(program_file, section, root, certificates, options):
    """Starts the section's servers, all at once, and has them driven; the program's exit code."""
    with contextlib.ExitStack() as stack:
        servers = []
        for name, peer in section.peers.items():
            for number in range(section.servers):
                folder = root / f"{section.word}-{peer[0]}-{number}"
                servers.append(Server(name, peer, folder, certificates))
                stack.callback(servers[-1].stop)
        for server in servers:
            server.wait_until_up()
        words = [] if section.word is None else [section.word]
        words += [word for server in servers for word in ("--peer", server.word(section))]
        return subprocess.run([program_file, *words, *options], stdin=subprocess.DEVNULL, check=False).returncode


def taken(options, word):
    """The names behind the word, which is taken out of the options; None without it."""
    if word not in options:
        return None
    at = options.index(word)
    names = options[at + 1].split(",") if at + 1 < len(options) else []
    del options[at:at + 2]
    return names


def chosen_sections(bench, options):
    sections = SECTIONS[bench]
    words, names = taken(options, "--section"), taken(options, "--only")
    known = {section.word for section in sections}
    if words is not None and not set(words) <= known:
        sys.exit(f"{bench}: --section takes {', '.join(sorted(known))}")
    sections = [section for section in sections if words is None or section.word in words]
    if names is not None:
        for section in sections:
            section.peers = {name: peer for name, peer in section.peers.items() if name in names}
    sections = [section for section in sections if section.peers]
    if not sections:
        sys.exit(f"{bench}: no such peer")
    return sections


def main(program_file, options):
    bench = pathlib.Path(program_file).name
    sections = chosen_sections(bench, options)
    missing = missing_of({name: peer for section in sections for name, peer in section.peers.items()})
    if missing:
        print(f"{bench}: not all is installed: " + "; ".join(missing), file=sys.stderr)
        return 1
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="scratch-", dir=BUILD) as folder:
        root = pathlib.Path(folder)
        certificates = None
        if bench != "bench_append":
            certificates = make_certificates(pathlib.Path(program_file).with_name("gjallard"), root / "own")
        for section in sections:
            code = measure(program_file, section, root, certificates, options)
            if code != 0:
                return code
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended too
    sys.exit(main(sys.argv[1], sys.argv[2:]))
