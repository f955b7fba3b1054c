"""A real gjallard on free loopback ports with a folder of its own, for integration tests.

    with Broker() as broker:
        broker.http_port, broker.grpc_port, broker.operations_port
        broker.token("police"), broker.dev_dir
        broker.kill9(); broker.restart()
"""

import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("GJALLAR_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("GJALLAR_BIN", SOURCE / "build/release/bin"))
START_TIME_S = 60
STOP_TIME_S = 30


def free_port():
    """A port of 127.0.0.1 below the range that outgoing connections are given."""
    while True:
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def run_gjallard(*arguments, timeout_s=START_TIME_S):
    """Runs gjallard to its end; (exit code, what it wrote to stderr)."""
    run = subprocess.run([str(BIN / "gjallard"), *map(str, arguments)], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s, check=False)
    return run.returncode, run.stdout.decode(errors="replace")


class Broker:
    """One broker process. Started by `with`, or by start(); stopped, and its folder removed, at the end."""

    def __init__(self, *arguments, folder=None, duplicate_days=0):
        """`arguments`: further flags of gjallard; `folder`: keep the data there and leave it there. Most tests issue the
        same alert over and over, so near-duplicates aren't looked for unless `duplicate_days` says so."""
        self.arguments = [str(argument) for argument in (*arguments, "--duplicate-days", duplicate_days)]
        self.own_folder = folder is None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="gjallar-test-"))
        self.http_port, self.grpc_port, self.operations_port = free_port(), free_port(), free_port()
        self.process = None

    @property
    def data_dir(self):
        return self.folder / "data"

    @property
    def dev_dir(self):
        return self.data_dir / "dev"

    @property
    def grpc_address(self):
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def http_address(self):
        return f"127.0.0.1:{self.http_port}"

    def token(self, principal):
        return json.loads((self.dev_dir / "tokens.json").read_text())[principal]

    def log_text(self):
        """What the broker has written to stderr, over all its starts."""
        path = self.folder / "gjallard.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self):
        """Starts and waits until /readyz says ready."""
        command = [str(BIN / "gjallard"), "--dev", "--data-dir", str(self.data_dir),
                   "--http", self.http_address, "--grpc", self.grpc_address,
                   "--operations", f"127.0.0.1:{self.operations_port}", *self.arguments]
        with open(self.folder / "gjallard.log", "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIME_S
        while self.readiness() != "ready":
            if self.process.poll() is not None or time.monotonic() > deadline:
                code = self.process.poll()
                self.kill9()
                raise AssertionError(f"gjallard did not become ready (exit code {code}):\n{self.log_text()}")
            time.sleep(0.02)
        return self

    def operations(self, path):
        """(status, text) of the operations listener."""
        connection = http.client.HTTPConnection("127.0.0.1", self.operations_port, timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def readiness(self):
        """The word of /readyz; empty while nobody answers."""
        try:
            return self.operations("/readyz")[1].strip()
        except OSError:
            return ""

    def stop(self):
        """SIGTERM; the exit code."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_TIME_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"gjallard did not stop within {STOP_TIME_S} s:\n{self.log_text()}")

    def kill9(self):
        """As if the power went: no drain, no flush."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self):
        """Starts again on the same data and the same ports, after stopping what still runs."""
        self.stop()
        return self.start()

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *failure):
        self.close()

    def close(self):
        try:
            self.stop()
        finally:
            if self.own_folder:
                shutil.rmtree(self.folder, ignore_errors=True)
