"""The same edges behind TLS, as a broker beyond loopback has them: HTTPS, Server-Sent Events and a secure WebSocket."""

import asyncio
import http.client
import json
import pathlib
import socket
import ssl
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import BIN, START_TIME_S, STOP_TIME_S, Broker  # noqa: E402
from support.http_client import CALL_TIME_S, HttpClient, register_services, seizure  # noqa: E402

import websockets  # noqa: E402

CONFIGURATION = """
data_dir = "{data}"
policy = "{folder}/policy.toml"
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
POLICY = """
[principals.police]
issue = true
view = "own"
[principals.laro-malmo]
service = "laro-malmo"
subscribe = true
view = "own"
"""


class TlsClient(HttpClient):
    def connect(self, timeout_s=CALL_TIME_S):
        context = ssl.create_default_context(cafile=str(self.broker.dev_dir / "ca.pem"))
        return http.client.HTTPSConnection("127.0.0.1", self.broker.http_port, timeout=timeout_s, context=context)


class Https(unittest.IsolatedAsyncioTestCase):
    """A development broker leaves its credentials and services behind; a configured one goes on with them."""

    def setUp(self):
        self.broker = Broker()
        self.addCleanup(self.broker.close)
        self.broker.start()
        register_services(self.broker, ["laro-malmo"])
        self.broker.stop()
        folder = self.broker.folder
        (folder / "policy.toml").write_text(POLICY)
        (folder / "gjallar.toml").write_text(CONFIGURATION.format(
            data=self.broker.data_dir, folder=folder, http=self.broker.http_port, grpc=self.broker.grpc_port,
            operations=self.broker.operations_port))
        with open(folder / "gjallard.log", "ab") as log:
            self.process = subprocess.Popen([str(BIN / "gjallard"), "--config", str(folder / "gjallar.toml")],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(self.stop)
        deadline = time.monotonic() + START_TIME_S
        while self.broker.readiness() != "ready":
            self.assertIsNone(self.process.poll(), self.broker.log_text())
            self.assertLess(time.monotonic(), deadline, self.broker.log_text())
        self.police, self.clinic = TlsClient(self.broker, "police"), TlsClient(self.broker, "laro-malmo")

    async def asyncSetUp(self):
        asyncio.get_running_loop().slow_callback_duration = CALL_TIME_S  # calls over HTTP are made in between

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(STOP_TIME_S)

    async def test_an_alert_goes_the_whole_way_behind_tls(self):
        trusted = ssl.create_default_context(cafile=str(self.broker.dev_dir / "ca.pem"))
        session = await websockets.connect(
            f"wss://127.0.0.1:{self.broker.http_port}/v1/stream", ssl=trusted, compression=None,
            subprotocols=["cloudevents.json", "bearer." + self.broker.token("laro-malmo")])
        self.addAsyncCleanup(session.close)
        types = [json.loads(await asyncio.wait_for(session.recv(), CALL_TIME_S))["type"] for _ in range(2)]
        self.assertEqual(types, ["gjallar.v1.hello", "gjallar.v1.caughtup"])
        large = "Kapslar som säljs som tramadol. " * 240
        content = seizure()
        content["texts"][0]["description"] = large
        outcome = self.police.post("/v1/alerts", content)
        self.assertEqual(outcome.status, 201, outcome)
        event = json.loads(await asyncio.wait_for(session.recv(), CALL_TIME_S))
        self.assertEqual(event["seq"], outcome.json["seq"])
        self.assertEqual(event["data"]["payload"]["alert"]["content"]["texts"][0]["description"], large)

        source = self.clinic.connect()
        self.addCleanup(source.close)
        source.request("GET", "/v1/events?after=0", headers=self.clinic.headers)
        stream = source.getresponse()
        self.assertEqual(stream.status, 200)
        while stream.readline() != f"id: {outcome.json['cursor']}\n".encode():
            pass
        self.assertEqual(stream.readline(), b"event: gjallar.v1.alert.issued\n")

        stopping = asyncio.get_running_loop().run_in_executor(None, self.stop)
        with self.assertRaises(websockets.exceptions.ConnectionClosed) as end:
            while True:
                await asyncio.wait_for(session.recv(), CALL_TIME_S)
        self.assertEqual(end.exception.rcvd.code, 1001)
        source.close()
        self.assertEqual(await stopping, 0)

    async def test_a_renewed_certificate_needs_no_restart(self):
        server, key = self.broker.dev_dir / "server.pem", self.broker.dev_dir / "server.key"
        first = ssl.get_server_certificate(("127.0.0.1", self.broker.http_port))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "1", "-subj", "/CN=renewed", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", str(key) + ".new", "-out", str(server) + ".new"], check=True, capture_output=True)
        renewed = (server.parent / "server.pem.new").read_text()
        # Half of a renewal: the key doesn't belong to the certificate yet, and nothing changes for those who connect.
        (key.parent / "server.key.new").replace(key)
        self.assertEqual(ssl.get_server_certificate(("127.0.0.1", self.broker.http_port)), first)
        (server.parent / "server.pem.new").replace(server)
        deadline = time.monotonic() + START_TIME_S
        while ssl.get_server_certificate(("127.0.0.1", self.broker.http_port)).strip() != renewed.strip():
            self.assertLess(time.monotonic(), deadline, self.broker.log_text())

    async def test_who_comes_back_resumes_its_tls_session_by_a_ticket(self):
        """A crowd that reconnects is spared the costly half of the handshake, with TLS 1.2 and 1.3."""
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=str(self.broker.dev_dir / "ca.pem"))
            context.minimum_version = context.maximum_version = version

            def ask(session=None):
                raw = socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=CALL_TIME_S)
                with context.wrap_socket(raw, server_hostname="127.0.0.1", session=session) as secure:
                    secure.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                    with secure.makefile("rb") as answer:
                        self.assertIn(b"200 OK", answer.readline())
                    return secure.session_reused, secure.session
            reused, session = ask()
            self.assertFalse(reused)
            self.assertTrue(session.has_ticket, version)
            reused, _ = ask(session)
            self.assertTrue(reused, version)

    async def test_plain_http_is_not_answered(self):
        with socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=CALL_TIME_S) as raw:
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            try:
                self.assertNotIn(b"200", raw.recv(4096))
            except ConnectionResetError:
                pass
        self.assertEqual(TlsClient(self.broker).get("/healthz").status, 200)
        self.assertEqual(TlsClient(self.broker).get("/v1/alerts").status, 401)


if __name__ == "__main__":
    unittest.main()
