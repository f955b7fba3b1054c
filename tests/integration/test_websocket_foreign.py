"""A foreign WebSocket client (python3-websockets) receives what is published over HTTP."""

import asyncio
import json
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import Broker  # noqa: E402
from support.http_client import CALL_TIME_S, HttpClient, register_services, seizure  # noqa: E402

import websockets  # noqa: E402
from websockets.exceptions import ConnectionClosed, InvalidStatusCode  # noqa: E402

PREFIX = "gjallar.v1."
CLOUD_EVENTS, BATCH = "cloudevents.json", "gjallar.v1.batch"
ATTRIBUTES = ("id", "source", "type", "subject", "time", "datacontenttype", "seq", "prevseq", "cursor", "overtaking")


def in_order(frames):
    """Seqs of the alerts issued, without what ran ahead of its place."""
    return [frame["seq"] for frame in frames
            if frame["type"] == PREFIX + "alert.issued" and frame["overtaking"] == "false"]


class Client:
    """One session; frames are the CloudEvents objects, one by one even if they came in arrays."""

    def __init__(self, socket):
        self.socket = socket
        self.waiting = []
        self.arrays = 0

    async def frame(self):
        if not self.waiting:
            message = json.loads(await asyncio.wait_for(self.socket.recv(), CALL_TIME_S))
            self.arrays += isinstance(message, list)
            self.waiting = message if isinstance(message, list) else [message]
        return self.waiting.pop(0)

    async def until(self, kind):
        frames = [await self.frame()]
        while frames[-1]["type"] != PREFIX + kind:
            frames.append(await self.frame())
        return frames

    async def say(self, kind, **data):
        await self.socket.send(json.dumps({"specversion": "1.0", "type": PREFIX + kind, "data": data}))

    async def closed(self):
        """The close code, once everything before it was read."""
        try:
            while True:
                await self.frame()
        except ConnectionClosed as end:
            return end.rcvd.code


