"""Two brokers on one data folder: the second says so, or waits and takes over."""

import pathlib
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import BIN, START_TIME_S, STOP_TIME_S, Broker, run_gjallard  # noqa: E402

TIME_S = contract.CALL_TIME_S
ANY_PORT = ("--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--operations", "127.0.0.1:0")


class SecondBroker(unittest.TestCase):
    def setUp(self):
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        contract.register_services(self.broker, ("laro-malmo",))

    def wait_beside(self):
        """A second broker with the very same words, once it says that it waits."""
        path = self.broker.folder / "second.log"
        with open(path, "wb") as log:
            second = subprocess.Popen(
                [str(BIN / "gjallard"), "--dev", "--data-dir", str(self.broker.data_dir), "--http",
                 self.broker.http_address, "--grpc", self.broker.grpc_address, "--operations",
                 f"127.0.0.1:{self.broker.operations_port}", "--wait-for-lock", "120", *self.broker.arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(self.end, second)
        deadline = time.monotonic() + START_TIME_S
        while "waiting for the data folder" not in path.read_text(errors="replace"):
            self.assertIsNone(second.poll(), path.read_text(errors="replace"))
            self.assertLess(time.monotonic(), deadline)
        return second

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.terminate()
        process.wait(STOP_TIME_S)

    def issue(self):
        request = contract.publisher.IssueRequest(issue=contract.command.IssueAlert(content=contract.seizure()))
        with contract.client(self.broker, "police") as police:
            return police.publisher.Issue(request, timeout=TIME_S, wait_for_ready=True).outcome

    def until_ready(self, process):
        deadline = time.monotonic() + START_TIME_S
        while self.broker.readiness() != "ready":
            self.assertIsNone(process.poll(), (self.broker.folder / "second.log").read_text(errors="replace"))
            self.assertLess(time.monotonic(), deadline)

    def test_by_default_it_says_so_names_the_folder_and_the_way_out(self):
        code, text = run_gjallard("--dev", "--data-dir", self.broker.data_dir, *ANY_PORT)
        self.assertEqual(code, 1, text)
        self.assertIn(str(self.broker.data_dir), text)
        self.assertIn(f"process {self.broker.process.pid}", text)
        self.assertIn("--wait-for-lock", text)
        self.assertEqual(self.broker.readiness(), "ready")

    def test_one_that_waits_too_long_says_so(self):
        begun = time.monotonic()
        code, text = run_gjallard("--dev", "--data-dir", self.broker.data_dir, *ANY_PORT, "--wait-for-lock", 1)
        self.assertEqual(code, 1, text)
        self.assertGreaterEqual(time.monotonic() - begun, 1)
        self.assertIn("still after 1 s", text)
        self.assertIn(str(self.broker.data_dir), text)

    def test_one_that_waits_takes_over_on_the_same_addresses_when_the_first_stops(self):
        first = self.issue()
        second = self.wait_beside()
        self.assertEqual(self.broker.stop(), 0)
        self.until_ready(second)
        self.assertEqual(self.issue().seq, first.seq + 1)

    def test_one_that_waits_takes_over_when_the_first_is_killed(self):
        first = self.issue()
        second = self.wait_beside()
        self.broker.kill9()
        self.until_ready(second)
        self.assertEqual(self.issue().seq, first.seq + 1)

    def test_one_that_waits_can_be_stopped(self):
        second = self.wait_beside()
        second.send_signal(signal.SIGTERM)
        self.assertEqual(second.wait(STOP_TIME_S), 0)
        self.assertEqual(self.broker.readiness(), "ready")


if __name__ == "__main__":
    unittest.main()
