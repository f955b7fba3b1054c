"""WebSocket (single messages and arrays), Server-Sent Events and gRPC: three clients that know nothing of the project
but its contract are given the same events in the same order."""

import asyncio
import http.client
import json
import pathlib
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402

from google.protobuf import json_format  # noqa: E402
import websockets  # noqa: E402

TIME_S = 60
CLINIC = "laro-malmo"
HISTORY = 200
LIVE = 40


def normal(kind, event, prev_seq, cursor, overtaking):
    """One event, whatever brought it: the contract's message as bytes that are the same for the same content."""
    return kind, int(prev_seq or 0), cursor, overtaking, event.SerializeToString(deterministic=True)


def normal_json(frame):
    event = json_format.ParseDict(frame["data"], contract.event.Event())
    assert (int(frame["seq"]), frame["subject"]) == (event.seq, event.subject), frame
    assert frame["id"] == frame.get("cursor", frame["id"]), frame
    return normal("event", event, frame.get("prevseq"), frame.get("cursor", ""), frame["overtaking"] == "true")


def normal_frame(frame):
    """An event or a state of CloudEvents; None: another frame."""
    if "overtaking" in frame:
        return normal_json(frame)
    if frame["type"] == "gjallar.v1.state":
        return "state", json_format.ParseDict(frame["data"], contract.delivery.State()).SerializeToString(
            deterministic=True)
    return None


class Collector:
    """Reads one session in a thread of its own until the last seq has come in order."""

    def __init__(self, read, name):
        self.came, self.failure = [], None
        self.caught_up = threading.Event()
        self.last = None
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.run, args=(read,), name=name, daemon=True)
        self.thread.start()

    def run(self, read):
        try:
            read(self)
        except BaseException as failure:  # shown by the test's thread
            self.failure = failure
        self.caught_up.set()

    def take(self, one):
        if one is not None:
            self.came.append(one)

    def complete(self):
        """Whether what the test waits for has come."""
        with self.changed:
            last = self.last
        return last is not None and any(one[0] == "event" and one[2].endswith(f".{last}") for one in self.came)

    def finish(self, last):
        with self.changed:
            self.last = last
        self.thread.join(TIME_S)
        if self.failure:
            raise self.failure
        assert not self.thread.is_alive(), f"{self.thread.name} has not come to seq {last}: {len(self.came)}"
        return self.came


