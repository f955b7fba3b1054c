"""The connection is cut at seeded offsets in bytes of a long stream, over each transport: every client ends with exactly
what concerns it, in order, without a gap; what comes twice is marked as overtaking, or follows a resume."""

import asyncio
import http.client
import json
import os
import pathlib
import random
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402
from support.cutting_proxy import CuttingProxy  # noqa: E402

import grpc  # noqa: E402
import websockets  # noqa: E402

# 500 cuts of 10,000 events over WebSocket, SSE and gRPC in every run: it takes three minutes of a core. Under sanitizers it
# is a share of everything. An array holds up to 64 events and is lost as a whole: fewer cuts, or nothing would come.
SHARE = int(os.environ.get("GJALLAR_TEST_PERCENT", "100"))
EVENTS = 10_000 * SHARE // 100
CUTS = 500 * SHARE // 100
CUTS_OF_ARRAYS = CUTS // 5
LIVE = EVENTS // 10  # published while clients read
# What is urgent in a backlog is sent first each time, and must leave room before the cut for what is in order.
URGENT_EVERY = EVENTS // 8
URGENT_EVERY_LIVE = LIVE // 8
BYTES_AS_JSON, BYTES_AS_PROTO = 1_200, 600  # of an event, roughly: the cuts are spread over the whole stream
TIME_S = 120
CLINIC = "laro-malmo"
OVER_TLS = 8_000  # bytes of a handshake and of the first frames: a cut before leaves no trace


def place_of(cursor):
    return int(cursor.split(".")[1])


def at_the_head(event):
    """A heartbeat that says that nothing more is to come until something happens."""
    return event["type"] == "gjallar.v1.heartbeat" and place_of(event["cursor"]) >= int(event["data"]["headSeq"])


class Reader:
    """What a client keeps: its cursor and what came, by the rules of docs/protocol.md."""

    def __init__(self):
        self.cursor = None
        self.came = []
        self.overtaken = 0
        self.ahead = 0  # that overtook in the present connection

    def connected(self):
        self.ahead = 0

    def take(self, seq, prev_seq, cursor, overtaking):
        if overtaking:
            self.overtaken += 1
            self.ahead += 1
            return
        last = self.came[-1] if self.came else 0
        assert seq > last, f"{seq} came again after {last}"
        assert not self.came or prev_seq == last, f"{seq} names {prev_seq}, and {last} came before it"
        self.came.append(seq)
        self.cursor = cursor

    def take_json(self, event):
        if "prevseq" in event or event.get("overtaking") == "true":
            self.take(int(event["seq"]), int(event.get("prevseq", 0)), event.get("cursor"),
                      event["overtaking"] == "true")


