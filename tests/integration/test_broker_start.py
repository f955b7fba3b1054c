"""How gjallard starts, refuses to start, and stops: the real program on real sockets."""

import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import BIN, Broker, free_port, run_gjallard  # noqa: E402

import grpc  # noqa: E402

CONFIGURATION = """
data_dir = "{folder}/data"
policy = "{folder}/policy.toml"
[http]
address = "{http}"
{http_tls}
[grpc]
address = "127.0.0.1:{grpc_port}"
certificate = "{dev}/server.pem"
key = "{dev}/server.key"
client_ca = "{dev}/ca.pem"
[operations]
address = "127.0.0.1:{operations_port}"
"""


class Refusals(unittest.TestCase):
    def refused(self, *arguments, code=2):
        got, text = run_gjallard(*arguments)
        self.assertEqual(got, code, text)
        return text

    def test_a_development_broker_refuses_every_address_beyond_loopback(self):
        with tempfile.TemporaryDirectory() as folder:
            for flag in ("--http", "--grpc", "--operations"):
                addresses = {"--http": "127.0.0.1:0", "--grpc": "127.0.0.1:0", "--operations": "127.0.0.1:0"}
                addresses[flag] = "0.0.0.0:0"
                text = self.refused("--dev", "--data-dir", folder + "/data",
                                    *[part for pair in addresses.items() for part in pair])
                self.assertIn(flag[2:] + ".address", text)
                self.assertIn("loopback", text)
            self.assertEqual(os.listdir(folder), [], "nothing may be written before the refusal")

    def test_a_broker_beyond_loopback_refuses_to_start_without_tls(self):
        with Broker() as broker, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "policy.toml").write_text("[principals.police]\nissue = true\n")
            (path / "gjallar.toml").write_text(CONFIGURATION.format(
                folder=folder, dev=broker.dev_dir, http="0.0.0.0:0", http_tls="", grpc_port=0, operations_port=0))
            text = self.refused("--config", path / "gjallar.toml")
            self.assertIn("http.certificate", text)
            self.assertFalse((path / "data").exists())

    def test_a_mistake_in_the_configuration_or_the_policy_is_named_with_its_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "gjallar.toml").write_text("data_dir = \"x\"\nshard = 2\n")
            self.assertIn("gjallar.toml:2:", self.refused("--config", path / "gjallar.toml"))
            (path / "policy.toml").write_text("[principals.police]\nisue = true\n")
            text = self.refused("--dev", "--data-dir", path / "data", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0",
                                "--operations", "127.0.0.1:0", "--policy", path / "policy.toml")
            self.assertIn("policy.toml:2:", text)

    def test_without_arguments_it_says_what_to_give(self):
        self.assertIn("--dev", self.refused())

    def test_it_tells_its_version(self):
        run = subprocess.run([str(BIN / "gjallard"), "--version"], stdout=subprocess.PIPE, check=True)
        self.assertRegex(run.stdout.decode(), r"^gjallard \d+\.\d+\.\d+\n$")


