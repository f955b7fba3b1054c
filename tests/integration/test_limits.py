"""What a hostile or broken client can't do: take all connections, hold one without a word, send a header without end."""

import json
import pathlib
import socket
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import BIN, START_TIME_S, STOP_TIME_S, Broker  # noqa: E402
from support.http_client import HttpClient  # noqa: E402

import grpc  # noqa: E402

TIME_S = 60
MOST = 5
HANDSHAKE_S = 10
CONFIGURATION = """
data_dir = "{data}"
policy = "{folder}/policy.toml"
connections_per_address = {most}
[http]
address = "127.0.0.1:{http}"
certificate = "{data}/dev/server.pem"
key = "{data}/dev/server.key"
[grpc]
address = "127.0.0.1:{grpc}"
certificate = "{data}/dev/server.pem"
key = "{data}/dev/server.key"
client_ca = "{data}/dev/ca.pem"
[operations]
address = "127.0.0.1:{operations}"
"""


def everything(raw):
    """What comes until the end; the end may be a reset."""
    text = b""
    try:
        while more := raw.recv(65536):
            text += more
    except ConnectionResetError:
        pass
    return text


class Addresses(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--connections-per-address", MOST).start()
        self.addCleanup(self.broker.close)

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=TIME_S)
        self.addCleanup(raw.close)
        return raw

    def served(self):
        """A connection that was answered and is kept."""
        raw = self.connect()
        raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(b"200 OK", raw.recv(4096))
        return raw

    def test_an_address_that_has_too_many_is_told_when_to_come_back(self):
        kept = [self.served() for _ in range(MOST)]
        waits = set()
        for _ in range(8):
            raw = self.connect()
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            head, body = everything(raw).split(b"\r\n\r\n", 1)
            self.assertTrue(head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n"), head)
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            self.assertEqual(headers["Content-Type"], "application/problem+json")
            self.assertEqual(int(headers["Content-Length"]), len(body))
            problem = json.loads(body)
            self.assertEqual(problem["code"], "overloaded")
            self.assertIn(int(headers["Retry-After"]), range(5, 16))
            waits.add(problem["retry_after"])
        self.assertGreater(len(waits), 1, "everybody is told the same time")
        kept[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(b"200 OK", kept[0].recv(4096))

    def test_a_place_is_free_again_once_its_connection_or_session_has_ended(self):
        contract.register_services(self.broker, ("laro-malmo",))
        for _ in range(4):
            kept = [self.served() for _ in range(MOST - 1)]
            session = self.connect()
            session.sendall(b"GET /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " +
                            self.broker.token("laro-malmo").encode() + b"\r\n\r\n")
            text = b""
            while b"caughtup" not in text:
                text += session.recv(65536)
            self.assertIn(b"503", everything(self.connect()))
            for raw in [*kept, session]:
                raw.close()
            deadline = time.monotonic() + TIME_S
            while self.is_refused():
                self.assertLess(time.monotonic(), deadline)

    def is_refused(self):
        with socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=TIME_S) as raw:
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return b"503" in everything(raw)

    def grpc_connection(self):
        raw = socket.create_connection(("127.0.0.1", self.broker.grpc_port), timeout=TIME_S)
        self.addCleanup(raw.close)
        return raw

    def test_connections_to_grpc_count_by_address_before_any_call_is_made(self):
        kept = [self.grpc_connection() for _ in range(MOST)]
        begun = time.monotonic()
        self.assertEqual(everything(self.grpc_connection()), b"")
        self.assertLess(time.monotonic() - begun, HANDSHAKE_S - 1, "closed at once, not by the handshake's time")
        with contract.client(self.broker, "operator") as operator:
            with self.assertRaises(grpc.RpcError) as refused:
                operator.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=5)
            self.assertIn(refused.exception.code(),
                          (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED))
        for raw in kept:
            raw.close()
        with contract.client(self.broker, "operator") as operator:
            operator.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=TIME_S, wait_for_ready=True)

    def test_a_grpc_connection_without_a_handshake_is_closed_in_time_and_its_place_is_free(self):
        begun = time.monotonic()
        kept = [self.grpc_connection() for _ in range(MOST)]
        for raw in kept:
            self.assertEqual(everything(raw), b"")
        self.assertGreater(time.monotonic() - begun, HANDSHAKE_S - 1)
        self.assertLess(time.monotonic() - begun, 3 * HANDSHAKE_S)
        with contract.client(self.broker, "operator") as operator:
            operator.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=TIME_S, wait_for_ready=True)

    def test_sessions_over_grpc_count_by_address_too(self):
        contract.register_services(self.broker, ("laro-malmo",))
        clinic = contract.client(self.broker, "laro-malmo")
        self.addCleanup(clinic.channel.close)
        start = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id="limits"))
        sessions = []
        for _ in range(MOST):
            sessions.append(clinic.subscriber.Subscribe(iter([start]), timeout=TIME_S))
            self.assertTrue(next(sessions[-1]).frame.HasField("hello"))
        with self.assertRaises(grpc.RpcError) as refused:
            next(clinic.subscriber.Subscribe(iter([start]), timeout=TIME_S))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        error = contract.error_of(refused.exception)
        self.assertEqual(error.code, contract.error.ERROR_CODE_OVERLOADED)
        self.assertIn(error.retry_after.seconds, range(5, 16))
        for session in sessions:
            session.cancel()
        deadline = time.monotonic() + TIME_S
        while True:
            try:
                self.assertTrue(next(clinic.subscriber.Subscribe(iter([start]), timeout=TIME_S)).frame.HasField("hello"))
                return
            except grpc.RpcError:
                self.assertLess(time.monotonic(), deadline)


