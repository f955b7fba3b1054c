"""Many services, random cuts, a kill -9 in the middle: in the end the broker's ledger equals, line by line, what the
clients themselves wrote down."""

import asyncio
import json
import os
import pathlib
import random
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import Broker  # noqa: E402
from support.http_client import HttpClient, seizure  # noqa: E402

import websockets  # noqa: E402

# `tools/dev nightly` soaks for ten minutes, and every run a little.
LONG = os.environ.get("GJALLAR_SOAK") == "long"
UNITS, ALERTS, TIME_S = (200, 1_000, 600) if LONG else (24, 60, 0)
SEED = 20261122
WAIT_S = 120
COUNTIES = ["SE-01", "SE-12", "SE-14", "NO-03", "NO-11", "NO-46"]
ROLES = ["laro", "ambulance", "syringe-exchange", "outreach", "prison-health"]
PREFIX = "gjallar.v1."

PUBLISHERS = """
[principals.police]
issue = true
revise = "own"
retract = "own"
view = "own"

[principals.coordinator]
assess = true
view = "any"

[principals.operator]
operate = true
view = "any"
"""
UNIT = """
[principals.{name}]
service = "{name}"
subscribe = true
view = "own"
"""


class Unit:
    """A service's program as docs/protocol.md describes it, with a logbook of its own."""

    def __init__(self, broker, name, seed):
        self.broker, self.name = broker, name
        self.random = random.Random(seed)
        self.cursor = None
        self.in_order = 0
        self.received = set()  # seqs, written down before they are acknowledged
        self.confirmed = {}  # (alert, version) -> pseudonym
        self.cuts = 0
        self.steady = asyncio.Event()  # set: no more cuts

    async def run(self):
        while True:
            try:
                await self.session()
            except (websockets.WebSocketException, OSError, EOFError, asyncio.TimeoutError):
                await asyncio.sleep(self.random.uniform(0.01, 0.1))  # as a client waits before it comes back

    async def session(self):
        query = f"?client_id=soak&cursor={self.cursor}" if self.cursor else "?client_id=soak&after=0"
        headers = {"Authorization": "Bearer " + self.broker.token(self.name)}
        async with websockets.connect(f"ws://{self.broker.http_address}/v1/stream{query}", extra_headers=headers,
                                      subprotocols=["cloudevents.json"], compression=None, ping_interval=None,
                                      close_timeout=1) as connection:
            left = self.random.randrange(2, 12)  # frames until this connection is cut
            while True:
                frame = json.loads(await asyncio.wait_for(connection.recv(), WAIT_S))
                await self.take(connection, frame)
                left -= 1
                if left <= 0 and not self.steady.is_set():
                    self.cuts += 1
                    connection.transport.abort()
                    return

    async def take(self, connection, frame):
        kind, data = frame["type"].removeprefix(PREFIX), frame["data"]
        if kind == "hello":
            if int(data.get("receivedSeq", 0)) < self.in_order:
                await self.say(connection, "received", upToSeq=str(self.in_order))
            for (alert, version), pseudonym in self.confirmed.items():
                await self.say(connection, "acknowledged", alertId=alert, version=version, pseudonym=pseudonym)
        elif "seq" in frame and "overtaking" in frame:
            seq = int(frame["seq"])
            self.received.add(seq)
            if frame["overtaking"] == "true":
                await self.say(connection, "received", seqs=[str(seq)])
            else:
                self.cursor, self.in_order = frame["cursor"], seq
                await self.say(connection, "received", upToSeq=str(seq))
            alert = data.get("payload", {}).get("alert")
            if alert and self.random.random() < 0.5:
                key = (alert["alertId"], alert["version"])
                self.confirmed.setdefault(key, f"p{self.random.randrange(5)}")
                await self.say(connection, "acknowledged", alertId=key[0], version=key[1],
                               pseudonym=self.confirmed[key])

    @staticmethod
    async def say(connection, kind, **data):
        await connection.send(json.dumps({"specversion": "1.0", "type": PREFIX + kind, "data": data}))


