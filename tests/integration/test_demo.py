"""The demo scenario, played by the real command line against a real broker, and what can be asked of it afterwards."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("GJALLAR_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(SOURCE / "tests"))
from support.broker_process import BIN, Broker  # noqa: E402
from support.command_line import gjallar  # noqa: E402

SCENARIO = SOURCE / "tools/scenario/demo.json"
PLAY_TIME_S = 300
CHASE = ("--escalate-unreceived-after", "1")  # seconds, so that nobody waits a minute for the chase


def play_command(broker, scenario=SCENARIO):
    return [str(BIN / "gjallar"), "play", str(scenario), "--json", "--dev-dir", str(broker.dev_dir), "--endpoint",
            broker.grpc_address, "--http", broker.http_address]


class Demo(unittest.TestCase):
    def play(self, broker, at_line=None, do=None):
        """Plays the scenario; calls `do` after that many lines. The events as the player printed them."""
        process = subprocess.Popen(play_command(broker), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        lines = []
        self.ledgers = []
        for line in process.stdout:
            printed = json.loads(line)
            (self.ledgers if "ledger" in printed else lines).append(printed)
            if len(lines) == at_line:
                do()
        _, errors = process.communicate(timeout=PLAY_TIME_S)
        self.assertEqual(process.returncode, 0, errors.decode() + broker.log_text()[-2000:])
        return lines

    def assert_all_have_all(self, lines, late):
        """Every concerned service had each event at once; only the late one may have come later."""
        commands = [step for step in json.loads(SCENARIO.read_text())["steps"] if "as" in step]
        self.assertGreaterEqual(len(commands), 40)
        self.assertEqual(len(lines), len(commands) + 1)  # and the expiry
        refused = [line for line in lines if "refused" in line]
        self.assertEqual([line["refused"] for line in refused], ["personal_identifier"])
        for line in lines:
            if line in refused:
                continue
            self.assertGreater(line["concerns"], 0, line)
            self.assertLessEqual(line["concerns"] - line["have"], late, line)

    def test_every_concerned_service_has_everything(self):
        with Broker(*CHASE) as broker:
            lines = self.play(broker)
            self.assert_all_have_all(lines, late=3)
            with self.subTest("the ledger fills: three are missing, and then nobody is"):
                lacking = [line["not_received"] for line in self.ledgers]
                self.assertEqual((lacking[0], lacking[1], lacking[-1]), (3, 3, 0))
            with self.subTest("who was offline was called once, and the call is in the ledger"):
                alert = self.ledgers[-1]["ledger"]
                code, out, errors = gjallar(broker, "coordinator", "history", alert, "--json")
                self.assertEqual(code, 0, errors)
                types = [event["type"] for event in json.loads(out)["events"]]
                self.assertEqual(types.count("EVENT_TYPE_ALERT_ESCALATION_REPORTED"), 1)
            moved = next(line for line in lines if line.get("event") == "revise" and "moves from Stockholm" in line["say"])

            def clinic_saw(seq):
                code, out, errors = gjallar(broker, "operator", "view", "--service", "syringe-exchange-stockholm",
                                            "--as-of", seq, "--json")
                self.assertEqual(code, 0, errors)
                return {alert["reference"] for alert in json.loads(out).get("alerts", [])}

            with self.subTest("the alert that moved away stood on its screen, reached it as news and left its view"):
                self.assertIn(moved["alert"], clinic_saw(moved["seq"] - 1))
                self.assertNotIn(moved["alert"], clinic_saw(moved["seq"]))
                code, out, errors = gjallar(broker, "operator", "replay", "--service", "syringe-exchange-stockholm",
                                            "--from", moved["seq"], "--to", moved["seq"], "--json")
                self.assertEqual(code, 0, errors)
                self.assertEqual(json.loads(out.splitlines()[0])["event"]["seq"], str(moved["seq"]))
            with self.subTest("the log is intact and its views are what it folds to"):
                code, out, errors = gjallar(broker, "operator", "verify", "--json")
                self.assertEqual((code, json.loads(out)["intact"]), (0, True), errors)
                code, out, errors = gjallar(broker, "operator", "rebuild", "--json")
                self.assertEqual((code, json.loads(out).get("differences", "0")), (0, "0"), errors)
            with self.subTest("the expired alert is gone from the view and expired in its history"):
                expired = next(line for line in lines if line.get("event") == "expired")
                code, out, _ = gjallar(broker, "operator", "view", "--all", "--json")
                phases = {alert["reference"]: alert["phase"] for alert in json.loads(out)["alerts"]}
                self.assertEqual(phases[expired["alert"]], "PHASE_EXPIRED")
            with self.subTest("offline, the folder verifies without a broker"):
                broker.stop()
                run = subprocess.run([str(BIN / "gjallar"), "verify", "--data-dir", str(broker.data_dir)],
                                     capture_output=True, timeout=60, check=False)
                self.assertEqual(run.returncode, 0, run.stderr.decode())
                self.assertIn("intact", run.stdout.decode())

    def test_what_the_run_shows(self):
        """What `tools/dev run --once` prints, by the same commands."""
        with Broker(*CHASE) as broker:
            run = subprocess.run([word for word in play_command(broker) if word != "--json"], stdin=subprocess.DEVNULL,
                                 capture_output=True, timeout=PLAY_TIME_S, check=False)
            self.assertEqual(run.returncode, 0, run.stderr.decode())
            lines = [line for line in run.stdout.decode().splitlines() if "GJ-" in line]
            with self.subTest("an exercise is marked as one, beside actual alerts that aren't"):
                said = [step["say"] for step in json.loads(SCENARIO.read_text())["steps"] if step.get("name") == "national-exercise"]
                self.assertEqual([line.split("[EXERCISE] ")[1] for line in lines if "[EXERCISE] " in line], said)
                self.assertGreater(len(lines), 30 + len(said))
                code, out, errors = gjallar(broker, "operator", "view", "--all", "--status", "exercise")
                self.assertEqual(code, 0, errors)
                self.assertIn("EXERCISE", out.upper())
                code, out, _ = gjallar(broker, "operator", "view", "--all", "--json")
                self.assertEqual({alert["content"]["status"] for alert in json.loads(out)["alerts"]}, {"STATUS_ACTUAL"})
            with self.subTest("a report stands there with what became of it"):
                report = next(line.split()[line.split().index(word)] for line in lines if "conclude the report" in line
                              for word in line.split() if word.startswith("GJ-"))
                code, out, errors = gjallar(broker, "coordinator", "view", report)
                self.assertEqual(code, 0, errors)
                self.assertIn("shared-for-information", out)
                self.assertNotIn("not concluded yet", out)
            code, out, _ = gjallar(broker, "coordinator", "view", "--json")
            standing = json.loads(out)["alerts"][0]["reference"]
            with self.subTest("an alert is a CAP message"):
                code, out, errors = gjallar(broker, "coordinator", "export", "cap", standing)
                self.assertEqual(code, 0, errors)
                self.assertIn("<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"", out)
                self.assertIn(standing, out)
            with self.subTest("an alert is a European notification of items a to j, and what isn't stated is said"):
                code, out, errors = gjallar(broker, "coordinator", "--json", "export", "edas", standing)
                self.assertEqual(code, 0, errors)
                document = json.loads(out)
                self.assertEqual([item["letter"] for item in document["items"]], list("abcdefghij"))
                for item in document["items"]:
                    self.assertTrue(item["title"])
                    self.assertTrue(item.get("statements") or item.get("gaps"), item)

    def test_a_kill_in_the_middle_changes_nothing_in_the_end(self):
        with Broker(*CHASE) as broker:
            def kill_and_restart():
                broker.kill9()
                broker.restart()

            lines = self.play(broker, at_line=17, do=kill_and_restart)
            self.assert_all_have_all(lines, late=3)
            code, out, errors = gjallar(broker, "operator", "verify", "--json")
            self.assertEqual((code, json.loads(out)["intact"]), (0, True), errors)

    def test_what_is_missing_is_listed_and_fails(self):
        scenario = json.loads(SCENARIO.read_text())
        # Without its "connect" step the late service never comes online.
        scenario["steps"] = [step for step in scenario["steps"] if "connect" not in step and "wait_expired" not in step
                             and "wait_called" not in step and step.get("as") not in ("prison-health-bergen", "escalator")]
        with Broker(*CHASE) as broker:
            path = broker.folder / "scenario.json"
            path.write_text(json.dumps(scenario))
            run = subprocess.run(play_command(broker, path), stdin=subprocess.DEVNULL, capture_output=True,
                                 timeout=PLAY_TIME_S, check=False)
            self.assertEqual(run.returncode, 1)
            self.assertIn("prison-health-bergen has not received seq", run.stderr.decode())


if __name__ == "__main__":
    unittest.main()