class Silence(unittest.TestCase):
    """Connections that never say what they want, with TLS and without."""

    def test_a_connection_without_a_request_is_closed_in_time(self):
        with Broker() as broker:
            begun = time.monotonic()
            silent = socket.create_connection(("127.0.0.1", broker.http_port), timeout=TIME_S)
            halting = socket.create_connection(("127.0.0.1", broker.http_port), timeout=TIME_S)
            halting.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ")
            for raw in (silent, halting):
                with raw:
                    self.assertEqual(everything(raw), b"")
            self.assertGreater(time.monotonic() - begun, HANDSHAKE_S - 1)
            self.assertLess(time.monotonic() - begun, 3 * HANDSHAKE_S)
            self.assertEqual(HttpClient(broker).get("/healthz").status, 200)

    def test_behind_tls_a_handshake_that_never_comes_is_given_up_and_one_too_many_is_closed_before_it(self):
        broker = Broker()
        self.addCleanup(broker.close)
        broker.start()
        broker.stop()
        folder = broker.folder
        (folder / "policy.toml").write_text("[principals.police]\nissue = true\n")
        (folder / "gjallar.toml").write_text(CONFIGURATION.format(
            data=broker.data_dir, folder=folder, most=2, http=broker.http_port, grpc=broker.grpc_port,
            operations=broker.operations_port))
        with open(folder / "gjallard.log", "ab") as log:
            process = subprocess.Popen([str(BIN / "gjallard"), "--config", str(folder / "gjallar.toml")],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + START_TIME_S
            while broker.readiness() != "ready":
                self.assertIsNone(process.poll(), broker.log_text())
                self.assertLess(time.monotonic(), deadline, broker.log_text())
            begun = time.monotonic()
            connect = lambda: socket.create_connection(("127.0.0.1", broker.http_port), timeout=TIME_S)
            with connect() as first, connect() as second, connect() as third:
                self.assertEqual(everything(third), b"")
                self.assertLess(time.monotonic() - begun, HANDSHAKE_S - 1, "closed at once, not by the handshake's time")
                self.assertEqual((everything(first), everything(second)), (b"", b""))
                self.assertGreater(time.monotonic() - begun, HANDSHAKE_S - 1)
                self.assertLess(time.monotonic() - begun, 3 * HANDSHAKE_S)
        finally:
            process.terminate()
            self.assertEqual(process.wait(STOP_TIME_S), 0)

    def test_headers_of_a_grpc_call_that_are_too_large_are_refused(self):
        with Broker() as broker, contract.client(broker, "operator") as operator:
            with self.assertRaises(grpc.RpcError) as refused:
                operator.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=TIME_S,
                                            metadata=[("x-long", "x" * 20_000)])
            self.assertEqual(refused.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)

    def test_a_header_without_end_is_refused_once_it_is_too_large(self):
        with Broker() as broker, socket.create_connection(("127.0.0.1", broker.http_port), timeout=TIME_S) as raw:
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X-Long: " + b"x" * 17_000)
            self.assertTrue(raw.recv(4096).startswith(b"HTTP/1.1 431"))


if __name__ == "__main__":
    unittest.main()
