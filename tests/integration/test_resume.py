"""Coming back to a real broker: urgent news is the first event after hello, and a log that went another way is noticed."""

import asyncio
import base64
import json
import pathlib
import queue
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402
from support.http_client import HttpClient  # noqa: E402

import grpc  # noqa: E402
import websockets  # noqa: E402

TIME_S = 60
CLINIC = "laro-malmo"
BACKLOG = 4_000


class Resume(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker().start()
        cls.addClassCleanup(cls.broker.close)
        contract.register_services(cls.broker, (CLINIC,))
        cls.cursor, cls.heads = None, []
        seqs = cls.feed(BACKLOG)
        cls.log_id = cls.hello()["data"]["logId"]
        cls.cursor = f"{cls.log_id}.{seqs[0] - 1}"
        cls.urgent, cls.head = seqs[BACKLOG // 2], seqs[-1]

    @classmethod
    def feed(cls, count):
        """So many seizures for the clinic, the one in the middle urgent; their seqs."""
        def item(number):
            return contract.publisher.FeedRequest(
                idempotency_key=f"backlog-{number}",
                command=contract.command.Command(issue=contract.command.IssueAlert(
                    content=contract.seizure(urgent=number == count // 2))))
        with contract.client(cls.broker, "police") as police:
            answers = police.publisher.Feed(iter([item(number) for number in range(count)]), timeout=TIME_S)
            return [answer.outcome.seq for answer in answers]

    @classmethod
    def events(cls, query, count):
        """The first `count` events of a stream of Server-Sent Events."""
        client = HttpClient(cls.broker, CLINIC)
        connection = client.connect(TIME_S)
        try:
            connection.request("GET", "/v1/events" + query, headers=client.headers)
            response = connection.getresponse()
            assert response.status == 200, response.read()
            events = []
            while len(events) < count:
                line = response.readline()
                assert line != b"", events
                if line.startswith(b"data: "):
                    events.append(json.loads(line[len(b"data: "):]))
            return events
        finally:
            connection.close()

    @classmethod
    def hello(cls, query=""):
        return cls.events(query, 1)[0]

    def check_first_of_all(self, hello, ahead, first):
        self.assertEqual(hello["type"], "gjallar.v1.hello")
        self.assertEqual(hello["data"]["resumption"], "RESUMPTION_REPLAYING")
        self.assertEqual((ahead["overtaking"], int(ahead["seq"])), ("true", self.urgent))
        self.assertNotIn("cursor", ahead)
        self.assertEqual((first["overtaking"], first["cursor"]),
                         ("false", f"{self.log_id}.{int(self.cursor.split('.')[1]) + 1}"))

    def test_urgent_news_in_a_backlog_of_thousands_comes_first_over_server_sent_events(self):
        self.check_first_of_all(*self.events("?cursor=" + self.cursor, 3))

    def test_urgent_news_in_a_backlog_of_thousands_comes_first_over_websocket_and_again_at_its_place(self):
        async def read():
            async with websockets.connect(
                    f"ws://{self.broker.http_address}/v1/stream?cursor={self.cursor}",
                    extra_headers={"Authorization": "Bearer " + self.broker.token(CLINIC)},
                    subprotocols=["gjallar.v1.batch"], compression=None, ping_interval=None) as connection:
                frames = []
                while not frames or frames[-1]["type"] != "gjallar.v1.caughtup":
                    frames += json.loads(await asyncio.wait_for(connection.recv(), TIME_S))
                return frames
        frames = asyncio.run(read())
        self.check_first_of_all(*frames[:3])
        events = [frame for frame in frames if "overtaking" in frame]
        in_order = [int(event["seq"]) for event in events if event["overtaking"] == "false"]
        self.assertEqual(in_order, list(range(int(self.cursor.split(".")[1]) + 1, self.head + 1)))
        self.assertEqual([int(event["seq"]) for event in events if event["overtaking"] == "true"], [self.urgent])

    def test_urgent_news_in_a_backlog_of_thousands_comes_first_over_grpc_and_its_receipt_counts(self):
        requests = queue.Queue()
        requests.put(contract.subscriber.SubscribeRequest(
            start=contract.subscriber.Start(client_id="resume", cursor=self.cursor)))
        with contract.client(self.broker, CLINIC) as clinic, contract.client(self.broker, "police") as police:
            frames = (message.frame for message in clinic.subscriber.Subscribe(iter(requests.get, None), timeout=TIME_S))
            self.assertEqual(next(frames).hello.resumption, contract.delivery.RESUMPTION_REPLAYING)
            ahead = next(frames).event
            self.assertTrue(ahead.overtaking)
            self.assertEqual((ahead.event.seq, ahead.cursor), (self.urgent, ""))
            requests.put(contract.subscriber.SubscribeRequest(
                received=contract.delivery.Received(seqs=[self.urgent])))
            request = contract.view.GetDeliveryRequest(alert_id=ahead.event.subject)
            while not police.view.GetDelivery(request, timeout=TIME_S).services[0].HasField("received"):
                pass  # ctest's own timeout ends a failure
            requests.put(None)

    # --- a log that went another way ---

    def seen(self, hello, change=0):
        hash_bytes = bytearray(base64.b64decode(hello["data"]["headHash"]))
        hash_bytes[0] ^= change
        return f"{hello['data']['headSeq']}:{hash_bytes.hex()}"

    def test_a_client_whose_last_head_is_in_the_log_goes_on(self):
        query = f"?cursor={self.log_id}.{self.head}&seen=" + self.seen(self.hello())
        self.assertEqual(self.hello(query)["data"]["resumption"], "RESUMPTION_UP_TO_DATE")

    def test_a_client_whose_last_head_is_not_in_the_log_is_told_of_a_fork(self):
        beyond = f"{self.head + 5}:{'00' * 32}"
        for seen in (self.seen(self.hello(), 1), f"{self.urgent}:{'ab' * 32}", beyond):
            hello, gap, state = self.events(f"?cursor={self.log_id}.{self.head}&seen={seen}", 3)
            self.assertEqual(hello["data"]["resumption"], "RESUMPTION_FORK")
            self.assertEqual(gap["type"], "gjallar.v1.gap")
            self.assertEqual(gap["data"]["reason"], "GAP_REASON_FORK")
            self.assertEqual((state["type"], int(state["seq"])), ("gjallar.v1.state", self.urgent))

    def test_a_client_says_the_same_over_grpc(self):
        hello = self.hello()
        head_hash = base64.b64decode(hello["data"]["headHash"])

        def first_frames(**start):
            request = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(
                client_id="fork", cursor=f"{self.log_id}.{self.head}", **start))
            done = threading.Event()

            def requests():
                yield request
                done.wait(TIME_S)
            with contract.client(self.broker, CLINIC) as clinic:
                try:
                    call = clinic.subscriber.Subscribe(requests(), timeout=TIME_S)
                    frames = [next(call).frame, next(call).frame]
                    call.cancel()
                    return frames
                finally:
                    done.set()
        same, _ = first_frames(seen_seq=int(hello["data"]["headSeq"]), seen_hash=head_hash)
        self.assertEqual(same.hello.resumption, contract.delivery.RESUMPTION_UP_TO_DATE)
        other, gap = first_frames(seen_seq=self.urgent, seen_hash=head_hash)
        self.assertEqual(other.hello.resumption, contract.delivery.RESUMPTION_FORK)
        self.assertEqual(gap.gap.reason, contract.delivery.GAP_REASON_FORK)
        with self.assertRaises(grpc.RpcError) as refused:
            first_frames(seen_seq=1, seen_hash=b"short")
        self.assertEqual(contract.error_of(refused.exception).field, "start.seen_hash")

    def test_a_malformed_head_is_refused_before_anything_is_opened(self):
        for seen in ("1", "1:ab", "x:" + "ab" * 32):
            answer = HttpClient(self.broker, CLINIC).get("/v1/events?seen=" + seen)
            self.assertEqual((answer.status, answer.json["field"]), (400, "seen"))


if __name__ == "__main__":
    unittest.main()