class WebSocket(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.broker = Broker("--heartbeat-ms", "300").start()
        self.addCleanup(self.broker.close)
        register_services(self.broker)
        self.police = HttpClient(self.broker, "police")

    async def asyncSetUp(self):
        asyncio.get_running_loop().slow_callback_duration = CALL_TIME_S  # calls over HTTP are made in between

    def issue(self, **content):
        answer = self.police.post("/v1/alerts", seizure(**content))
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    async def connect(self, query="", principal="laro-malmo", subprotocols=(CLOUD_EVENTS,), **options):
        headers = {"Authorization": "Bearer " + self.broker.token(principal)} if principal else {}
        connection = await websockets.connect(
            f"ws://{self.broker.http_address}/v1/stream{query}", extra_headers=headers,
            subprotocols=list(subprotocols) or None, compression=None, ping_interval=None, **options)
        self.addAsyncCleanup(connection.close)
        return Client(connection)

    async def refused(self, *arguments, **options):
        with self.assertRaises(InvalidStatusCode) as refusal:
            await self.connect(*arguments, **options)
        return refusal.exception.status_code

    async def test_a_seizure_published_over_http_arrives_as_a_cloudevent(self):
        client = await self.connect()
        self.assertEqual(client.socket.subprotocol, CLOUD_EVENTS)
        hello, caughtup = await client.until("caughtup")
        self.assertEqual(hello["type"], PREFIX + "hello")
        self.assertEqual(hello["data"]["serviceId"], "laro-malmo")
        self.assertEqual(hello["data"]["resumption"], "RESUMPTION_STATE")
        self.assertEqual(caughtup["cursor"], caughtup["data"]["cursor"])
        first, second = self.issue(), self.issue(headline="Nytt fynd")
        event = await client.frame()
        self.assertEqual(event["specversion"], "1.0")
        self.assertEqual(event["type"], PREFIX + "alert.issued")
        for name in ATTRIBUTES:
            self.assertIsInstance(event[name], str, name)
        self.assertEqual((event["subject"], event["seq"], event["cursor"], event["overtaking"]),
                         (first["alertId"], first["seq"], first["cursor"], "false"))
        self.assertEqual(event["data"]["seq"], first["seq"])
        self.assertEqual(event["data"]["principal"], "police")
        alert = event["data"]["payload"]["alert"]
        self.assertEqual(alert["content"]["substances"][0]["casNumber"], "437-38-7")
        after = await client.frame()
        self.assertEqual((after["seq"], after["prevseq"]), (second["seq"], first["seq"]))
        heartbeat = (await client.until("heartbeat"))[-1]
        self.assertEqual(heartbeat["data"]["headSeq"], second["seq"])
        self.assertIn(first["seq"], heartbeat["data"]["recentSeqs"])

    async def test_a_seizure_published_by_a_foreign_grpc_client_arrives_as_a_cloudevent(self):
        client = await self.connect()
        await client.until("caughtup")
        request = contract.publisher.IssueRequest(issue=contract.command.IssueAlert(content=contract.seizure()))
        with contract.client(self.broker, "police") as police:
            outcome = police.publisher.Issue(request, timeout=CALL_TIME_S).outcome
        event = (await client.until("alert.issued"))[-1]
        self.assertEqual((event["specversion"], event["datacontenttype"]), ("1.0", "application/json"))
        self.assertEqual((event["subject"], event["seq"], event["cursor"]),
                         (outcome.alert_id, str(outcome.seq), outcome.cursor))
        alert = event["data"]["payload"]["alert"]
        self.assertEqual(alert["reference"], outcome.reference)
        self.assertEqual(alert["content"]["texts"][0]["headline"], "Tramadol med fentanyl i Malmö")
        self.assertEqual(alert["content"]["substances"][0]["casNumber"], "437-38-7")
        self.assertEqual(alert["content"]["grade"]["urgency"], "URGENCY_IMMEDIATE")

    async def test_what_does_not_concern_a_service_does_not_reach_it(self):
        client = await self.connect()
        await client.until("caughtup")
        self.issue(areas=["SE-0180"])
        here = self.issue(areas=["SE-1280"])
        self.assertEqual((await client.until("alert.issued"))[-1]["seq"], here["seq"])

    async def test_without_a_cursor_the_live_alerts_come_as_state(self):
        calm, urgent = self.issue(urgent=False), self.issue()
        frames = await (await self.connect(subprotocols=())).until("caughtup")
        self.assertEqual([frame["type"] for frame in frames],
                         [PREFIX + kind for kind in ("hello", "state", "state", "caughtup")])
        self.assertEqual([frame["data"]["alert"]["alertId"] for frame in frames[1:3]],
                         [urgent["alertId"], calm["alertId"]])

    async def test_a_client_resumes_after_its_cursor(self):
        outcomes = [self.issue(headline=f"Nummer {number}") for number in range(10)]
        for query, missing in ((f"?cursor={outcomes[6]['cursor']}", outcomes[7:]),
                               (f"?after={outcomes[3]['seq']}", outcomes[4:]), ("?after=0", outcomes)):
            frames = await (await self.connect(query)).until("caughtup")
            alerts = in_order(frames)
            self.assertEqual(alerts, [outcome["seq"] for outcome in missing], query)
        up_to_date = await (await self.connect(f"?cursor={outcomes[-1]['cursor']}")).until("caughtup")
        self.assertEqual([frame["type"] for frame in up_to_date], [PREFIX + "hello", PREFIX + "caughtup"])
        self.assertEqual(up_to_date[0]["data"]["resumption"], "RESUMPTION_UP_TO_DATE")

    async def test_a_cursor_of_another_log_brings_the_full_state(self):
        held = self.issue()
        frames = await (await self.connect("?cursor=0123456789ABCDEF.3")).until("caughtup")
        self.assertEqual([frame["type"] for frame in frames],
                         [PREFIX + kind for kind in ("hello", "gap", "state", "caughtup")])
        self.assertEqual(frames[1]["data"]["reason"], "GAP_REASON_OTHER_LOG")
        self.assertEqual(frames[2]["subject"], held["alertId"])

    async def test_receipts_show_in_the_ledger(self):
        client = await self.connect("?client_id=journal")
        await client.until("caughtup")
        outcome = self.issue(areas=["SE-1280"], roles=["laro"])
        event = await client.frame()
        await client.say("received", upToSeq=event["seq"], seqs=[])
        await client.say("acknowledged", alertId=outcome["alertId"], version="1", pseudonym="k7")
        entry = {}
        while "received" not in entry or "acknowledged" not in entry:  # ctest's own timeout ends a failure
            delivery = self.police.get(f"/v1/alerts/{outcome['alertId']}/delivery").json
            entry = delivery["services"][0]
        self.assertEqual((entry["serviceId"], entry["transport"]), ("laro-malmo", "websocket"))
        self.assertEqual(delivery["notReceived"], 0)
        await client.socket.close()
        again = await self.connect("?client_id=journal&cursor=" + event["cursor"])
        self.assertEqual((await again.frame())["data"]["receivedSeq"], event["seq"])

    async def test_urgent_news_overtakes_a_client_that_lags(self):
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        small.connect(("127.0.0.1", self.broker.http_port))
        client = await self.connect(sock=small, max_queue=1, read_limit=2048)
        await client.until("caughtup")
        languages = ("sv", "nb", "en", "fi", "da", "ar", "so", "fa")
        texts = [{"language": language, "headline": "Lugnt", "description": "Ett meddelande. " * 480,
                  "instruction": "Gör ingenting. " * 250} for language in languages]
        calm = [self.issue(urgent=False, texts=texts) for _ in range(120)]
        urgent = self.issue(headline="Dödsfall i natt")
        ahead, in_order = [], []
        while not in_order or in_order[-1] != urgent["seq"]:
            frame = (await client.until("alert.issued"))[-1]
            if frame["overtaking"] == "true":
                self.assertNotIn("cursor", frame)
                self.assertNotIn("prevseq", frame)
                ahead.append((frame["seq"], len(in_order)))
            else:
                in_order.append(frame["seq"])
        self.assertEqual(in_order, [outcome["seq"] for outcome in calm] + [urgent["seq"]])
        self.assertEqual([seq for seq, _ in ahead], [urgent["seq"]])
        self.assertLess(ahead[0][1], len(calm))

    async def test_area_or_role_makes_a_viewer_session(self):
        viewer = await self.connect("?area=SE-01&role=syringe-exchange", principal="coordinator")
        hello = (await viewer.until("caughtup"))[0]
        self.assertNotIn("serviceId", hello["data"])
        self.issue(areas=["SE-12"])
        self.issue(areas=["SE-01"], roles=["ambulance"])
        seen = self.issue(areas=["SE-0180"], roles=["syringe-exchange"])
        self.assertEqual((await viewer.until("alert.issued"))[-1]["seq"], seen["seq"])

    async def test_a_browser_shows_its_token_as_a_subprotocol_that_is_never_answered(self):
        token = "bearer." + self.broker.token("laro-malmo")
        for offered, answered in (((CLOUD_EVENTS, token), CLOUD_EVENTS), ((token, BATCH), BATCH), ((token,), None)):
            client = await self.connect(principal=None, subprotocols=offered)
            self.assertEqual(client.socket.subprotocol, answered)
            self.assertNotIn("bearer", str(client.socket.response_headers))
            self.assertEqual((await client.frame())["data"]["serviceId"], "laro-malmo")
        self.assertEqual(await self.refused(principal=None, subprotocols=(CLOUD_EVENTS, token + "x")), 401)
        self.assertEqual(await self.refused(principal=None, subprotocols=(CLOUD_EVENTS,)), 401)
        self.assertNotIn(token[7:], self.broker.log_text())

    async def test_refusals_come_before_the_upgrade(self):
        self.assertEqual(await self.refused("?cursor=nonsense"), 400)
        self.assertEqual(await self.refused("?after=-1"), 400)
        self.assertEqual(await self.refused("?areas=SE-01"), 400)
        self.assertEqual(await self.refused("?role=chef", principal="coordinator"), 422)
        self.assertEqual(await self.refused("?area=SE-99", principal="coordinator"), 422)
        self.assertEqual(await self.refused(subprotocols=("graphql-ws",)), 400)
        self.assertEqual(await self.refused(principal="police"), 403)
        self.assertEqual(await self.refused(principal="outreach-oslo"), 422)  # not registered
        plain = HttpClient(self.broker, "laro-malmo").get("/v1/stream")
        self.assertEqual((plain.status, plain.headers["Upgrade"]), (426, "websocket"))

    async def test_the_batch_subprotocol_gathers_what_waits(self):
        outcomes = [self.issue(headline=f"Nummer {number}") for number in range(30)]
        client = await self.connect("?after=0", subprotocols=(BATCH,))
        self.assertEqual(client.socket.subprotocol, BATCH)
        frames = await client.until("caughtup")
        alerts = [frame["seq"] for frame in frames if frame["type"] == PREFIX + "alert.issued"]
        self.assertEqual(alerts, [outcome["seq"] for outcome in outcomes])
        self.assertLess(client.arrays, len(frames), "at least two frames shared a message")

    async def test_a_client_that_breaks_the_protocol_is_told_so(self):
        for message in ("hello", b"\x00\x01", json.dumps({"type": PREFIX + "received", "data": {"upToSeq": "999999"}}),
                        json.dumps({"type": PREFIX + "hello", "data": {}})):
            client = await self.connect()
            await client.until("caughtup")
            await client.socket.send(message)
            goodbye = (await client.until("goodbye"))[-1]
            self.assertEqual(goodbye["data"]["reason"], "GOODBYE_REASON_PROTOCOL_ERROR")
            self.assertEqual(await client.closed(), 4003)
        client = await self.connect()
        await client.until("caughtup")
        await client.socket.send("x" * 100_000)
        self.assertEqual(await client.closed(), 1009)

    async def test_a_disabled_service_is_told_not_to_come_back(self):
        client = await self.connect()
        await client.until("caughtup")
        with contract.client(self.broker, "operator") as operators:
            operators.directory.DisableService(contract.directory_service.DisableServiceRequest(
                disable=contract.command.DisableService(service_id="laro-malmo", reason="Stängd.")), timeout=CALL_TIME_S)
        event, goodbye = await client.until("goodbye")
        self.assertEqual(event["type"], PREFIX + "service.disabled")
        self.assertEqual(goodbye["data"]["reason"], "GOODBYE_REASON_SERVICE_DISABLED")
        self.assertFalse(goodbye["data"].get("reconnect", False))
        self.assertEqual(await client.closed(), 4001)
        self.assertEqual(await self.refused(), 409)

    async def test_a_stop_says_goodbye_to_every_session(self):
        clients = [await self.connect(principal=name) for name in ("laro-malmo", "emergency-malmo", "ambulance-skane")]
        for client in clients:
            await client.until("caughtup")
        stopping = asyncio.get_running_loop().run_in_executor(None, self.broker.stop)
        for client in clients:
            goodbye = (await client.until("goodbye"))[-1]["data"]
            self.assertEqual(goodbye["reason"], "GOODBYE_REASON_DRAINING")
            self.assertTrue(goodbye["reconnect"])
            self.assertTrue(goodbye["retryAfter"].endswith("s"))
            self.assertEqual(await client.closed(), 1001)
        self.assertEqual(await stopping, 0)

    async def test_a_kill_loses_nothing_for_a_client_that_comes_back(self):
        client = await self.connect()
        cursor = (await client.until("caughtup"))[-1]["cursor"]
        before = self.issue(headline="Före")
        self.broker.kill9()
        self.broker.restart()
        after = self.issue(headline="Efter")
        frames = await (await self.connect("?cursor=" + cursor)).until("caughtup")
        self.assertEqual(in_order(frames), [before["seq"], after["seq"]])


if __name__ == "__main__":
    unittest.main()