class RealStart(unittest.TestCase):
    def test_a_configured_broker_serves_https_and_takes_certificates_of_its_authority(self):
        # The credentials of a development broker stand in for those of a real deployment.
        with Broker() as broker, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder)
            (path / "policy.toml").write_text("[principals.police]\nissue = true\nview = \"own\"\n")
            http_port, grpc_port, operations_port = free_port(), free_port(), free_port()
            (path / "gjallar.toml").write_text(CONFIGURATION.format(
                folder=folder, dev=broker.dev_dir, http=f"127.0.0.1:{http_port}", grpc_port=grpc_port,
                operations_port=operations_port,
                http_tls=f'certificate = "{broker.dev_dir}/server.pem"\nkey = "{broker.dev_dir}/server.key"'))
            with open(path / "stderr", "wb") as log:
                process = subprocess.Popen([str(BIN / "gjallard"), "--config", str(path / "gjallar.toml")],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                other = Broker(folder=folder)
                other.operations_port, other.grpc_port = operations_port, grpc_port
                while other.readiness() != "ready":
                    self.assertIsNone(process.poll(), (path / "stderr").read_text())
                trusted = ssl.create_default_context(cafile=str(broker.dev_dir / "ca.pem"))
                connection = http.client.HTTPSConnection("127.0.0.1", http_port, timeout=10, context=trusted)
                connection.request("GET", "/healthz")
                self.assertEqual(connection.getresponse().status, 200)
                connection.close()
                credentials = grpc.ssl_channel_credentials(*[(broker.dev_dir / name).read_bytes() for name in
                                                             ("ca.pem", "police.key", "police.pem")])
                with contract.Client(grpc.secure_channel(f"127.0.0.1:{grpc_port}", credentials)) as police:
                    listed = police.view.ListAlerts(contract.view.ListAlertsRequest(), timeout=10)
                    self.assertEqual(listed.as_of_seq, 1)
                self.assertFalse((path / "data/dev").exists(), "credentials are made for --dev only")
            finally:
                process.terminate()
                self.assertEqual(process.wait(30), 0)


class Doors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker().start()

    @classmethod
    def tearDownClass(cls):
        cls.broker.close()

    def http(self, method, target, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.broker.http_port, timeout=10)
        try:
            connection.request(method, target, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def test_anonymous_callers_reach_health_and_nothing_else_over_http(self):
        for path in ("/healthz", "/livez", "/readyz"):
            status, text = self.http("GET", path)
            self.assertEqual(status, 200, path)
            self.assertRegex(text.strip(), r"^[a-z]+$")
        for method, path in (("GET", "/v1/alerts"), ("GET", "/v1/alerts/x"), ("GET", "/v1/alerts/x/history"),
                             ("GET", "/v1/alerts/x/delivery"), ("POST", "/v1/alerts"), ("GET", "/v1/services"),
                             ("GET", "/v1/stream"), ("GET", "/v1/events"), ("POST", "/v1/alerts/x/retract")):
            self.assertEqual(self.http(method, path)[0], 401, f"{method} {path}")
            wrong = {"Authorization": "Bearer 0123456789abcdef." + "0" * 64}
            self.assertEqual(self.http(method, path, wrong)[0], 401, f"{method} {path}, wrong token")

    def test_anonymous_callers_reach_health_and_nothing_else_over_grpc(self):
        with contract.client(self.broker) as anonymous:
            calls = [
                lambda: anonymous.publisher.Issue(contract.publisher.IssueRequest(), timeout=10),
                lambda: list(anonymous.publisher.Feed(iter([]), timeout=10)),
                lambda: list(anonymous.subscriber.Subscribe(iter([]), timeout=10)),
                lambda: anonymous.subscriber.Acknowledge(contract.subscriber.AcknowledgeRequest(), timeout=10),
                lambda: anonymous.view.ListAlerts(contract.view.ListAlertsRequest(), timeout=10),
                lambda: anonymous.view.GetDelivery(contract.view.GetDeliveryRequest(), timeout=10),
                lambda: anonymous.directory.ListServices(contract.directory_service.ListServicesRequest(), timeout=10),
                lambda: list(anonymous.operator.Replay(contract.operator.ReplayRequest(), timeout=10)),
                lambda: anonymous.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=10),
                lambda: anonymous.operator.Rebuild(contract.operator.RebuildRequest(), timeout=10),
            ]
            for number, call in enumerate(calls):
                with self.assertRaises(grpc.RpcError, msg=f"call {number}") as refused:
                    call()
                self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED, f"call {number}")
                self.assertEqual(contract.error_of(refused.exception).code,
                                 contract.error.ERROR_CODE_UNAUTHENTICATED, f"call {number}")
            reflection = anonymous.channel.stream_stream("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo")
            with self.assertRaises(grpc.RpcError) as refused:
                list(reflection(iter([b"\x3a\x01*"]), timeout=10))
            self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            health = anonymous.channel.unary_unary("/grpc.health.v1.Health/Check")
            self.assertEqual(health(b"", timeout=10), b"\x08\x01", "SERVING")

    def test_a_wrong_token_is_refused_and_not_repeated(self):
        with contract.client(self.broker) as caller:
            with self.assertRaises(grpc.RpcError) as refused:
                caller.view.ListAlerts(contract.view.ListAlertsRequest(), timeout=10,
                                       metadata=(("authorization", "Bearer 0123456789abcdef.secretword"),))
            self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            self.assertNotIn("secretword", refused.exception.details())

    def test_plain_text_grpc_is_not_understood(self):
        with grpc.insecure_channel(self.broker.grpc_address) as channel:
            with self.assertRaises(grpc.RpcError) as refused:
                channel.unary_unary("/grpc.health.v1.Health/Check")(b"", timeout=5)
            self.assertIn(refused.exception.code(), (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED))

    def test_operations_answer_one_word_and_metrics(self):
        self.assertEqual(self.broker.operations("/healthz"), (200, "ok\n"))
        self.assertEqual(self.broker.operations("/livez"), (200, "ok\n"))
        self.assertEqual(self.broker.operations("/readyz"), (200, "ready\n"))
        status, text = self.broker.operations("/metrics")
        self.assertEqual(status, 200)
        for name in ("gjallar_head_seq", "gjallar_commands_total", "gjallar_sessions", "gjallar_receipts_total",
                     "gjallar_deliveries_total", "gjallar_catch_up_events_total", "gjallar_commands_waiting"):
            self.assertIn(f"\n{name}", text)
        self.assertEqual(self.broker.operations("/other")[0], 404)


