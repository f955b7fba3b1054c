"""The ledger's questions with real programs: notes, live stream, activity, reports."""

import csv
import io
import json
import pathlib
import queue
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import BIN, Broker  # noqa: E402
from support.command_line import TIME_S, gjallar  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402


class Watch:
    """`gjallar delivery ALERT --watch --json`, read line by line."""

    def __init__(self, broker, principal, alert):
        dev = broker.dev_dir
        self.process = subprocess.Popen(
            [str(BIN / "gjallar"), "--endpoint", broker.grpc_address, "--ca", str(dev / "ca.pem"), "--cert",
             str(dev / f"{principal}.pem"), "--key", str(dev / f"{principal}.key"), "--json", "delivery", alert, "--watch"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def until(self, holds):
        """The first ledger from now on for which `holds` is true."""
        while True:
            ledger = self.lines.get(timeout=TIME_S)
            if holds(ledger):
                return ledger

    def wait(self):
        return self.process.wait(timeout=TIME_S)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=TIME_S)
        self.reader.join(timeout=TIME_S)
        self.process.stdout.close()
        self.process.stderr.close()


class Ledger(unittest.TestCase):
    def setUp(self):
        self.broker = Broker().start()
        self.addCleanup(self.broker.close)
        register_services(self.broker)
        self.police = HttpClient(self.broker, "police")
        self.clinic = HttpClient(self.broker, "laro-malmo")
        self.coordinator = HttpClient(self.broker, "coordinator")

    def ok(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def issue(self, **changes):
        return self.ok(self.police.post("/v1/alerts", seizure(areas=["SE-1280"], roles=["laro"], **changes)), 201)

    def entry(self, alert, query=""):
        ledger = self.ok(self.police.get(f"/v1/alerts/{alert}/delivery{query}"))
        return [one for one in ledger["services"] if one["serviceId"] == "laro-malmo"][0]

    def test_a_note_is_on_the_ledger_and_one_that_may_point_at_a_person_changes_nothing(self):
        alert = self.issue()["alertId"]
        path = f"/v1/alerts/{alert}/acknowledge"
        for note, field in (("Skriv till asa.berg@exempel.se", "note"), ("En 23-årig man avled i Lund den 3 juni.", "note"),
                            ("a" * 201, "note")):
            refused = self.clinic.post(path, {"version": "1", "note": note})
            self.assertEqual(refused.status // 100, 4, refused)
            self.assertEqual(refused.json["field"], field)
            self.assertTrue(refused.json["advice"])
            self.assertNotIn("Lund", refused.text)
        self.assertNotIn("acknowledged", self.entry(alert))
        code, _, errors = gjallar(self.broker, "laro-malmo", "acknowledge", alert, "--note", "Uppsatt i väntrummet",
                                  "--pseudonym", "k7")
        self.assertEqual(code, 0, errors)
        entry = self.entry(alert)
        self.assertEqual((entry["note"], entry["acknowledgedBy"]), ("Uppsatt i väntrummet", "k7"))
        self.ok(self.clinic.post(path, {"version": "1", "note": "Sagt på morgonmötet"}))
        self.assertEqual(self.entry(alert)["note"], "Uppsatt i väntrummet")
        self.broker.kill9()
        self.broker.restart()
        self.police = HttpClient(self.broker, "police")
        self.assertEqual(self.entry(alert)["note"], "Uppsatt i väntrummet")

    def test_the_live_ledger_follows_receipts_sessions_and_versions_and_ends_with_the_broker(self):
        alert = self.issue()["alertId"]
        watch = Watch(self.broker, "police", alert)
        self.addCleanup(watch.close)
        first = watch.until(lambda ledger: True)
        self.assertEqual((first["notReceived"], first["version"]), (1, "1"))
        self.assertTrue(first["services"][0]["offline"])
        code, _, errors = gjallar(self.broker, "laro-malmo", "subscribe", "--after", "0", "--until-caught-up")
        self.assertEqual(code, 0, errors)
        watch.until(lambda ledger: "notReceived" not in ledger)
        self.ok(self.clinic.post(f"/v1/alerts/{alert}/acknowledge", {"version": "1"}))
        watch.until(lambda ledger: ledger.get("acknowledged") == 1)
        self.ok(self.police.post(f"/v1/alerts/{alert}/retract", {"reason": "Fel analys."}))
        retracted = watch.until(lambda ledger: ledger["version"] == "2")
        self.assertEqual(retracted["notReceived"], 1)
        self.broker.stop()
        self.assertEqual(watch.wait(), 1)

    def test_a_watch_is_refused_as_the_ledger_is(self):
        alert = self.issue()["alertId"]
        code, _, errors = gjallar(self.broker, "laro-malmo", "delivery", alert, "--watch")
        self.assertEqual(code, 1)
        self.assertIn("not_found", errors)

    def test_activity_tells_who_keeps_up_over_http_and_on_the_command_line(self):
        alert = self.issue()["alertId"]
        self.issue(headline="Övning", status="STATUS_EXERCISE")
        self.ok(self.clinic.post(f"/v1/alerts/{alert}/acknowledge", {"version": "1"}))
        services = self.ok(self.coordinator.get("/v1/services/activity?area=SE-12"))["services"]
        self.assertEqual(services[-1]["serviceId"], "laro-malmo")
        self.assertEqual((services[-1]["urgentAlerts"], services[-1]["urgentAcknowledged"]), (1, 1))
        exercises = self.ok(self.coordinator.get("/v1/services/activity?role=laro&exercises=1"))["services"]
        mine = [one for one in exercises if one["serviceId"] == "laro-malmo"][0]
        self.assertEqual((mine["urgentAlerts"], mine["urgentReceived"]), (1, 0))
        refused = self.clinic.get("/v1/services/activity")
        self.assertEqual((refused.status, refused.json["code"]), (403, "permission_denied"))
        code, out, errors = gjallar(self.broker, "coordinator", "activity", "--role", "laro")
        self.assertEqual(code, 0, errors)
        self.assertIn("laro-malmo", out)

    def test_an_exercise_has_a_drill_report(self):
        alert = self.issue(headline="Övning", status="STATUS_EXERCISE")["alertId"]
        self.ok(self.clinic.post(f"/v1/alerts/{alert}/acknowledge", {"version": "1", "note": "klart, tack"}))
        code, out, errors = gjallar(self.broker, "police", "delivery", alert, "--report", "csv")
        self.assertEqual(code, 0, errors)
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual([(row["service"], row["stage"], row["note"], row["status"]) for row in rows],
                         [("laro-malmo", "acknowledged", "klart, tack", "exercise")])
        code, out, errors = gjallar(self.broker, "police", "delivery", alert, "--report", "html")
        self.assertEqual(code, 0, errors)
        self.assertIn("<h1>Drill report GJ-", out)
        code, out, errors = gjallar(self.broker, "police", "delivery", alert, "--report", "table")
        self.assertEqual(code, 0, errors)
        self.assertIn("laro-malmo", out)

    def test_a_rebuild_folds_the_receipts_too_and_finds_nothing_to_mend(self):
        alert = self.issue()["alertId"]
        self.ok(self.clinic.post(f"/v1/alerts/{alert}/acknowledge", {"version": "1"}))
        code, out, errors = gjallar(self.broker, "operator", "--json", "rebuild")
        self.assertEqual(code, 0, errors)
        self.assertEqual(json.loads(out).get("differences", "0"), "0")
        self.assertIn("acknowledged", self.entry(alert))


if __name__ == "__main__":
    unittest.main()
