"""Peers that are gone without a word, over the broker's own default times: each is noticed within 60 s. They are left to
themselves all at once, so it takes one minute."""

import pathlib
import socket
import ssl
import struct
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402

WITHIN_S = 60
PATIENCE_S = 90  # of the test's own
CLINIC = "laro-malmo"
HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = 4


class DeadPeers(unittest.TestCase):
    def setUp(self):
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        contract.register_services(self.broker, (CLINIC,))

    def seconds_until_end(self, stream):
        """Reads without ever answering; what came, and after how many seconds the broker ended it."""
        begun, came = time.monotonic(), b""
        stream.settimeout(PATIENCE_S)
        try:
            while more := stream.recv(65536):
                came += more
        except (ConnectionResetError, ssl.SSLError):
            pass
        return time.monotonic() - begun, came

    def websocket(self):
        raw = socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=PATIENCE_S)
        self.addCleanup(raw.close)
        raw.sendall(b"GET /v1/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    b"Sec-WebSocket-Protocol: cloudevents.json\r\nAuthorization: Bearer " +
                    self.broker.token(CLINIC).encode() + b"\r\n\r\n")
        return raw

    def http2(self):
        """A gRPC peer that has begun and then answers nothing, not even a ping."""
        context = ssl.create_default_context(cafile=str(self.broker.dev_dir / "ca.pem"))
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", self.broker.grpc_port), timeout=PATIENCE_S)
        secure = context.wrap_socket(raw, server_hostname="127.0.0.1")
        self.addCleanup(secure.close)
        secure.sendall(HTTP2_PREFACE + struct.pack(">IBBI", 0, SETTINGS, 0, 0)[1:])
        return secure

    def test_peers_that_answer_nothing_are_noticed_within_a_minute(self):
        ends = {}

        def watch(name, stream):
            ends[name] = self.seconds_until_end(stream)
        threads = [threading.Thread(target=watch, args=(name, stream), daemon=True)
                   for name, stream in (("websocket", self.websocket()), ("grpc", self.http2()))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        for name in ("websocket", "grpc"):
            self.assertIn(name, ends, f"{name}: never ended")
            self.assertLess(ends[name][0], WITHIN_S, name)
        self.assertIn(b"gjallar.v1.heartbeat", ends["websocket"][1], "it was alive")
        self.assertIn(b"\x89\x00", ends["websocket"][1], "it was never asked")
        self.assertGreater(ends["websocket"][0], 30)
        self.assertGreater(ends["grpc"][0], 30)


if __name__ == "__main__":
    unittest.main()