class Stops(unittest.TestCase):
    def test_sigterm_ends_with_exit_code_0_and_the_data_is_there_afterwards(self):
        with Broker() as broker:
            contract.register_services(broker, ("laro-malmo",))
            self.assertEqual(broker.stop(), 0, broker.log_text())
            broker.start()
            with contract.client(broker, "operator") as operators:
                status = operators.operator.GetStatus(contract.operator.GetStatusRequest(), timeout=10)
                self.assertTrue(status.ready)
                self.assertEqual(status.services, 1)

    def test_sigterm_ends_open_calls_with_a_goodbye(self):
        with Broker() as broker:
            contract.register_services(broker, ("laro-malmo",))
            with contract.client(broker, "laro-malmo") as clinic:
                start = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id="test"))
                frames = clinic.subscriber.Subscribe(iter([start]))
                for message in frames:
                    if message.frame.HasField("caughtup"):
                        break
                self.assertEqual(broker.stop(), 0, broker.log_text())
                last = None
                with self.assertRaises(grpc.RpcError) as ended:
                    for message in frames:
                        last = message.frame
                self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAVAILABLE)
                self.assertEqual(last.goodbye.reason, contract.delivery.GOODBYE_REASON_DRAINING)
                self.assertTrue(last.goodbye.reconnect)

    def test_a_subscriber_that_does_not_read_does_not_hold_up_the_end(self):
        with Broker() as broker:
            contract.register_services(broker, ("laro-malmo",))
            with contract.client(broker, "laro-malmo") as clinic, contract.client(broker, "police") as police:
                start = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id="test"))
                stalled = clinic.subscriber.Subscribe(iter([start]))
                next(stalled)
                command = contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure()))
                items = [contract.publisher.FeedRequest(idempotency_key=f"stall-{number}", command=command)
                         for number in range(500)]
                self.assertEqual(len(list(police.publisher.Feed(iter(items), timeout=20))), 500)
                self.assertEqual(broker.stop(), 0, broker.log_text())

    def test_a_second_broker_on_the_same_folder_is_told_so(self):
        with Broker() as broker:
            code, text = run_gjallard("--dev", "--data-dir", broker.data_dir, "--http", "127.0.0.1:0",
                                      "--grpc", "127.0.0.1:0", "--operations", "127.0.0.1:0")
            self.assertEqual(code, 1, text)
            self.assertRegex(text.lower(), "another|already|in use")
            self.assertEqual(broker.readiness(), "ready")

    def test_an_address_in_use_is_named(self):
        with Broker() as broker, tempfile.TemporaryDirectory() as folder:
            for flag, port in (("--http", broker.http_port), ("--grpc", broker.grpc_port),
                               ("--operations", broker.operations_port)):
                addresses = {"--http": "127.0.0.1:0", "--grpc": "127.0.0.1:0", "--operations": "127.0.0.1:0"}
                addresses[flag] = f"127.0.0.1:{port}"
                code, text = run_gjallard("--dev", "--data-dir", folder + "/data",
                                          *[part for pair in addresses.items() for part in pair])
                self.assertEqual(code, 1, text)
                self.assertIn(f"{flag[2:]}.address", text)

    def test_a_flipped_byte_in_the_write_ahead_log_is_refused_with_the_file_named(self):
        # The engine's default would start and silently drop everything after the byte.
        with Broker() as broker:
            contract.register_services(broker)
            broker.kill9()
            wals = sorted((broker.data_dir / "log").glob("*.log"), key=lambda path: path.stat().st_size)
            wal = wals[-1]
            data = bytearray(wal.read_bytes())
            self.assertGreater(len(data), 1000)
            data[len(data) // 3] ^= 0x01
            wal.write_bytes(data)
            code, text = run_gjallard("--dev", "--data-dir", broker.data_dir, "--http", "127.0.0.1:0",
                                      "--grpc", "127.0.0.1:0", "--operations", "127.0.0.1:0")
            self.assertEqual(code, 1, text)
            self.assertIn(wal.name, text)
            self.assertRegex(text.lower(), "backup|restore")
            data[len(data) // 3] ^= 0x01
            wal.write_bytes(data)
            broker.start()

    def verify(self, broker, *where):
        """Runs `gjallar verify`; (exit code, everything it printed)."""
        dev = broker.dev_dir
        where = where or ("--endpoint", broker.grpc_address, "--ca", dev / "ca.pem", "--cert", dev / "operator.pem",
                          "--key", dev / "operator.key")
        run = subprocess.run([str(BIN / "gjallar"), "verify", *map(str, where)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        return run.returncode, run.stdout.decode()

    @staticmethod
    def flip(path, at):
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 0x01]))

    def test_verify_finds_a_flipped_byte_in_the_write_ahead_log_of_a_running_broker(self):
        with Broker() as broker:
            contract.register_services(broker)
            self.assertEqual(self.verify(broker)[0], 0)
            wal = max((broker.data_dir / "log").glob("*.log"), key=lambda path: path.stat().st_size)
            at = wal.stat().st_size // 3
            self.flip(wal, at)
            code, text = self.verify(broker)
            self.assertEqual(code, 1, text)
            self.assertIn(wal.name, text)
            self.flip(wal, at)
            self.assertEqual(self.verify(broker)[0], 0)

    def test_verify_finds_a_flipped_byte_in_a_table_of_a_folder_without_a_broker(self):
        with Broker() as broker:
            contract.register_services(broker)
            command = contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure()))
            with contract.client(broker, "police") as police:
                items = [contract.publisher.FeedRequest(idempotency_key=f"table-{number}", command=command)
                         for number in range(50)]
                self.assertEqual(len(list(police.publisher.Feed(iter(items), timeout=20))), 50)
            broker.restart()  # what was in the write-ahead log is a table now
            self.assertEqual(broker.stop(), 0)
            self.assertEqual(self.verify(broker, "--data-dir", broker.data_dir)[0], 0)
            told = subprocess.run([str(BIN / "gjallar"), "--json", "verify", "--data-dir", str(broker.data_dir)],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
            self.assertTrue(json.loads(told.stdout)["intact"])  # one object and no line of the storage engine's
            table = max((broker.data_dir / "log").glob("*.sst"), key=lambda path: path.stat().st_size)
            self.assertGreater(table.stat().st_size, 3000)
            self.flip(table, 1000)  # in its first data block
            code, text = self.verify(broker, "--data-dir", broker.data_dir)
            self.assertEqual(code, 1, text)
            self.assertIn(table.name, text)

    def test_verify_from_beyond_the_head_is_refused(self):
        with Broker() as broker:
            code, text = self.verify(broker, "--endpoint", broker.grpc_address, "--ca", broker.dev_dir / "ca.pem", "--cert",
                                     broker.dev_dir / "operator.pem", "--key", broker.dev_dir / "operator.key", "--from", 1000)
            self.assertEqual(code, 1, text)
            self.assertIn("from_seq", text)
            self.assertEqual(broker.stop(), 0)
            code, text = self.verify(broker, "--data-dir", broker.data_dir, "--from", 1000)
            self.assertEqual(code, 1, text)
            self.assertIn("from_seq", text)


if __name__ == "__main__":
    unittest.main()
