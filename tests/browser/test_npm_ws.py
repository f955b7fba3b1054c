"""The broker's own WebSocket framing against npm's ws, the most used client outside browsers."""

import json
import pathlib
import queue
import shutil
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import SOURCE, Broker  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MODULE = SOURCE / "build/clients/node_modules/ws"
TIME_S = 60
PREFIX = "gjallar.v1."
CLINIC = "laro-malmo"


def node():
    program = shutil.which("node") or shutil.which("nodejs")
    assert program and MODULE.is_dir(), "node or ws isn't there: tools/dev test installs them"
    return program


class Client:
    """One ws client in a process of its own."""

    def __init__(self, **connect):
        self.process = subprocess.Popen([node(), str(HERE / "ws_client.js"), str(MODULE)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self.happened = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.frames = []
        self.tell("connect", **connect)

    def read(self):
        for line in self.process.stdout:
            self.happened.put(json.loads(line))

    def tell(self, action, **details):
        self.process.stdin.write(json.dumps({"do": action, **details}) + "\n")
        self.process.stdin.flush()

    def until(self, event):
        """The next of this kind; whatever comes before it is dropped, but for messages."""
        while True:
            one = self.happened.get(timeout=TIME_S)
            if one["event"] == "message":
                assert not one["binary"]
                message = json.loads(one["text"])
                self.frames += message if isinstance(message, list) else [message]
            if one["event"] == event:
                return one

    def frame(self, kind):
        """The next frame of a type."""
        while True:
            for at, frame in enumerate(self.frames):
                if frame["type"] == PREFIX + kind:
                    del self.frames[:at + 1]
                    return frame
            self.until("message")

    def end(self):
        self.process.stdin.close()
        self.process.wait(TIME_S)
        self.reader.join(TIME_S)
        self.process.stdout.close()


class NpmWs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker("--heartbeat-ms", "300").start()
        cls.addClassCleanup(cls.broker.close)
        register_services(cls.broker, [CLINIC])

    def connect(self, query="", protocols=("cloudevents.json",), **headers):
        headers = headers or {"Authorization": "Bearer " + self.broker.token(CLINIC)}
        client = Client(url=f"ws://{self.broker.http_address}/v1/stream{query}", protocols=list(protocols),
                        headers=headers)
        self.addCleanup(client.end)
        return client

    def caught_up(self, *arguments, **options):
        client = self.connect(*arguments, **options)
        client.until("open")
        client.frame("caughtup")
        return client

    def issue(self, **content):
        answer = HttpClient(self.broker, "police").post("/v1/alerts", seizure(**content))
        self.assertEqual(answer.status, 201, answer)
        return answer.json

    def received(self, seq):
        return json.dumps({"type": PREFIX + "received", "data": {"upToSeq": str(seq)}})

    def test_events_of_every_length_arrive_whole(self):
        client = self.connect()
        opened = client.until("open")
        self.assertEqual((opened["protocol"], opened["extensions"]), ("cloudevents.json", ""))
        client.frame("caughtup")
        for languages, description in ((("sv",), "Kort – “å”"), (("sv", "nb", "en", "da"), ("Räkor åt alla ☂ 🦐 " * 380).strip())):
            texts = [{"language": language, "headline": "Fynd", "description": description} for language in languages]
            outcome = self.issue(texts=texts)
            event = client.frame("alert.issued")
            self.assertEqual(event["seq"], outcome["seq"])
            self.assertEqual([text["description"] for text in event["data"]["payload"]["alert"]["content"]["texts"]],
                             [description] * len(languages))

    def test_arrays_gather_what_waits(self):
        outcomes = [self.issue(headline=f"Nummer {number}") for number in range(20)]
        client = self.connect(f"?after={int(outcomes[0]['seq']) - 1}", ("gjallar.v1.batch",))
        self.assertEqual(client.until("open")["protocol"], "gjallar.v1.batch")
        while not any(frame["type"] == PREFIX + "caughtup" for frame in client.frames):
            client.until("message")
        in_order = [frame["seq"] for frame in client.frames if frame.get("overtaking") == "false"]
        self.assertEqual(in_order, [outcome["seq"] for outcome in outcomes])

    def test_a_message_in_fragments_with_pings_in_between_is_one_message(self):
        client = self.caught_up("?client_id=fragments")
        outcome = self.issue(areas=["SE-1280"])
        client.frame("alert.issued")
        text = self.received(outcome["seq"])
        client.tell("fragments", pieces=[text[:3], text[3:10], "", text[10:]], ping="mitt emellan ")
        for number in range(3):
            self.assertEqual(client.until("pong")["text"], f"mitt emellan {number}")
        entry = {}
        while "received" not in entry:  # ctest's own timeout ends a failure
            entry = HttpClient(self.broker, "police").get(f"/v1/alerts/{outcome['alertId']}/delivery").json["services"][0]
        self.assertEqual(entry["transport"], "websocket")

    def test_pings_are_answered_and_a_silent_client_is_pinged(self):
        client = self.caught_up()
        client.tell("ping", text="x" * 125)
        self.assertEqual(client.until("pong")["text"], "x" * 125)
        client.until("ping")  # ws answers by itself: the session goes on
        client.frame("heartbeat")
        client.frame("heartbeat")

    def test_a_close_is_answered_with_its_code(self):
        for code, reason in ((1000, "klart"), (4321, "")):
            client = self.caught_up()
            client.tell("close", code=code, reason=reason)
            self.assertEqual(client.until("close")["code"], code)

    def test_what_breaks_the_framing_is_closed_with_the_code_that_says_so(self):
        masked_text = lambda payload: (bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload).hex()
        for hexadecimal, code in ((masked_text(b"\xff\xfe"), 1007), ("810268690a", 1002), ("c18000000000", 1002),
                                  ("098000000000", 1002), ("808000000000", 1002)):
            client = self.caught_up()
            client.tell("raw", hex=hexadecimal)
            self.assertEqual(client.until("close")["code"], code, hexadecimal)
        client = self.caught_up()
        client.tell("send", text="x" * 70_000)
        self.assertEqual(client.until("close")["code"], 1009)

    def test_what_breaks_the_protocol_is_told_in_a_goodbye(self):
        for action, details in (("send", {"text": "hello"}), ("binary", {"bytes": 3}),
                                ("send", {"text": self.received(10**9)})):
            client = self.caught_up()
            client.tell(action, **details)
            self.assertEqual(client.frame("goodbye")["data"]["reason"], "GOODBYE_REASON_PROTOCOL_ERROR")
            closed = client.until("close")
            self.assertEqual((closed["code"], closed["reason"]), (4003, "protocol error"))

    def test_refusals_come_before_the_upgrade(self):
        self.assertEqual(self.connect(Authorization="Bearer wrong").until("refused")["status"], 401)
        self.assertEqual(self.connect("?cursor=nonsense").until("refused")["status"], 400)


if __name__ == "__main__":
    unittest.main()