class ThreeTransports(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--heartbeat-ms", "100").start()  # a heartbeat has every reader look whether it is done
        self.addCleanup(self.broker.close)
        contract.register_services(self.broker, (CLINIC,))
        self.bearer = {"Authorization": "Bearer " + self.broker.token(CLINIC)}

    def websocket(self, query, subprotocol):
        async def read(collector):
            address = f"ws://{self.broker.http_address}/v1/stream{query}"
            async with websockets.connect(address, extra_headers=self.bearer, subprotocols=[subprotocol],
                                          compression=None, ping_interval=None) as connection:
                while not collector.complete():
                    message = json.loads(await asyncio.wait_for(connection.recv(), TIME_S))
                    for frame in message if isinstance(message, list) else [message]:
                        collector.take(normal_frame(frame))
                        if frame["type"] == "gjallar.v1.caughtup":
                            collector.caught_up.set()
        return lambda collector: asyncio.run(read(collector))

    def server_sent_events(self, query):
        def read(collector):
            connection = http.client.HTTPConnection("127.0.0.1", self.broker.http_port, timeout=TIME_S)
            connection.request("GET", "/v1/events" + query, headers=self.bearer)
            response = connection.getresponse()
            assert response.status == 200, response.status
            while not collector.complete():
                line = response.readline()
                assert line != b"", "the stream ended"
                if line.startswith(b"data: "):
                    frame = json.loads(line[len(b"data: "):])
                    collector.take(normal_frame(frame))
                    if frame["type"] == "gjallar.v1.caughtup":
                        collector.caught_up.set()
            connection.close()
        return read

    def grpc(self, **position):
        def read(collector):
            done = threading.Event()

            def requests():
                yield contract.subscriber.SubscribeRequest(
                    start=contract.subscriber.Start(client_id="three", **position))
                done.wait(TIME_S)
            with contract.client(self.broker, CLINIC) as clinic:
                try:
                    for response in clinic.subscriber.Subscribe(requests(), timeout=TIME_S):
                        frame = response.frame
                        if frame.HasField("state"):
                            collector.take(("state", frame.state.SerializeToString(deterministic=True)))
                        for delivery in [frame.event] if frame.HasField("event") else frame.batch.deliveries:
                            collector.take(normal("event", delivery.event, delivery.prev_seq, delivery.cursor,
                                                  delivery.overtaking))
                        if frame.HasField("caughtup"):
                            collector.caught_up.set()
                        if collector.complete():
                            return
                finally:
                    done.set()
        return read

    def publish(self, name, count):
        """A life of alerts: issued, revised, graded up, retracted, some that don't concern the clinic. The last seq that
        does."""
        last = 0
        with contract.client(self.broker, "police") as police, contract.client(self.broker, "coordinator") as lead:
            for number in range(count):
                areas = ("SE-0180",) if number % 5 == 4 else ("SE-12",)
                issue = contract.command.IssueAlert(content=contract.seizure(
                    areas=areas, urgent=number % 7 == 0, headline=f"Fynd {name} {number} – “prov”"))
                outcome = police.publisher.Issue(contract.publisher.IssueRequest(issue=issue), timeout=TIME_S).outcome
                if number % 6 == 1:
                    revise = contract.command.ReviseAlert(
                        alert_id=outcome.alert_id, reason="Ny uppgift.",
                        content=contract.seizure(areas=areas, headline=f"Ändrat {number}"))
                    revise.update_mask.paths.append("texts")
                    outcome = police.publisher.Revise(contract.publisher.ReviseRequest(revise=revise),
                                                      timeout=TIME_S).outcome
                if number % 6 == 2:
                    outcome = lead.publisher.Retract(contract.publisher.RetractRequest(
                        retract=contract.command.RetractAlert(alert_id=outcome.alert_id, reason="Fel.")),
                        timeout=TIME_S).outcome
                if areas == ("SE-12",):
                    last = outcome.seq
        return last

    def collectors(self, query, **position):
        readers = {"websocket": self.websocket(query, "cloudevents.json"),
                   "websocket, arrays": self.websocket(query, "gjallar.v1.batch"),
                   "server-sent events": self.server_sent_events(query), "grpc": self.grpc(**position)}
        return {name: Collector(read, name) for name, read in readers.items()}

    def check_same(self, collectors, last):
        came = {name: collector.finish(last) for name, collector in collectors.items()}
        reference = came.pop("grpc")
        for name, other in came.items():
            self.assertEqual(len(other), len(reference), name)
            for at, (one, two) in enumerate(zip(other, reference)):
                self.assertEqual(one, two, f"{name}, number {at}")
        return reference

    def all_caught_up(self, collectors):
        for name, collector in collectors.items():
            self.assertTrue(collector.caught_up.wait(TIME_S), name)
            self.assertIsNone(collector.failure, name)

    def test_history_then_live_is_the_same_on_all(self):
        self.publish("historia", HISTORY)
        collectors = self.collectors("?after=0", after_seq=0)
        self.all_caught_up(collectors)
        same = self.check_same(collectors, self.publish("nu", LIVE))
        seqs = [int(one[2].split(".")[1]) for one in same if one[0] == "event" and not one[3]]
        self.assertEqual(seqs, sorted(set(seqs)))
        self.assertEqual([one[1] for one in same if one[0] == "event" and not one[3]], [0, *seqs[:-1]])
        self.assertGreater(len(seqs), HISTORY)

    def test_the_state_then_live_is_the_same_on_all(self):
        self.publish("historia", 30)
        collectors = self.collectors("")
        self.all_caught_up(collectors)
        same = self.check_same(collectors, self.publish("nu", LIVE))
        self.assertGreater(sum(one[0] == "state" for one in same), 10)

    def test_what_runs_ahead_on_a_resume_is_the_same_on_all(self):
        first = self.publish("historia", 1)
        with contract.client(self.broker, CLINIC) as clinic:
            start = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id="three"))
            call = clinic.subscriber.Subscribe(iter([start]), timeout=TIME_S)
            cursor = f"{next(call).frame.hello.log_id}.{first}"
            call.cancel()
        last = self.publish("sedan", 60)
        collectors = self.collectors("?cursor=" + cursor, cursor=cursor)
        same = self.check_same(collectors, last)
        self.assertGreater(sum(one[0] == "event" and one[3] for one in same), 5)


if __name__ == "__main__":
    unittest.main()
