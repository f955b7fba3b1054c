"""The directory's tools with a real broker: a token's whole life over gRPC, HTTP and WebSocket, services out of a file with
a preview, and contacts that stand nowhere but in their store."""

import asyncio
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import BIN, SOURCE, Broker  # noqa: E402
from support.command_line import gjallar  # noqa: E402
from support.http_client import CALL_TIME_S, HttpClient, register_services, seizure  # noqa: E402

import grpc  # noqa: E402
import websockets  # noqa: E402
from websockets.exceptions import ConnectionClosed, InvalidStatusCode  # noqa: E402

TIME_S = contract.CALL_TIME_S
CREDENTIALS_REVOKED = 4002
# Numbers kept for fiction.
DAY_NUMBER, NIGHT_NUMBER, MAIL = "+46 8 465 004 01", "+46 8 465 004 02", "jour@malmo.example.org"
VALUES = ("+4684650040", "8 465 004 0", "jour@malmo")


class DirectoryTools(unittest.TestCase):
    def setUp(self):
        self.broker = Broker("--heartbeat-ms", "300").start()
        self.addCleanup(self.broker.close)
        register_services(self.broker)

    def run_as(self, principal, *words):
        return gjallar(self.broker, principal, *words)

    def done(self, principal, *words):
        code, out, errors = self.run_as(principal, *words)
        self.assertEqual(code, 0, (words, errors))
        return out

    def failed(self, principal, *words):
        """The error of a command that must fail, as the contract has it."""
        code, out, errors = self.run_as(principal, *words, "--json")
        self.assertEqual(code, 1, (words, out, errors))
        return json.loads(errors)

    def with_token(self, token, *words):
        """The command line by a token instead of a certificate."""
        run = subprocess.run([str(BIN / "gjallar"), "--endpoint", self.broker.grpc_address, "--ca",
                              str(self.broker.dev_dir / "ca.pem"), "--token", token, *words],
                             stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        return run.returncode, run.stdout.decode(), run.stderr.decode()

    def head(self):
        return int(json.loads(self.done("operator", "status", "--json"))["headSeq"])

    def list_over_grpc(self, token):
        """The canonical code of a call by this token; None if it was answered."""
        client = contract.client(self.broker)
        self.addCleanup(client.channel.close)
        try:
            client.view.ListAlerts(contract.view.ListAlertsRequest(), timeout=TIME_S,
                                   metadata=(("authorization", "Bearer " + token),))
            return None
        except grpc.RpcError as failure:
            return failure.code()

    async def connect(self, token):
        return await websockets.connect(f"ws://{self.broker.http_address}/v1/stream?client_id=test",
                                        extra_headers={"Authorization": "Bearer " + token},
                                        subprotocols=["cloudevents.json"], compression=None, ping_interval=None)

    async def until_closed(self, socket):
        """The types of the frames and the close code."""
        types = []
        try:
            while True:
                types.append(json.loads(await asyncio.wait_for(socket.recv(), CALL_TIME_S))["type"])
        except ConnectionClosed as end:
            return types, end.rcvd.code

    def works_everywhere(self, token):
        """Used over gRPC, HTTP and WebSocket."""
        self.assertIsNone(self.list_over_grpc(token))
        self.assertEqual(HttpClient(self.broker, token=token).get("/v1/alerts").status, 200)

        async def session():
            socket = await self.connect(token)
            first = json.loads(await asyncio.wait_for(socket.recv(), CALL_TIME_S))
            await socket.close()
            return first["type"]
        self.assertEqual(asyncio.run(session()), "gjallar.v1.hello")

    def is_refused_everywhere(self, token):
        self.assertEqual(self.list_over_grpc(token), grpc.StatusCode.UNAUTHENTICATED)
        answer = HttpClient(self.broker, token=token).get("/v1/alerts")
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.json["code"], "unauthenticated")
        with self.assertRaises(InvalidStatusCode) as refusal:
            asyncio.run(self.connect(token))
        self.assertEqual(refusal.exception.status_code, 401)

    def test_the_whole_life_of_a_token(self):
        token = self.done("operator", "token", "issue", "laro-malmo").strip()
        self.assertRegex(token, r"^[0-9a-f]{16}\.[0-9a-f]{64}$")
        token_id = token.partition(".")[0]
        self.works_everywhere(token)
        self.broker.restart()
        self.works_everywhere(token)

        new = self.done("operator", "token", "rotate", token_id, "--overlap", "1h").strip()
        self.assertEqual(new.partition(".")[0], token_id)
        self.works_everywhere(new)
        self.works_everywhere(token)
        last = self.done("operator", "token", "rotate", token_id).strip()
        self.is_refused_everywhere(token)
        self.is_refused_everywhere(new)
        self.works_everywhere(last)
        self.assertIn("in force", self.done("operator", "token", "list"))

        async def revoke_with_a_session_open():
            socket = await self.connect(last)
            await asyncio.wait_for(socket.recv(), CALL_TIME_S)  # hello
            by_file = await self.connect(self.broker.token("laro-malmo"))
            await asyncio.wait_for(by_file.recv(), CALL_TIME_S)
            await asyncio.to_thread(self.done, "operator", "token", "revoke", token_id, "--reason", "The laptop was lost.")
            closed = await self.until_closed(socket)
            self.assertTrue(by_file.open)
            await by_file.close()
            return closed
        types, code = asyncio.run(revoke_with_a_session_open())
        self.assertEqual(types[-1], "gjallar.v1.goodbye")
        self.assertEqual(code, CREDENTIALS_REVOKED)
        self.is_refused_everywhere(last)
        self.broker.kill9()
        self.broker.start()
        self.is_refused_everywhere(last)
        self.is_refused_everywhere(token)
        self.assertNotIn(token_id, self.done("operator", "token", "list"))
        listed = json.loads(self.done("operator", "token", "list", "--all", "--json"))["tokens"]
        self.assertEqual([(one["tokenId"], one["principal"], one["revoked"]) for one in listed],
                         [(token_id, "laro-malmo", True)])
        self.assertEqual(json.loads(self.done("operator", "rebuild", "--json")).get("differences", "0"), "0")

    def test_a_grpc_session_and_a_feed_end_with_their_token(self):
        token = self.done("operator", "token", "issue", "laro-malmo").strip()
        client = contract.client(self.broker)
        self.addCleanup(client.channel.close)
        hello_seen, reasons = [], []
        start = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id="test"))
        call = client.subscriber.Subscribe(iter([start]), metadata=(("authorization", "Bearer " + token),))
        with self.assertRaises(grpc.RpcError) as ended:
            for message in call:
                if message.frame.WhichOneof("frame") == "hello":
                    hello_seen.append(True)
                    self.done("operator", "token", "revoke", token.partition(".")[0])
                if message.frame.WhichOneof("frame") == "goodbye":
                    reasons.append(message.frame.goodbye.reason)
        self.assertEqual(hello_seen, [True])
        self.assertEqual(reasons, [contract.delivery.GOODBYE_REASON_CREDENTIALS_REVOKED])
        self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAUTHENTICATED)

        token = self.done("operator", "token", "issue", "police").strip()
        answers = []

        def items():
            for number in (1, 2):
                yield contract.publisher.FeedRequest(
                    idempotency_key=f"item-{number}",
                    command=contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure())))
                while len(answers) < number:
                    ready.wait(TIME_S)
                    ready.clear()
                if number == 1:
                    self.done("operator", "token", "revoke", token.partition(".")[0])
        ready = threading.Event()
        for answer in client.publisher.Feed(items(), metadata=(("authorization", "Bearer " + token),), timeout=60):
            answers.append(answer)
            ready.set()
        self.assertTrue(answers[0].HasField("outcome"))
        self.assertEqual(answers[1].error.code, contract.error.ERROR_CODE_UNAUTHENTICATED)

    def test_a_replay_ends_soon_after_its_token_and_when_it_is_cancelled(self):
        """While it waits for an event's time, and while its messages wait for a reader."""
        content = contract.seizure()
        content.texts[0].description = ("Kapslar som ser ut som tramadol innehåller fentanyl. " * 200)[:8000]
        command = contract.command.Command(issue=contract.command.IssueAlert(content=content))
        items = [contract.publisher.FeedRequest(idempotency_key=f"long-{number}", command=command) for number in range(2000)]
        client, police = contract.client(self.broker), contract.client(self.broker, "police")
        self.addCleanup(client.channel.close)
        self.addCleanup(police.channel.close)
        last = list(police.publisher.Feed(iter(items), timeout=60))[-1].outcome.seq  # 16 MB, more than any buffer on the way
        for request in (contract.operator.ReplayRequest(speed=1e-9), contract.operator.ReplayRequest(),
                        contract.operator.ReplayRequest(batches=True)):
            token = self.done("operator", "token", "issue", "operator").strip()
            replay = client.operator.Replay(request, metadata=(("authorization", "Bearer " + token),), timeout=60)
            steps = [next(replay)]
            self.done("operator", "token", "revoke", token.partition(".")[0])
            with self.assertRaises(grpc.RpcError) as ended:
                steps.extend(replay)
            self.assertEqual(ended.exception.code(), grpc.StatusCode.UNAUTHENTICATED)
            self.assertEqual(contract.error_of(ended.exception).code, contract.error.ERROR_CODE_UNAUTHENTICATED)
            self.assertLess(sum(step.HasField("event") + len(step.batch.events) for step in steps), last)
        operator = contract.client(self.broker, "operator")
        self.addCleanup(operator.channel.close)
        cancelled = operator.operator.Replay(contract.operator.ReplayRequest(batches=True), timeout=60)
        self.assertEqual(next(cancelled).batch.events[0].seq, 1)
        cancelled.cancel()
        with self.assertRaises(grpc.RpcError) as ended:
            list(cancelled)
        self.assertEqual(ended.exception.code(), grpc.StatusCode.CANCELLED)

    def test_a_repeat_tells_no_token_and_who_may_not_operate_gets_none(self):
        self.done("operator", "token", "issue", "laro-malmo", "--idempotency-key", "key-1")
        head = self.head()
        again = self.failed("operator", "token", "issue", "laro-malmo", "--idempotency-key", "key-1")
        self.assertIn("rotate", again["advice"])
        reused = self.failed("operator", "token", "issue", "police", "--idempotency-key", "key-1")
        self.assertEqual(reused["code"], "ERROR_CODE_IDEMPOTENCY_KEY_REUSED")
        self.assertEqual(self.failed("operator", "token", "issue", "nobody-knows")["field"], "principal")
        self.assertEqual(self.failed("police", "token", "issue", "police")["code"], "ERROR_CODE_PERMISSION_DENIED")
        self.assertEqual(self.failed("police", "token", "list")["code"], "ERROR_CODE_PERMISSION_DENIED")
        self.assertEqual(self.failed("operator", "token", "revoke", "0" * 16)["code"], "ERROR_CODE_NOT_FOUND")
        self.assertEqual(self.failed("operator", "token", "rotate", "0" * 16, "--overlap", "31d")["field"], "overlap")
        self.assertEqual(self.head(), head)
        token_id = json.loads(self.done("operator", "token", "list", "--json"))["tokens"][0]["tokenId"]
        self.done("operator", "token", "revoke", token_id)
        self.assertEqual(self.failed("operator", "token", "revoke", token_id)["code"], "ERROR_CODE_NOTHING_TO_CHANGE")
        replayed = [json.loads(line) for line in self.done("operator", "replay", "--json").splitlines()]
        changes = [step["event"] for step in replayed if step.get("event", {}).get("type", "").startswith("EVENT_TYPE_TOKEN_")]
        self.assertEqual([(event["type"], event["principal"]) for event in changes],
                         [("EVENT_TYPE_TOKEN_ISSUED", "operator"), ("EVENT_TYPE_TOKEN_REVOKED", "operator")])

    def test_the_first_token_is_made_as_the_page_for_operators_says(self):
        page = (SOURCE / "docs/operate.md").read_text()
        recipe = re.search(r"((?:^    [^\n]*\n)*^    id=\$\(openssl rand.*?\n(?:^    [^\n]*\n)*)", page, re.MULTILINE).group(1)
        run = subprocess.run(["bash", "-ec", recipe], cwd=self.broker.data_dir, capture_output=True, timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        token = run.stdout.decode().split()[-1]
        self.broker.restart()
        code, out, errors = self.with_token(token, "token", "issue", "police")
        self.assertEqual(code, 0, errors)
        self.works_for_police(out.strip())
        self.assertNotIn(token.partition(".")[2], (self.broker.data_dir / "tokens.toml").read_text())

    def test_the_commands_of_the_page_for_operators_work_as_they_stand(self):
        page = (SOURCE / "docs/operate.md").read_text()
        page = page[page.index("## Tokens"):page.index("Renewed certificates")]
        services = re.search(r'^    \{"services".*?^    \]\}', page, re.MULTILINE | re.DOTALL).group(0)
        (self.broker.folder / "services.json").write_text(services)
        commands = re.findall(r"(?:`|^    )gjallar ((?:token|service|replay) [^`\n]+)", page, re.MULTILINE)
        commands = [command for command in commands if not command.startswith("service list --json")]
        commands.sort(key=lambda command: command.startswith("service disable"))  # at last: it never comes back
        self.assertGreaterEqual(len(commands), 14)
        token_id = ""
        for command in commands:
            words = [token_id if word == "ID" else word for word in shlex.split(command)]
            words = [str(self.broker.folder / word) if word == "services.json" else word for word in words]
            out = self.done("operator", *words)
            if words[:2] == ["token", "issue"]:
                token_id = out.partition(".")[0]
        self.assertIn("revoked", self.done("operator", "token", "list", "--all"))

    def works_for_police(self, token):
        answer = HttpClient(self.broker, token=token).post("/v1/alerts", seizure())
        self.assertEqual(answer.status, 201, answer)

    def file_of(self, services):
        handle, path = tempfile.mkstemp(suffix=".json", dir=self.broker.folder)
        with os.fdopen(handle, "w") as file:
            json.dump({"services": services}, file)
        return path

    def test_a_file_is_previewed_applied_and_then_there_is_nothing_to_change(self):
        lund = {"service_id": "laro-lund", "name": "LARO Lund", "areas": ["SE-1281"], "roles": ["laro"],
                "opening_hours": "mon-fri 08:00-16:30", "time_zone": "Europe/Stockholm", "minimum_grade": "warning"}
        malmo = {"service_id": "laro-malmo", "name": "LARO Malmö", "areas": ["SE-1280", "SE-1281"], "roles": ["laro"],
                 "time_zone": "Europe/Stockholm", "include_neighbours": True}
        stockholm = {"service_id": "syringe-exchange-stockholm", "name": "Sprutbyte Stockholm", "areas": ["SE-0180"],
                     "roles": ["syringe-exchange"], "time_zone": "Europe/Stockholm"}
        path = self.file_of([lund, malmo, stockholm])
        before = self.head()
        words = ("service", "apply", path, "--disable-missing", "--preview")
        shown = self.done("operator", *words)
        self.assertIn("1 to add, 1 to change, 2 to disable, 1 unchanged", shown)
        self.assertRegex(shown, r"change +laro-malmo +areas +SE-1280 +SE-1280 SE-1281\n")
        self.assertRegex(shown, r"change +laro-malmo +include_neighbours +no +yes\n")
        plan = json.loads(self.done("operator", *words, "--json"))
        self.assertEqual((plan["preview"], plan["added"], plan["disabled"], plan["unchanged"]),
                         (True, ["laro-lund"], ["ambulance-skane", "emergency-malmo"], ["syringe-exchange-stockholm"]))
        self.assertEqual(self.head(), before)

        self.assertIn("done: 4 changes", self.done("operator", "service", "apply", path, "--disable-missing"))
        self.assertEqual(self.head(), before + 4)
        self.assertIn("nothing to change", self.done("operator", "service", "apply", path, "--disable-missing"))
        self.assertEqual(self.head(), before + 4)
        entry = json.loads(self.done("operator", "service", "show", "laro-lund", "--json"))
        self.assertEqual(entry["service"]["openingHours"][0], {"weekday": 1, "opensMinute": 480, "closesMinute": 990})
        self.assertIn("mon-fri 08:00-16:30", self.done("operator", "service", "show", "laro-lund"))
        listed = self.done("operator", "service", "list", "--json")
        pathlib.Path(path).write_text(listed)
        self.assertIn("nothing to change", self.done("operator", "service", "apply", path))
        disabled = self.file_of([lund, {**stockholm, "service_id": "emergency-malmo"}])
        error = self.failed("operator", "service", "apply", disabled)
        self.assertEqual((error["code"], error["field"]), ("ERROR_CODE_SERVICE_DISABLED", "services[1].service_id"))

    def test_nothing_of_a_file_is_applied_when_one_entry_is_wrong(self):
        good = {"service_id": "laro-lund", "name": "LARO Lund", "areas": ["SE-1281"], "roles": ["laro"]}
        before = self.head()
        for wrong, field in (({"areas": ["SE-9999"]}, "services[1].areas[0]"), ({"roles": ["wizard"]}, "services[1].roles[0]"),
                             ({"name": ""}, "services[1].name"), ({"opening_hours": "mon-fri"}, "services[1].opening_hours"),
                             ({"opening_hours": "mon 08:00-09:00"}, "services[1].time_zone"),
                             ({"name": "Ring 070-174 06 05"}, "services[1].name"), ({"telephone": "1"}, "services[1].telephone"),
                             ({"service_id": "laro-lund"}, "services[1].service_id")):
            path = self.file_of([good, {**good, "service_id": "laro-ystad", **wrong}])
            for more in ((), ("--preview",)):
                error = self.failed("operator", "service", "apply", path, *more)
                self.assertEqual(error["field"], field, error)
                self.assertTrue(error["advice"], error)
        self.assertEqual(self.head(), before)
        error = self.failed("police", "service", "apply", self.file_of([good]))
        self.assertEqual(error["code"], "ERROR_CODE_PERMISSION_DENIED")
        self.assertEqual(self.head(), before)

    def test_a_service_is_changed_field_by_field(self):
        self.done("operator", "service", "change", "laro-malmo", "--opening-hours", "mon-fri 08:00-16:30; fri 22:00-02:00",
                  "--neighbours", "--minimum-grade", "warning")
        shown = self.done("operator", "service", "show", "laro-malmo")
        for line in (r"open +mon-thu 08:00-16:30; fri 08:00-16:30 22:00-24:00; sat 00:00-02:00\n", r"neighbours +yes\n",
                     r"minimum grade +warning\n", r"time zone +Europe/Stockholm\n", r"name +LARO Malmö\n"):
            self.assertRegex(shown, line)
        self.done("operator", "service", "change", "laro-malmo", "--opening-hours", "always", "--no-neighbours",
                  "--minimum-grade", "none")
        service = json.loads(self.done("operator", "service", "show", "laro-malmo", "--json"))["service"]
        self.assertEqual({"openingHours", "includeNeighbours", "minimumGrade"} & service.keys(), set())
        error = self.failed("operator", "service", "change", "laro-malmo", "--opening-hours", "weekdays")
        self.assertEqual(error["field"], "opening-hours")

    def test_contacts_stand_in_their_store_alone(self):
        code, out, _ = self.run_as("operator", "service", "contacts", "laro-malmo")
        self.assertIn("no contacts", out)
        for option in ("--on-call", "--add"):  # without a number or an address
            code, out, errors = self.run_as("operator", "service", "contacts", "laro-malmo", option, "--json")
            self.assertEqual(code, 2, (out, errors))
            self.assertEqual(json.loads(errors)["field"], "telephone")
        self.done("operator", "service", "contacts", "laro-malmo", "--telephone", DAY_NUMBER, "--mail", MAIL)
        self.assertFalse(json.loads(self.done("operator", "service", "show", "laro-malmo", "--json")).get("hasOnCall", False))
        self.done("operator", "service", "contacts", "laro-malmo", "--add", "--telephone", NIGHT_NUMBER, "--on-call")
        self.assertTrue(json.loads(self.done("operator", "service", "show", "laro-malmo", "--json"))["hasOnCall"])
        for start in range(2):
            shown = self.done("operator", "service", "contacts", "laro-malmo")
            for line in (r"telephone +\+46846500401 +no\n", r"mail +jour@malmo.example.org +no\n", r"telephone +\+46846500402 +yes\n"):
                self.assertRegex(shown, line)
            if start == 0:
                self.broker.restart()
        error = self.failed("operator", "service", "contacts", "laro-malmo", "--telephone", "08-465 004 03")
        self.assertEqual(error["field"], "contacts[0].value")
        self.assertNotIn("465", json.dumps(error))
        for principal in ("police", "laro-malmo", "auditor"):
            for words in ((), ("--telephone", DAY_NUMBER)):
                denied = self.failed(principal, "service", "contacts", "laro-malmo", *words)
                self.assertEqual(denied["code"], "ERROR_CODE_PERMISSION_DENIED")
        replayed = self.done("operator", "replay", "--json")
        self.assertEqual(replayed.count("EVENT_TYPE_SERVICE_CONTACTS_CHANGED"), 2)
        log = self.broker.log_text()
        self.assertIn("audit: operator set the contacts of laro-malmo", log)
        self.assertIn("audit: operator read the contacts of laro-malmo", log)
        self.assertIn("audit: police was refused the contacts of laro-malmo", log)

        elsewhere = [log, replayed, self.broker.operations("/metrics")[1], self.done("operator", "service", "list", "--json")]
        found = []
        for path in self.broker.data_dir.rglob("*"):
            if not path.is_file():
                continue
            text = path.read_bytes().decode("latin-1")
            hits = [value for value in VALUES if value in text]
            if path.is_relative_to(self.broker.data_dir / "contacts"):
                found += hits
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)
            else:
                self.assertEqual(hits, [], path)
        self.assertEqual({VALUES[0], VALUES[2]}, set(found))
        for text in elsewhere:
            for value in VALUES:
                self.assertNotIn(value, text)
        self.done("operator", "service", "contacts", "laro-malmo", "--remove-all")
        everything = b"".join(path.read_bytes() for path in (self.broker.data_dir / "contacts").rglob("*") if path.is_file())
        self.assertNotIn(b"4650040", everything)
        error = self.failed("operator", "service", "contacts", "laro-malmo", "--remove-all")
        self.assertEqual((error["code"], error["field"]), ("ERROR_CODE_NOTHING_TO_CHANGE", "contacts"))


if __name__ == "__main__":
    unittest.main()
