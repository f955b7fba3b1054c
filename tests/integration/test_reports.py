"""Reports, conclusions, near-duplicates, exercises, short texts and shortages, as those who use them meet them."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import BIN, Broker  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402

REPORT = {"kind": "ALERT_KIND_ADULTERATION", "subject": "tramadol", "dangerCriteria": ["DANGER_CRITERION_ACUTE_HARM"],
          "area": "SE-1280", "seenAt": "2025-06-01T12:00:00Z", "certainty": "CERTAINTY_LIKELY"}
FIELDS = {"kind": "kind", "subject": "subject", "dangerCriteria": "danger_criteria", "area": "area", "seenAt": "seen_at",
          "certainty": "certainty"}


class Reports(unittest.TestCase):
    def setUp(self):
        self.broker = Broker(duplicate_days=14)
        self.broker.start()
        self.addCleanup(self.broker.close)
        register_services(self.broker, ("laro-malmo", "ambulance-skane"))
        self.police = HttpClient(self.broker, "police")
        self.clinic = HttpClient(self.broker, "laro-malmo")
        self.coordinator = HttpClient(self.broker, "coordinator")

    def cli(self, principal, *words, code=0):
        dev = self.broker.dev_dir
        given = {**os.environ, "GJALLAR_ENDPOINT": self.broker.grpc_address, "GJALLAR_CA": str(dev / "ca.pem"),
                 "GJALLAR_CERT": str(dev / f"{principal}.pem"), "GJALLAR_KEY": str(dev / f"{principal}.key"), "TZ": "UTC"}
        run = subprocess.run([str(BIN / "gjallar"), *map(str, words)], env=given, stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=60, check=False)
        self.assertEqual(run.returncode, code, run.stderr.decode())
        return run.stdout.decode() if code == 0 else run.stderr.decode()

    def ok(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def test_a_clinic_reports_by_command_line_and_hears_the_outcome(self):
        out = self.cli("laro-malmo", "report", "--kind", "adulteration", "--subject", "tramadol", "--danger", "acute-harm",
                       "--area", "SE-1280", "--seen", "now", "--certainty", "likely", "--language", "sv")
        reference = out.split()[0]
        self.assertRegex(reference, r"^GJ-")
        shown = self.cli("coordinator", "view", reference)
        self.assertIn("urgent (unverified)", shown)
        self.assertIn("report, not concluded yet", shown)
        self.assertIn("Uppblandat eller felsålt: tramadol, Malmö", shown)
        self.cli("coordinator", "conclude", reference, "--outcome", "no-action", code=1)
        self.cli("coordinator", "conclude", reference, "--outcome", "no-action", "--reason", "known since Monday")
        heard = self.cli("laro-malmo", "subscribe", "--after", "0", "--until-caught-up", "--client-id", "test")
        self.assertIn("alert concluded", heard)
        history = self.cli("laro-malmo", "history", reference)
        self.assertIn("known since Monday", history)
        self.assertNotIn("alert concluded", self.cli("ambulance-skane", "subscribe", "--after", "0", "--until-caught-up"))

    def test_a_reporter_confirms_a_text_on_the_command_line(self):
        details = self.broker.folder / "details.json"
        details.write_text(json.dumps({"texts": [{"language": "sv", "description": "En 23-årig man avled i Lund den 3 juni."}]}))
        words = ("report", "--kind", "adulteration", "--subject", "tramadol", "--danger", "dangerous-use", "--area", "SE-12",
                 "--seen", "now", "--certainty", "possible", "--file", details)
        self.assertIn("confirm_required", self.cli("laro-malmo", *words, code=1))
        self.assertRegex(self.cli("laro-malmo", *words, "--confirm", "it was in the papers"), r"^GJ-")

    def test_a_report_by_http_becomes_an_alert(self):
        for name, field in FIELDS.items():
            answer = self.clinic.post("/v1/reports", {key: value for key, value in REPORT.items() if key != name})
            self.assertEqual((answer.status, answer.json["code"], answer.json["field"]),
                             (400, "missing_field", "report." + field))
        answer = self.clinic.post("/v1/reports", REPORT, {"Idempotency-Key": "r-1"})
        report = self.ok(answer, 201)
        self.assertEqual(answer.headers["Location"], "/v1/alerts/" + report["alertId"])
        self.assertTrue(self.ok(self.clinic.post("/v1/reports", REPORT, {"Idempotency-Key": "r-1"}))["duplicate"])
        alert = self.ok(self.coordinator.post("/v1/alerts", seizure(urgent=False)), 201)
        path = f"/v1/alerts/{report['reference']}/conclude"
        self.assertEqual(self.police.post(path, {"outcome": "REPORT_OUTCOME_NO_ACTION", "reason": "x"}).status, 403)
        self.ok(self.coordinator.post(path, {"outcome": "REPORT_OUTCOME_ALERT", "supersededBy": alert["reference"]}))
        stands = self.ok(self.clinic.get("/v1/alerts/" + report["alertId"]))["alert"]
        self.assertEqual((stands["phase"], stands["reportOutcome"], stands["supersededBy"]),
                         ("PHASE_SUPERSEDED", "REPORT_OUTCOME_ALERT", alert["alertId"]))

    def test_a_report_by_grpc_and_on_a_feed(self):
        clinic = contract.client(self.broker, "laro-malmo")
        self.addCleanup(clinic.channel.close)
        report = {"kind": "ALERT_KIND_NEW_SUBSTANCE", "subject": "protonitazene", "area": "SE-12",
                  "danger_criteria": ["DANGER_CRITERION_HIGH_STRENGTH"], "certainty": "CERTAINTY_POSSIBLE",
                  "seen_at": {"seconds": 1748779200}}
        answer = clinic.publisher.Report(contract.publisher.ReportRequest(report=report), timeout=10)
        self.assertTrue(answer.outcome.reference.startswith("GJ-"))
        items = [contract.publisher.FeedRequest(idempotency_key="f-1", command={"report": report})]
        responses = list(clinic.publisher.Feed(iter(items), timeout=10))
        self.assertEqual(len(responses), 1)
        self.assertEqual(responses[0].outcome.possible_duplicates[0].alert_id, answer.outcome.alert_id)

    def test_a_person_is_asked_about_a_near_duplicate_and_may_confirm(self):
        first = self.ok(self.police.post("/v1/alerts", seizure(urgent=False)), 201)
        answer = self.police.post("/v1/alerts", seizure(areas=["SE-1280"], urgent=False))
        self.assertEqual((answer.status, answer.json["code"]), (409, "possible_duplicate"), answer)
        self.assertEqual(answer.json["possible_duplicates"][0]["reference"], first["reference"])
        words = ("publish", "--kind", "seizure", "--headline", "Kapslar", "--area", "SE-12", "--urgency", "future", "--severity",
                 "minor", "--certainty", "likely", "--substance", "fentanyyli")
        self.assertIn(first["reference"], self.cli("police", *words, code=1))
        self.cli("police", *words, "--no-duplicate", "another batch")
        urgent = self.ok(self.police.post("/v1/alerts", seizure()), 201)
        self.assertEqual(len(urgent["possibleDuplicates"]), 2)

    def test_an_exercise_is_marked_everywhere_and_in_views_of_its_own(self):
        real = self.ok(self.police.post("/v1/alerts", seizure()), 201)
        drill = self.ok(self.police.post("/v1/alerts", seizure(status="STATUS_EXERCISE")), 201)
        listed = lambda query: [alert["reference"] for alert in self.ok(self.coordinator.get(query)).get("alerts", [])]
        self.assertEqual(listed("/v1/alerts"), [real["reference"]])
        self.assertEqual(listed("/v1/alerts?status=exercise"), [drill["reference"]])
        self.assertEqual(self.coordinator.get("/v1/alerts?status=real").json["field"], "status")
        self.assertNotIn(drill["reference"], self.cli("coordinator", "view"))
        self.assertIn("ÖVNING Tramadol", self.cli("coordinator", "view", "--status", "exercise"))
        for length in ("sms", "summary", "full"):
            text = self.coordinator.get(f"/v1/alerts/{drill['alertId']}?length={length}&language=sv").text
            self.assertTrue(text.startswith("ÖVNING "), text)
            self.assertEqual(self.cli("coordinator", "view", drill["reference"], "--length", length), text)
        self.assertIn("ÖVNING", self.cli("laro-malmo", "subscribe", "--after", "0", "--until-caught-up"))
        metrics = self.broker.operations("/metrics")[1]
        self.assertIn('gjallar_alert_events_total{status="exercise"} 1', metrics)
        self.assertIn('gjallar_alert_events_total{status="actual"} 1', metrics)
        refers = seizure(status="STATUS_EXERCISE", references=[{"alertId": real["reference"]}])
        self.assertEqual(self.police.post("/v1/alerts", refers).json["field"], "issue.content.references[0]")

    def test_grades_show_both_and_an_assessment_needs_a_reason(self):
        alert = self.ok(self.police.post("/v1/alerts", seizure()), 201)
        lower = ("grade", alert["reference"], "--urgency", "future", "--severity", "severe", "--certainty", "observed")
        self.assertIn("grade.reason", self.cli("coordinator", *lower, code=1))
        self.cli("coordinator", *lower, "--reason", "seized in full")
        self.assertIn("urgent → warning", self.cli("coordinator", "view"))
        self.assertIn("urgent → warning", self.cli("coordinator", "history", alert["reference"]))

    def test_an_observation_adds_to_the_alert_and_leaves_its_version(self):
        alert = self.ok(self.police.post("/v1/alerts", seizure()), 201)
        self.cli("laro-malmo", "observe", alert["reference"], "--area", "SE-1281", "--count", "3", "--form", "capsule")
        shown = self.cli("police", "view", alert["reference"])
        self.assertIn("seen in SE-1281: 3", shown)
        self.assertIn("version 1", shown)

    def test_open_shortages_have_a_view(self):
        words = json.dumps(seizure(areas=["SE"], urgent=False, kind="ALERT_KIND_SUPPLY_SHORTAGE", substances=[], shortage={
            "product": "naloxon nässpray", "from": "2025-06-01T00:00:00Z", "expectedUntil": "2030-07-01T00:00:00Z",
            "alternatives": "ampuller"}))
        self.assertEqual(self.police.post("/v1/alerts", seizure(kind="ALERT_KIND_SUPPLY_SHORTAGE")).json["field"],
                         "issue.content.shortage.product")
        shortage = self.ok(self.police.post("/v1/alerts", words), 201)
        self.ok(self.police.post("/v1/alerts", seizure()), 201)
        listed = self.ok(self.coordinator.get("/v1/shortages?area=SE-12"))["alerts"]
        self.assertEqual([alert["reference"] for alert in listed], [shortage["reference"]])
        self.assertEqual(listed[0]["content"]["shortage"]["alternatives"], "ampuller")
        table = self.cli("coordinator", "view", "--kind", "supply-shortage")
        for word in ("naloxon nässpray", "SE", "2025-06-01", "2030-07-01", "ampuller"):
            self.assertIn(word, table)
        self.ok(self.police.post(f"/v1/alerts/{shortage['alertId']}/retract", {"reason": "levererat"}))
        self.assertEqual(self.ok(self.coordinator.get("/v1/shortages")).get("alerts", []), [])


if __name__ == "__main__":
    unittest.main()
