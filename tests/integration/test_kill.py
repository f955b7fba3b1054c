"""kill -9 of the whole broker while feeds publish and a service listens: every acknowledged event is there exactly once,
in the log and at the service; the chain verifies. GJALLAR_KILLS sets the number of kills (nightly: hundreds)."""

import collections
import os
import pathlib
import queue
import random
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import BIN, Broker  # noqa: E402

import grpc  # noqa: E402

KILLS = int(os.environ.get("GJALLAR_KILLS", "0")) or max(2, 12 * int(os.environ.get("GJALLAR_TEST_PERCENT", "100")) // 100)
FEEDS = 3
PIPELINED = 8
LONGEST_ROUND = 60


class Feed(threading.Thread):
    """A machine's feed that repeats under the same keys whatever was not answered."""

    def __init__(self, broker, number):
        super().__init__(daemon=True)
        self.broker, self.number = broker, number
        self.next = 0
        self.open = collections.OrderedDict()
        self.acknowledged = {}
        self.repeated = 0
        self.answers = threading.Semaphore(0)
        self.stopping = False
        self.failure = None

    def item(self, index):
        content = contract.seizure(headline=f"Parti {self.number}-{index}")
        return contract.publisher.FeedRequest(
            idempotency_key=f"feed-{self.number}-{index}",
            command=contract.command.Command(issue=contract.command.IssueAlert(content=content)))

    def items(self, room):
        for index in list(self.open):
            self.repeated += 1
            room.acquire()
            yield self.open[index]
        while not self.stopping:
            room.acquire()
            index, self.next = self.next, self.next + 1
            self.open[index] = self.item(index)
            yield self.open[index]

    def run(self):
        try:
            while not self.stopping:
                room = threading.Semaphore(PIPELINED)
                with contract.client(self.broker, "police") as client:
                    try:
                        for answer in client.publisher.Feed(self.items(room), wait_for_ready=True):
                            index = int(answer.idempotency_key.rsplit("-", 1)[1])
                            assert answer.HasField("outcome"), answer.error
                            told = (answer.outcome.alert_id, answer.outcome.seq)
                            held = self.acknowledged.setdefault(index, told)
                            assert held == told, (index, held, answer.outcome)
                            self.open.pop(index, None)
                            room.release()
                            self.answers.release()
                    except grpc.RpcError as broken:
                        assert broken.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN,
                                                 grpc.StatusCode.CANCELLED), broken
        except BaseException as failure:  # shown by the test
            self.failure = failure
            self.answers.release(10 * LONGEST_ROUND)


class Listener(threading.Thread):
    """A service that keeps its cursor and resumes with it."""

    def __init__(self, broker):
        super().__init__(daemon=True)
        self.broker = broker
        self.cursor = ""
        self.seqs = []
        self.alerts = set()
        self.stopping = False
        self.failure = None
        self.arrived = threading.Condition()

    def run(self):
        try:
            while not self.stopping:
                self.listen()
        except BaseException as failure:
            self.failure = failure
            with self.arrived:
                self.arrived.notify_all()

    def listen(self):
        requests = queue.Queue()
        position = {"cursor": self.cursor} if self.cursor else {"after_seq": 0}
        requests.put(contract.subscriber.SubscribeRequest(
            start=contract.subscriber.Start(client_id="kill-test", **position)))
        with contract.client(self.broker, "ambulance-skane") as client:
            try:
                for message in client.subscriber.Subscribe(iter(requests.get, None), wait_for_ready=True):
                    frame = message.frame
                    assert frame.WhichOneof("frame") != "gap", frame
                    for delivery in ([frame.event] if frame.HasField("event") else frame.batch.deliveries):
                        if delivery.overtaking:
                            continue
                        with self.arrived:
                            self.seqs.append(delivery.event.seq)
                            self.alerts.add(delivery.event.subject)
                            self.cursor = delivery.cursor
                            self.arrived.notify_all()
            except grpc.RpcError as broken:
                assert broken.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNKNOWN,
                                         grpc.StatusCode.CANCELLED), broken
            finally:
                requests.put(None)


class Kill(unittest.TestCase):
    def test_nothing_acknowledged_is_lost_or_doubled_whenever_the_broker_is_killed(self):
        chance = random.Random(20261122)
        broker = Broker().start()
        self.addCleanup(broker.close)
        contract.register_services(broker, ["ambulance-skane"])
        listener = Listener(broker)
        feeds = [Feed(broker, number) for number in range(FEEDS)]
        for thread in [listener, *feeds]:
            thread.start()
        for _ in range(KILLS):
            for _ in range(chance.randint(1, LONGEST_ROUND)):
                self.assertTrue(feeds[0].answers.acquire(timeout=contract.CALL_TIME_S), broker.log_text())
            broker.kill9()
            broker.start()
        for feed in feeds:
            feed.stopping = True
        for feed in feeds:
            feed.join(contract.CALL_TIME_S)
            self.assertIsNone(feed.failure)
            self.assertFalse(feed.is_alive())
        acknowledged = [told for feed in feeds for told in feed.acknowledged.values()]
        alerts = {alert_id for alert_id, _ in acknowledged}
        self.assertEqual(len(acknowledged), len(alerts))
        self.assertEqual(len(acknowledged), len({seq for _, seq in acknowledged}))
        self.assertGreater(sum(feed.repeated for feed in feeds), 0, "no kill hit a command under way")
        with listener.arrived:
            self.assertTrue(listener.arrived.wait_for(
                lambda: listener.failure or alerts <= listener.alerts,
                contract.CALL_TIME_S), broker.log_text())
        self.assertIsNone(listener.failure)
        listener.stopping = True
        self.assertEqual(listener.seqs, sorted(set(listener.seqs)), "out of order or doubled at the service")

        # In the log: each command at most once, whole, and what was acknowledged under its seq.
        with contract.client(broker, "operator") as operator:
            issued = {}
            for message in operator.operator.Replay(contract.operator.ReplayRequest()):
                if not message.HasField("event"):
                    continue
                event = message.event
                if event.type == contract.event.EVENT_TYPE_ALERT_ISSUED:
                    headline = event.payload.alert.content.texts[0].headline
                    self.assertNotIn(headline, issued)
                    issued[headline] = (event.subject, event.seq)
            # The views that stood through all the kills are the ones that the log folds to.
            rebuilt = operator.operator.Rebuild(contract.operator.RebuildRequest(), timeout=contract.CALL_TIME_S)
            self.assertEqual(rebuilt.differences, 0)
            self.assertGreaterEqual(rebuilt.events, len(acknowledged))
            self.assertGreater(rebuilt.rows, 0)
        for feed in feeds:
            for index, (alert_id, seq) in feed.acknowledged.items():
                self.assertEqual(issued[f"Parti {feed.number}-{index}"][0], alert_id)
                self.assertLessEqual(issued[f"Parti {feed.number}-{index}"][1], seq)
        self.assertEqual(broker.stop(), 0)
        verify = subprocess.run([str(BIN / "gjallar"), "verify", "--data-dir", str(broker.data_dir)],
                                capture_output=True, text=True, check=False, timeout=contract.CALL_TIME_S)
        self.assertEqual(verify.returncode, 0, verify.stdout + verify.stderr)


if __name__ == "__main__":
    unittest.main()