class Soak(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.folder = tempfile.TemporaryDirectory(prefix="gjallar-soak-")
        self.addCleanup(self.folder.cleanup)
        self.names = [f"unit-{number}" for number in range(UNITS)]
        policy = pathlib.Path(self.folder.name) / "policy.toml"
        policy.write_text(PUBLISHERS + "".join(UNIT.format(name=name) for name in self.names))
        self.broker = Broker("--policy", policy, "--heartbeat-ms", "500")
        self.addCleanup(self.broker.close)
        self.broker.start()
        operator = HttpClient(self.broker, "operator")
        self.areas = {}
        for number, name in enumerate(self.names):
            area, role = COUNTIES[number % len(COUNTIES)], ROLES[number % len(ROLES)]
            self.areas[name] = area
            zone = "Europe/Stockholm" if area.startswith("SE") else "Europe/Oslo"
            answer = operator.post("/v1/services", {"serviceId": name, "name": name, "areas": [area], "roles": [role],
                                                    "timeZone": zone})
            self.assertIn(answer.status, (200, 201), answer)

    async def command(self, path, body, key):
        """One command by the police; again with the same key until the broker answers."""
        for _ in range(WAIT_S * 10):
            try:
                answer = await asyncio.to_thread(
                    HttpClient(self.broker, "police").post, path, body, {"Idempotency-Key": key})
                if answer.status < 500:
                    self.assertIn(answer.status, (200, 201), answer)
                    return answer.json
            except OSError:
                pass
            await asyncio.sleep(0.1)
        self.fail("the broker did not come back")

    async def publish(self):
        """All alerts, some revised, some retracted; in the middle the broker is killed. alert id -> (its areas, its
        versions)."""
        published = {}
        for number in range(ALERTS):
            areas = self.random.sample(COUNTIES, self.random.randrange(1, 4))
            content = seizure(areas=areas, urgent=number % 4 == 0, headline=f"Fynd {number}")
            made = await self.command("/v1/alerts", content, f"issue-{number}")
            alert, versions = made["alertId"], [made["version"]]
            if number % 5 == 1:
                content["texts"][0]["headline"] = f"Fynd {number}, rättat"
                made = await self.command(f"/v1/alerts/{alert}/revise", {"content": content, "reason": "rättelse"},
                                          f"revise-{number}")
                versions.append(made["version"])
            if number % 7 == 2:
                made = await self.command(f"/v1/alerts/{alert}/retract", {"reason": "fel ämne"}, f"retract-{number}")
                versions.append(made["version"])
            published[alert] = (areas, versions)
            if number == ALERTS // 2:
                await asyncio.to_thread(self.broker.kill9)
                await asyncio.to_thread(self.broker.start)
            if TIME_S:
                await asyncio.sleep(TIME_S / ALERTS)  # the soak's pace
        return published

    def ledger(self, published):
        """Lines as the broker has them: (alert, version, service, what)."""
        coordinator = HttpClient(self.broker, "coordinator")
        lines = set()
        seqs = {}
        for alert, (_, versions) in published.items():
            for version in versions:
                answer = coordinator.get(f"/v1/alerts/{alert}/delivery?version={version}")
                self.assertEqual(answer.status, 200, answer)
                seqs[(alert, version)] = int(answer.json["seq"])
                missing = 0
                for entry in answer.json["services"]:
                    line = (alert, version, entry["serviceId"])
                    lines.add((*line, "targeted"))
                    missing += "received" not in entry
                    if "received" in entry:
                        lines.add((*line, "received"))
                    if "acknowledged" in entry:
                        lines.add((*line, "acknowledged"))
                self.assertEqual(answer.json.get("notReceived", 0), missing)
        return lines, seqs

    def logbooks(self, published, units, seqs):
        """The same lines as the clients wrote them down."""
        lines = set()
        for alert, (areas, versions) in published.items():
            for version in versions:
                for name, area in self.areas.items():
                    if area in areas:
                        lines.add((alert, version, name, "targeted"))
                for unit in units:
                    if seqs[(alert, version)] in unit.received:
                        lines.add((alert, version, unit.name, "received"))
                    if (alert, version) in unit.confirmed:
                        lines.add((alert, version, unit.name, "acknowledged"))
        return lines

    async def test_the_ledger_is_what_the_clients_wrote_down(self):
        # Every tenth service never comes online.
        units = [Unit(self.broker, name, SEED + number) for number, name in enumerate(self.names) if number % 10 != 9]
        tasks = [asyncio.create_task(unit.run()) for unit in units]
        try:
            published = await self.publish()
            connected = {unit.name for unit in units}
            for unit in units:
                unit.steady.set()
            difference, expected = set(), 0
            for _ in range(WAIT_S * 2):
                known, seqs = await asyncio.to_thread(self.ledger, published)
                wrote = self.logbooks(published, units, seqs)
                difference, expected = known ^ wrote, len(wrote)
                due = {(alert, version, name, "received") for alert, version, name, what in known
                       if what == "targeted" and name in connected}
                if not difference and due <= known:
                    break
                await asyncio.sleep(0.5)
            self.assertEqual(sorted(difference)[:20], [])
            self.assertEqual(sorted(due - known)[:20], [], "concerned, connected, and not received")
            self.assertGreater(expected, ALERTS * UNITS // 10)
            self.assertGreater(sum(unit.cuts for unit in units), len(units))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    unittest.main()
