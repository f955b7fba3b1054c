"""SIGTERM on a real broker: not ready at once, no new sessions, goodbyes spread over the drain time, everything that was
acknowledged is there afterwards, exit 0."""

import json
import pathlib
import queue
import signal
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import STOP_TIME_S, Broker  # noqa: E402

import grpc  # noqa: E402

TIME_S = 60
CLINIC = "laro-malmo"
SESSIONS = 40
DRAIN_S = 5


class Listener:
    """A session of Server-Sent Events, its goodbye and when that came."""

    def __init__(self, broker):
        self.raw = socket.create_connection(("127.0.0.1", broker.http_port), timeout=TIME_S)
        self.raw.sendall(b"GET /v1/events HTTP/1.0\r\nHost: a\r\nAuthorization: Bearer " +
                         broker.token(CLINIC).encode() + b"\r\n\r\n")
        self.lines = self.raw.makefile("rb")
        self.until(b"event: gjallar.v1.caughtup")
        self.goodbye = self.goodbye_at = None

    def until(self, wanted):
        for line in self.lines:
            if line.startswith(wanted):
                return next(self.lines)
        raise AssertionError(f"the stream ended before {wanted}")

    def listen(self):
        line = self.until(b"event: gjallar.v1.goodbye")
        while not line.startswith(b"data: "):
            line = next(self.lines)
        self.goodbye_at = time.monotonic()
        self.goodbye = json.loads(line[len(b"data: "):])["data"]
        self.raw.close()


class Drain(unittest.TestCase):
    def setUp(self):
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        contract.register_services(self.broker, (CLINIC,))
        self.clinic = contract.client(self.broker, CLINIC)
        self.police = contract.client(self.broker, "police")
        self.addCleanup(self.clinic.channel.close)
        self.addCleanup(self.police.channel.close)

    def terminate(self):
        self.broker.process.send_signal(signal.SIGTERM)
        return time.monotonic()

    def ended(self):
        return self.broker.process.wait(STOP_TIME_S)

    def listeners(self, count):
        listeners = [Listener(self.broker) for _ in range(count)]
        threads = [threading.Thread(target=listener.listen, daemon=True) for listener in listeners]
        for thread in threads:
            thread.start()
        return listeners, threads

    def test_it_is_not_ready_at_once_takes_no_new_sessions_and_spreads_its_goodbyes(self):
        listeners, threads = self.listeners(SESSIONS)
        begun = self.terminate()
        deadline = begun + TIME_S
        while self.broker.readiness() == "ready":
            self.assertLess(time.monotonic(), deadline)
        self.assertLess(time.monotonic() - begun, 1)
        self.assertEqual(self.broker.readiness(), "draining")
        start = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id="late"))
        with self.assertRaises(grpc.RpcError) as refused:
            next(self.clinic.subscriber.Subscribe(iter([start]), timeout=TIME_S))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.UNAVAILABLE)
        with self.assertRaises(OSError):
            while True:  # the listener is closed on its own thread
                socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=TIME_S).close()
                self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.ended(), 0, self.broker.log_text())
        for thread in threads:
            thread.join(TIME_S)
        times = sorted(listener.goodbye_at - begun for listener in listeners)
        self.assertLess(times[0], 1)
        self.assertGreater(times[-1] - times[0], DRAIN_S * 0.5, "goodbyes came all together")
        self.assertLess(times[-1], DRAIN_S + 1)
        largest = max(later - earlier for earlier, later in zip(times, times[1:]))
        self.assertLess(largest, DRAIN_S * 0.4, "goodbyes came in two heaps")
        waits = {listener.goodbye["retryAfter"] for listener in listeners}
        self.assertGreater(len(waits), SESSIONS // 4, "everybody is told the same time")
        for listener in listeners:
            self.assertEqual(listener.goodbye["reason"], "GOODBYE_REASON_DRAINING")
            self.assertTrue(listener.goodbye["reconnect"])

    def test_what_is_acknowledged_while_it_stops_is_there_afterwards(self):
        answered, going = [], threading.Event()

        def items():
            for number in range(1_000_000):
                yield contract.publisher.FeedRequest(
                    idempotency_key=f"drain-{number}",
                    command=contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure())))

        def publish():
            try:
                for answer in self.police.publisher.Feed(items(), timeout=TIME_S):
                    if answer.HasField("outcome"):
                        answered.append((answer.outcome.seq, answer.outcome.alert_id))
                    if len(answered) == 200:
                        going.set()
            except grpc.RpcError:
                pass
            going.set()
        publisher = threading.Thread(target=publish, daemon=True)
        publisher.start()
        self.assertTrue(going.wait(TIME_S))
        self.terminate()
        self.assertEqual(self.ended(), 0, self.broker.log_text())
        publisher.join(TIME_S)
        self.assertGreaterEqual(len(answered), 200)
        self.broker.restart()
        with contract.client(self.broker, "police") as police:
            for seq, alert_id in (answered[0], answered[-1], answered[len(answered) // 2]):
                alert = police.view.GetAlert(contract.view.GetAlertRequest(alert_id=alert_id), timeout=TIME_S)
                self.assertEqual(alert.seq, seq)

    def test_a_receipt_that_came_just_before_is_in_the_ledger_afterwards(self):
        requests = queue.Queue()
        requests.put(contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id="drain")))
        frames = (message.frame for message in self.clinic.subscriber.Subscribe(iter(requests.get, None), timeout=TIME_S))
        while not next(frames).HasField("caughtup"):
            pass
        issue = contract.publisher.IssueRequest(issue=contract.command.IssueAlert(content=contract.seizure()))
        outcome = self.police.publisher.Issue(issue, timeout=TIME_S).outcome
        while not (frame := next(frames)).HasField("event"):
            pass
        self.assertEqual(frame.event.event.seq, outcome.seq)
        # The broker reads this stream in order: once it answers the second, it has taken the first.
        requests.put(contract.subscriber.SubscribeRequest(received=contract.delivery.Received(up_to_seq=outcome.seq)))
        requests.put(contract.subscriber.SubscribeRequest(received=contract.delivery.Received(up_to_seq=10**9)))
        while not (frame := next(frames)).HasField("goodbye"):
            pass
        self.assertEqual(frame.goodbye.reason, contract.delivery.GOODBYE_REASON_PROTOCOL_ERROR)
        self.terminate()
        requests.put(None)
        self.assertEqual(self.ended(), 0, self.broker.log_text())
        self.broker.restart()
        with contract.client(self.broker, "police") as police:
            ledger = police.view.GetDelivery(contract.view.GetDeliveryRequest(alert_id=outcome.alert_id), timeout=TIME_S)
        self.assertTrue(ledger.services[0].HasField("received"))
        self.assertEqual(ledger.not_received, 0)


if __name__ == "__main__":
    unittest.main()
