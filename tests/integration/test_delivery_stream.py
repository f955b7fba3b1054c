"""The live ledger over HTTP: Server-Sent Events on the path of the ledger, read by http.client and by plain sockets."""

import json
import pathlib
import socket
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import Broker  # noqa: E402
from support.command_line import gjallar  # noqa: E402
from support.http_client import CALL_TIME_S, HttpClient, register_services, seizure  # noqa: E402

KIND = "gjallar.v1.delivery"
ERROR = "gjallar.v1.error"


class Ledgers:
    """Reads one stream of ledgers."""

    def __init__(self, client, alert, query="", **headers):
        self.connection = client.connect()
        self.connection.request("GET", f"/v1/alerts/{alert}/delivery?watch=1{query}", headers={**client.headers, **headers})
        self.response = self.connection.getresponse()

    def block(self):
        """The lines up to the next empty one; None at the end of the stream."""
        lines = []
        while True:
            line = self.response.readline().decode()
            if line == "":
                return None
            if line == "\n":
                return lines
            lines.append(line.rstrip("\n"))

    def event(self):
        """The next event; None at the end of the stream. Comments are passed over."""
        while True:
            lines = self.block()
            if lines is None:
                return None
            if any(not line.startswith(":") for line in lines):
                event = dict(line.split(": ", 1) for line in lines)
                event["data"] = json.loads(event["data"])
                return event

    def until(self, holds):
        """The first ledger from now on for which `holds` is true."""
        while True:
            event = self.event()
            if event is None or event["event"] != KIND:
                raise AssertionError(f"the stream ended: {event}")
            if holds(event["data"]):
                return event

    def close(self):
        self.connection.close()