class Cuts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker("--heartbeat-ms", "200").start()
        cls.addClassCleanup(cls.broker.close)
        contract.register_services(cls.broker)
        cls.due = []
        cls.feed(EVENTS - LIVE, "before")

    @classmethod
    def feed(cls, count, name):
        """Publishes so many seizures, two of three for the clinic's county, and a few of them urgent."""
        urgent_every = URGENT_EVERY if count > LIVE else URGENT_EVERY_LIVE
        def item(number):
            areas = ("SE-14",) if number % 3 == 0 else ("SE-12",)
            content = contract.seizure(areas=areas, urgent=number % urgent_every == 1)
            return contract.publisher.FeedRequest(
                idempotency_key=f"{name}-{number}",
                command=contract.command.Command(issue=contract.command.IssueAlert(content=content)))
        with contract.client(cls.broker, "police") as police:
            answers = list(police.publisher.Feed(iter([item(number) for number in range(count)]), timeout=TIME_S))
        for answer in answers:
            assert answer.outcome.seq > 0, answer
            if answer.outcome.services_concerned > 0:
                cls.due.append(answer.outcome.seq)

    def read_through_cuts(self, port, read, least=200, size=BYTES_AS_JSON, cuts=CUTS):
        """`read(port, reader)` reads until the connection breaks or all has come; again and again, each time cut after
        another number of bytes."""
        offsets = random.Random(20261122)
        proxy = CuttingProxy(port)
        self.addCleanup(proxy.close)
        reader = Reader()
        due_before = len(self.due)
        live = threading.Thread(target=self.feed, args=(LIVE, self.id()))
        total = due_before + LIVE * 2 // 3
        places = set()
        for cut in range(cuts):
            if cut == cuts // 2:
                live.start()
            # One in ten falls among what runs ahead; the others share what is left of the stream.
            ahead, left = reader.ahead * size, max(total - len(reader.came), 1) * size // (cuts - cut)
            proxy.cut_after = least + (offsets.randrange(ahead + 1) if offsets.randrange(10) == 0
                                       else ahead + offsets.randrange(2 * left + 1))
            reader.connected()
            read(proxy.port, reader, None)
            places.add(len(reader.came))
        live.join()
        proxy.cut_after = None
        reader.connected()
        read(proxy.port, reader, max(self.due))
        own = [seq for seq in reader.came if seq < self.due[0]]  # that the clinic was registered
        self.assertEqual(reader.came, own + self.due)
        self.assertLessEqual(len(own), 1)
        self.assertGreater(reader.overtaken, 0)
        # The cuts lie all over the stream: few of them found nothing more to read, or nothing new.
        self.assertGreater(proxy.cuts, cuts * 3 // 4)
        self.assertGreater(len(places), cuts // 4)
        parts = max(1, min(10, cuts // 50))
        for part in range(parts):
            begin, end = part * due_before // parts, (part + 1) * due_before // parts
            self.assertTrue(any(begin <= place <= end for place in places), f"no cut in part {part} of the stream")

    def query(self, reader):
        return f"?cursor={reader.cursor}" if reader.cursor else "?after=0"

    def websocket(self, subprotocol):
        async def read(port, reader, until):
            address = f"ws://127.0.0.1:{port}/v1/stream{self.query(reader)}"
            headers = {"Authorization": "Bearer " + self.broker.token(CLINIC)}
            async with websockets.connect(address, extra_headers=headers, subprotocols=[subprotocol],
                                          compression=None, ping_interval=None, close_timeout=1) as connection:
                while until is None or not reader.came or reader.came[-1] < until:
                    message = json.loads(await asyncio.wait_for(connection.recv(), TIME_S))
                    for event in message if isinstance(message, list) else [message]:
                        if until is None and at_the_head(event):
                            return  # nothing more to come until it is cut
                        reader.take_json(event)

        def run(port, reader, until):
            try:
                asyncio.run(read(port, reader, until))
            except (websockets.WebSocketException, OSError, EOFError):
                if until is not None:
                    raise
        return run

    def test_websocket(self):
        self.read_through_cuts(self.broker.http_port, self.websocket("cloudevents.json"))

    def test_websocket_in_arrays(self):
        self.read_through_cuts(self.broker.http_port, self.websocket("gjallar.v1.batch"), cuts=CUTS_OF_ARRAYS)

    def test_server_sent_events(self):
        def read(port, reader, until):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIME_S)
            try:
                connection.request("GET", "/v1/events" + self.query(reader),
                                   headers={"Authorization": "Bearer " + self.broker.token(CLINIC)})
                response = connection.getresponse()
                while until is None or not reader.came or reader.came[-1] < until:
                    line = response.readline()
                    if line == b"":
                        return
                    if line.startswith(b"data: ") and line.endswith(b"\n"):
                        event = json.loads(line[len(b"data: "):])
                        if until is None and at_the_head(event):
                            return
                        reader.take_json(event)
            except (http.client.HTTPException, OSError):
                if until is not None:
                    raise
            finally:
                connection.close()
        self.read_through_cuts(self.broker.http_port, read)

    def test_grpc(self):
        def read(port, reader, until):
            read_file = lambda name: (self.broker.dev_dir / name).read_bytes()
            credentials = grpc.ssl_channel_credentials(read_file("ca.pem"), read_file(f"{CLINIC}.key"),
                                                       read_file(f"{CLINIC}.pem"))
            with grpc.secure_channel(f"127.0.0.1:{port}", credentials,
                                     options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
                start = contract.subscriber.Start(client_id="cuts")
                if reader.cursor:
                    start.cursor = reader.cursor
                else:
                    start.after_seq = 0
                done = threading.Event()

                def requests():
                    yield contract.subscriber.SubscribeRequest(start=start)
                    done.wait(TIME_S)
                try:
                    call = contract.Client(channel).subscriber.Subscribe(requests(), timeout=TIME_S)
                    for response in call:
                        frame = response.frame
                        beat = frame.heartbeat
                        if until is None and beat.cursor and place_of(beat.cursor) >= beat.head_seq:
                            break
                        if frame.HasField("event"):
                            event = frame.event
                            reader.take(event.event.seq, event.prev_seq, event.cursor, event.overtaking)
                        if until is not None and reader.came and reader.came[-1] >= until:
                            break
                    call.cancel()
                except grpc.RpcError:
                    if until is not None:
                        raise
                finally:
                    done.set()
        self.read_through_cuts(self.broker.grpc_port, read, least=OVER_TLS, size=BYTES_AS_PROTO)


if __name__ == "__main__":
    unittest.main()
