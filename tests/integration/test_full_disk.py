"""A disk that takes nothing more, made by the kernel: no file of the broker's process may grow (RLIMIT_FSIZE)."""

import pathlib
import resource
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import BIN, START_TIME_S, Broker  # noqa: E402

import grpc  # noqa: E402


def publish(client, key, headline):
    request = contract.publisher.IssueRequest(
        idempotency_key=key, issue=contract.command.IssueAlert(content=contract.seizure(headline=headline)))
    return client.publisher.Issue(request, timeout=contract.CALL_TIME_S).outcome


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)

    def fill(self):
        pid = self.broker.process.pid
        hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))

    def until(self, word):
        deadline = time.monotonic() + START_TIME_S
        while self.broker.readiness() != word:
            self.assertLess(time.monotonic(), deadline, self.broker.log_text())

    def test_the_broker_says_so_lives_on_and_loses_nothing_acknowledged(self):
        with contract.client(self.broker, "police") as police:
            first = publish(police, "one", "Parti 1")
            self.fill()
            with self.assertRaises(grpc.RpcError) as refused:
                publish(police, "two", "Parti 2")
            error = contract.error_of(refused.exception)
            self.assertIn(error.code, (contract.error.ERROR_CODE_OUTCOME_UNKNOWN, contract.error.ERROR_CODE_UNAVAILABLE))
            self.assertTrue(error.advice)
            self.until("failed")
            self.assertIsNone(self.broker.process.poll(), "the broker died of it")
            # What was acknowledged can still be read, and a further command is refused at once.
            alert = police.view.GetAlert(contract.view.GetAlertRequest(alert_id=first.alert_id),
                                         timeout=contract.CALL_TIME_S).alert
            self.assertEqual(alert.content.texts[0].headline, "Parti 1")
            with self.assertRaises(grpc.RpcError) as refused:
                publish(police, "three", "Parti 3")
            self.assertEqual(contract.error_of(refused.exception).code, contract.error.ERROR_CODE_UNAVAILABLE)
        self.assertEqual(self.broker.stop(), 0)
        verify = subprocess.run([str(BIN / "gjallar"), "verify", "--data-dir", str(self.broker.data_dir)],
                                capture_output=True, text=True, check=False, timeout=contract.CALL_TIME_S)
        self.assertEqual(verify.returncode, 0, verify.stdout + verify.stderr)
        self.broker.start()
        with contract.client(self.broker, "police") as police:
            again = publish(police, "one", "Parti 1")
            self.assertTrue(again.duplicate)
            self.assertEqual(again.seq, first.seq)
            self.assertFalse(publish(police, "three", "Parti 3").duplicate)
            repeated = publish(police, "two", "Parti 2")
            self.assertEqual(publish(police, "two", "Parti 2").seq, repeated.seq)


if __name__ == "__main__":
    unittest.main()