class DeliveryStream(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--heartbeat-ms", "200").start()
        self.addCleanup(self.broker.close)
        register_services(self.broker)
        self.police = HttpClient(self.broker, "police")
        self.clinic = HttpClient(self.broker, "laro-malmo")

    def ok(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def issue(self, **changes):
        changes = {"areas": ["SE-1280"], "roles": ["laro"], **changes}
        return self.ok(self.police.post("/v1/alerts", seizure(**changes)), 201)["alertId"]

    def confirm(self, alert, version="1"):
        self.ok(self.clinic.post(f"/v1/alerts/{alert}/acknowledge", {"version": version}))

    def ledgers(self, alert, query="", client=None, **headers):
        stream = Ledgers(client or self.police, alert, query, **headers)
        self.addCleanup(stream.close)
        self.assertEqual(stream.response.status, 200)
        self.assertEqual(stream.response.headers["Content-Type"], "text/event-stream")
        return stream

    def test_each_event_is_the_answer_of_the_ledger_at_once_and_after_each_change(self):
        alert = self.issue()
        stream = self.ledgers(alert, "&interval=0.1s")
        first = stream.event()
        self.assertEqual(first["event"], KIND)
        self.assertEqual(first["data"], self.ok(self.police.get(f"/v1/alerts/{alert}/delivery")))
        self.assertEqual((first["data"]["notReceived"], first["data"]["acknowledged"]), (1, 0))
        self.confirm(alert)
        confirmed = stream.until(lambda ledger: ledger["acknowledged"] == 1)
        self.assertEqual(confirmed["data"], self.ok(self.police.get(f"/v1/alerts/{alert}/delivery")))
        self.assertNotEqual(confirmed["id"], first["id"])
        self.ok(self.police.post(f"/v1/alerts/{alert}/retract", {"reason": "Fel analys."}))
        retracted = stream.until(lambda ledger: ledger["version"] == "2")
        self.assertEqual(retracted["data"]["notReceived"], 1)

    def test_a_watch_of_one_version_stays_with_it(self):
        alert = self.issue()
        stream = self.ledgers(alert, "&version=1&interval=0.1s")
        self.assertEqual(stream.event()["data"]["version"], "1")
        self.ok(self.police.post(f"/v1/alerts/{alert}/retract", {"reason": "Fel analys."}))
        self.confirm(alert)
        self.assertEqual(stream.until(lambda ledger: ledger["acknowledged"] == 1)["data"]["version"], "1")

    def test_comments_keep_a_silent_stream_alive(self):
        stream = self.ledgers(self.issue())
        self.assertEqual(stream.event()["event"], KIND)
        blocks = [stream.block() for _ in range(3)]
        self.assertIn([": heartbeat"], blocks)
        self.assertEqual([block for block in blocks if block != [": heartbeat"] and not block[0].startswith("id: ")], [])

    def test_who_comes_back_with_the_last_id_is_told_what_is_new_alone(self):
        alert = self.issue()
        held = self.ledgers(alert).event()
        again = self.ledgers(alert, "&interval=0.1s", **{"Last-Event-ID": held["id"]})
        self.assertEqual(again.block(), [": heartbeat"])
        self.confirm(alert)
        self.assertEqual(again.event()["data"]["acknowledged"], 1)
        other = self.ledgers(alert, **{"Last-Event-ID": held["id"]})
        self.assertEqual(other.event()["data"]["acknowledged"], 1)

    def test_it_is_refused_as_the_ledger_is_and_names_the_parameter(self):
        alert = self.issue()
        path = f"/v1/alerts/{alert}/delivery"
        for query, field in (("?watch=1&interval=0.01s", "interval"), ("?watch=1&interval=61s", "interval"),
                             ("?watch=1&interval=half", "interval"), ("?interval=1s", "interval"), ("?watch=x", "watch"),
                             ("?watch=1&version=x", "version")):
            refused = self.police.get(path + query)
            self.assertEqual((refused.status, refused.json["field"]), (400, field), query)
            self.assertTrue(refused.json["advice"])
        self.assertEqual(self.police.get(path + "?watch=1&version=9").status, 404)
        self.assertEqual(self.police.get("/v1/alerts/GJ-NONE/delivery?watch=1").status, 404)
        foreign = self.clinic.get(path + "?watch=1")
        self.assertEqual((foreign.status, foreign.json), (404, self.clinic.get(path).json))
        self.assertEqual(HttpClient(self.broker).get(path + "?watch=1").status, 401)
        connection = self.police.connect()
        self.addCleanup(connection.close)
        connection.request("HEAD", path + "?watch=1", headers=self.police.headers)
        self.assertEqual(connection.getresponse().status, 501)
        self.assertEqual(self.police.get(path + "?watch=0").type, "application/json")

    def test_a_connection_goes_on_after_a_refused_watch(self):
        alert = self.issue()
        connection = self.police.connect()
        self.addCleanup(connection.close)
        for _ in range(2):
            self.assertEqual(self.police.call("GET", f"/v1/alerts/{alert}/delivery?watch=1&version=9", keep=connection).status,
                             404)
        self.assertEqual(self.police.call("GET", f"/v1/alerts/{alert}/delivery", keep=connection).status, 200)

    def test_a_stop_is_said_and_ends_the_stream_however_long_its_interval(self):
        stream = self.ledgers(self.issue(), "&interval=60s")
        self.assertEqual(stream.event()["event"], KIND)
        self.assertEqual(self.broker.stop(), 0)
        last = stream.event()
        self.assertEqual((last["event"], last["data"]["code"]), (ERROR, "unavailable"))
        self.assertGreater(int(last["retry"]), 0)
        self.assertIsNone(stream.event())

    def test_a_revoked_token_ends_the_stream_and_opens_no_other(self):
        alert = self.issue()
        code, out, errors = gjallar(self.broker, "operator", "token", "issue", "police")
        self.assertEqual(code, 0, errors)
        token = out.strip()
        client = HttpClient(self.broker, token=token)
        stream = self.ledgers(alert, "&interval=0.1s", client=client)
        other = self.ledgers(alert, "&interval=0.1s")
        self.assertEqual(stream.event()["event"], KIND)
        code, _, errors = gjallar(self.broker, "operator", "token", "revoke", token.partition(".")[0])
        self.assertEqual(code, 0, errors)
        last = stream.event()
        self.assertEqual((last["event"], last["data"]["code"]), (ERROR, "unauthenticated"))
        self.assertIsNone(stream.event())
        self.assertEqual(client.get(f"/v1/alerts/{alert}/delivery?watch=1").status, 401)
        self.confirm(alert)
        other.until(lambda ledger: ledger["acknowledged"] == 1)

    def raw(self, alert, version="1.1"):
        """A socket that has asked for a stream, and reads only what is read from it."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(CALL_TIME_S)
        client.connect(("127.0.0.1", self.broker.http_port))
        self.addCleanup(client.close)
        client.sendall((f"GET /v1/alerts/{alert}/delivery?watch=1&interval=0.1s HTTP/{version}\r\nHost: x\r\n"
                        f"Authorization: {self.police.headers['Authorization']}\r\n\r\n").encode())
        return client

    def test_a_reader_that_stalls_holds_nobody_up_and_then_gets_the_newest(self):
        operator = HttpClient(self.broker, "operator")
        keep = operator.connect()
        self.addCleanup(keep.close)
        for number in range(300):
            service = {"serviceId": f"clinic-{number}", "areas": ["SE-1280"], "roles": ["laro"],
                       "name": "Mottagningen vid torget i Malmö, ingång från gården, tredje våningen i huset bakom"}
            self.assertEqual(operator.call("POST", "/v1/services", service, keep=keep).status, 201)
        alert = self.issue()
        stalled = self.raw(alert)
        reader = self.ledgers(alert, "&interval=0.1s")
        reader.event()
        versions = 40
        for version in range(2, versions + 1):
            content = seizure(headline="Uppgift " + "a" * version)
            self.ok(self.police.post(f"/v1/alerts/{alert}/revise", {"content": content, "updateMask": "texts"}))
            reader.until(lambda ledger, wanted=str(version): ledger["version"] == wanted)
        seen, pending = [], b""
        while not seen or seen[-1] != versions:
            more = stalled.recv(1 << 16)
            self.assertTrue(more, "the stream ended")
            pending += more
            *whole, pending = pending.split(b"\n\n")
            for block in whole:
                data = [line for line in block.split(b"\n") if line.startswith(b"data: ")]
                if data:
                    seen.append(int(json.loads(data[0][len(b"data: "):])["version"]))
        self.assertEqual(seen, sorted(seen))
        self.confirm(alert, str(versions))
        reader.until(lambda ledger: ledger["acknowledged"] == 1)

    def test_a_stop_waits_for_no_reader_that_takes_nothing(self):
        alert = self.issue()
        self.raw(alert)
        reader = self.ledgers(alert)
        reader.event()
        self.assertEqual(self.broker.stop(), 0)

    def test_readers_that_go_away_leave_nothing_behind(self):
        alert = self.issue()
        for number in range(50):
            client = self.raw(alert, "1.0" if number % 2 else "1.1")
            if number % 3:
                self.assertTrue(client.recv(64).startswith(b"HTTP/1.1 200 OK"))
            client.close()
        reader = self.ledgers(alert, "&interval=0.1s")
        reader.event()
        self.confirm(alert)
        reader.until(lambda ledger: ledger["acknowledged"] == 1)
        self.assertEqual(self.broker.stop(), 0)

    def test_an_old_client_gets_the_events_without_chunks_until_the_connection_ends(self):
        alert = self.issue()
        client = self.raw(alert, "1.0")
        text = b""
        while b"\n\n" not in text:
            more = client.recv(4096)
            self.assertTrue(more, text)
            text += more
        head, _, body = text.partition(b"\r\n\r\n")
        self.assertNotIn(b"chunked", head)
        self.assertTrue(body.startswith(b"id: "), body)
        self.assertEqual(self.broker.stop(), 0)
        while more := client.recv(4096):
            text += more
        self.assertIn(b"event: gjallar.v1.error", text)


if __name__ == "__main__":
    unittest.main()
