"""Nothing that the privacy gate refuses or withholds is found anywhere afterwards: values are sent by every way in, and
then data folder, write-ahead log, operational log, metrics and every answer are searched for them."""

import pathlib
import re
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import foreign_contract as contract  # noqa: E402
from support.broker_process import SOURCE, Broker  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402

import grpc  # noqa: E402

TIME_S = contract.CALL_TIME_S
MARKER = "Kontrollmarke-Vindflöjel"  # harmless, accepted: the search must find it

# Numbers of nobody: synthetic, reserved for tests, or kept for fiction.
REFUSED = (
    "900101-9802", "199001019802", "01810112332", "018101 12332", "010190-5001", "131052-308T", "070-174 06 05",
    "+46 70 174 06 06", "22 00 00 07", "+45 20 00 00 09", "040 000 0012", "kari.testperson@example.org",
    "ole (at) example (dot) org", "９００１０１-９８０２", "0181\u200b0112332")
DOUBTFUL = "En 23-årig man avled på sjukhuset i Upplands Väsby"


REPORT = {"kind": "ALERT_KIND_ADULTERATION", "subject": "tramadol", "dangerCriteria": ["DANGER_CRITERION_ACUTE_HARM"],
          "area": "SE-1280", "seenAt": "2025-06-01T12:00:00Z", "certainty": "CERTAINTY_LIKELY"}
COUNT = {"area": "SE-1280", "from": "2025-06-01T12:00:00Z", "to": "2025-06-01T13:00:00Z", "notFatal": 2,
         "source": "ambulance", "status": "STATUS_ACTUAL"}
# The message that docs/cap.md shows.
CAP_MESSAGE = re.search(r"```xml\n(.*?)```", (SOURCE / "docs/cap.md").read_text(), re.DOTALL).group(1)


def texts(value, **fields):
    block = {"language": "sv", "headline": "Metonitazen i tabletter", **{key: text % value for key, text in fields.items()}}
    return [block]


class Privacy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker().start()
        cls.addClassCleanup(cls.broker.close)
        register_services(cls.broker)
        cls.http = HttpClient(cls.broker, "police")
        cls.operator = HttpClient(cls.broker, "operator")
        cls.grpc = contract.client(cls.broker, "police")
        cls.addClassCleanup(cls.grpc.channel.close)
        cls.clinic_grpc = contract.client(cls.broker, "laro-malmo")
        cls.addClassCleanup(cls.clinic_grpc.channel.close)
        issued = cls.http.post("/v1/alerts", seizure(texts=texts(MARKER, description="%s")))
        assert issued.status == 201, issued
        cls.alert = issued.json["alertId"]
        cls.coordinator = HttpClient(cls.broker, "coordinator")
        cls.clinic = HttpClient(cls.broker, "laro-malmo")
        # Without a person's number each of them is taken.
        for path, body in (("/cap/alerts", CAP_MESSAGE), ("/v1/overdoses", COUNT)):
            answer = cls.http.post(path, body)
            assert answer.status in (200, 201), answer
        reported = cls.clinic.post("/v1/reports", REPORT)
        assert reported.status == 201, reported
        cls.report = reported.json["alertId"]

    def refused_over_http(self, path, body, value, client=None):
        answer = (client or self.http).post(path, body)
        self.assertEqual((answer.status, answer.json["code"]), (422, "personal_identifier"), (path, value, answer))
        self.assertTrue(answer.json["field"])
        return answer.text + str(answer.headers)

    def over_http(self, value):
        alert = f"/v1/alerts/{self.alert}"
        content = seizure(texts=texts(value, description="Person %s hade dem"))
        yield self.refused_over_http("/v1/alerts", content, value)
        yield self.refused_over_http("/v1/alerts?validate_only=1", content, value)
        yield self.refused_over_http("/v1/alerts", {"content": content}, value)
        yield self.refused_over_http("/v1/alerts", {"content": seizure(), "confirmation": {
            "noPerson": True, "reason": f"frågat {value}"}}, value)
        yield self.refused_over_http("/v1/alerts", seizure(attachments=[{
            "digest": "A" * 43 + "=", "mediaType": "image/jpeg", "description": f"foto {value}.jpg"}]), value)
        yield self.refused_over_http(f"{alert}/revise", {"content": content, "updateMask": "texts"}, value)
        for command, more in (("revise", {"content": seizure(), "updateMask": "substances"}),
                              ("grade", {"grade": {"urgency": "URGENCY_EXPECTED", "severity": "SEVERITY_SEVERE",
                                                   "certainty": "CERTAINTY_LIKELY"}}),
                              ("widen", {"audience": {"groups": [{"areas": ["SE-14"]}]}}), ("retract", {})):
            yield self.refused_over_http(f"{alert}/{command}", {**more, "reason": f"enligt {value}"}, value)
        yield self.refused_over_http("/v1/services", {
            "serviceId": "clinic-new", "name": f"Enheten {value}", "areas": ["SE-01"], "roles": ["laro"]}, value, self.operator)

    def by_other_ways(self, value):
        """CAP, reports and what became of them, overdose counts, names of sessions. Some have a form of their own, which a
        value may not have either."""
        for name in ("headline", "description", "note", "senderName"):
            if f"<{name}>" not in CAP_MESSAGE:
                continue
            yield self.refused_over_http("/cap/alerts", re.sub(
                f"<{name}>[^<]*<", lambda _, tag=name: f"<{tag}>Enligt {value} i dag<", CAP_MESSAGE), value)
        report = {**REPORT, "details": {"texts": texts(value, description="Person %s hade dem")}}
        yield self.refused_over_http("/v1/reports", report, value, self.clinic)
        yield self.refused_over_http("/v1/reports", {**REPORT, "subject": f"tramadol {value}"}, value, self.clinic)
        yield self.refused_over_http(f"/v1/alerts/{self.report}/conclude", {
            "outcome": "REPORT_OUTCOME_NO_ACTION", "reason": f"frågat {value}"}, value, self.coordinator)
        for answer, field in (
                (self.http.post("/v1/overdoses", {**COUNT, "source": f"ring {value}"}), "count_overdoses.source"),
                (self.clinic.get(f"/v1/events?client_id={urllib.parse.quote(value)}"), "client_id")):
            self.assertIn(answer.status, (400, 422), (field, value, answer))
            self.assertEqual(answer.json["field"], field, answer)
            yield answer.text + str(answer.headers)
        report = contract.command.ReportAlert(kind=contract.alert.ALERT_KIND_ADULTERATION, subject=f"tramadol {value}",
                                              danger_criteria=[contract.alert.DANGER_CRITERION_ACUTE_HARM], area="SE-1280",
                                              certainty=contract.alert.CERTAINTY_LIKELY)
        report.seen_at.FromJsonString(REPORT["seenAt"])
        count = contract.command.CountOverdoses(area="SE-1280", not_fatal=2, source=f"ring {value}",
                                                status=contract.alert.STATUS_ACTUAL)
        getattr(count, "from").FromJsonString(COUNT["from"])
        count.to.FromJsonString(COUNT["to"])
        conclude = contract.command.ConcludeReport(alert_id=self.report, reason=value,
                                                   outcome=contract.alert.REPORT_OUTCOME_NO_ACTION)
        items = [contract.publisher.FeedRequest(idempotency_key=f"other-{number}", command=command)
                 for number, command in enumerate((contract.command.Command(report=report),
                                                   contract.command.Command(count_overdoses=count),
                                                   contract.command.Command(conclude=conclude)))]
        for answer in self.grpc.publisher.Feed(iter(items), timeout=TIME_S):
            self.assertTrue(answer.HasField("error"), answer)
            yield str(answer)
        start = contract.subscriber.SubscribeRequest(start=contract.subscriber.Start(client_id=value))
        with self.assertRaises(grpc.RpcError) as failure:
            list(self.clinic_grpc.subscriber.Subscribe(iter([start]), timeout=TIME_S))
        yield failure.exception.details() + str(failure.exception.trailing_metadata())
        self.assertEqual(contract.error_of(failure.exception).field, "start.client_id", value)

    def over_grpc(self, value):
        content = contract.seizure()
        content.texts[0].instruction = f"Ring inte {value} igen"
        issue = contract.command.IssueAlert(content=content)
        with self.assertRaises(grpc.RpcError) as failure:
            self.grpc.publisher.Issue(contract.publisher.IssueRequest(issue=issue), timeout=TIME_S)
        error = contract.error_of(failure.exception)
        self.assertEqual(error.code, contract.error.ERROR_CODE_PERSONAL_IDENTIFIER)
        self.assertEqual(error.field, "issue.content.texts[0].instruction")
        yield str(error) + failure.exception.details() + str(failure.exception.trailing_metadata())
        command = contract.command.Command(issue=issue)
        retract = contract.command.Command(retract=contract.command.RetractAlert(alert_id=self.alert, reason=value))
        items = [contract.publisher.FeedRequest(idempotency_key=f"feed-{number}", command=one)
                 for number, one in enumerate((command, retract))]
        for answer in self.grpc.publisher.Feed(iter(items), timeout=TIME_S):
            self.assertEqual(answer.error.code, contract.error.ERROR_CODE_PERSONAL_IDENTIFIER, answer)
            yield str(answer)

    def holders(self, value):
        """Files of the broker's folder that hold a value, as UTF-8."""
        return [str(path) for path in sorted(self.broker.folder.rglob("*"))
                if path.is_file() and value.encode() in path.read_bytes()]

    def test_a_refused_value_is_nowhere_afterwards(self):
        said = []
        for value in REFUSED:
            said += [*self.over_http(value), *self.over_grpc(value), *self.by_other_ways(value)]
        self.assertGreater(len(said), 22 * len(REFUSED))
        _, metrics = self.broker.operations("/metrics")
        self.assertTrue(self.holders(MARKER), "the search doesn't find what was accepted")
        for value in REFUSED:
            for text in (metrics, self.broker.log_text(), *said):
                self.assertNotIn(value, text)
            self.assertEqual(self.holders(value), [], value)
        self.assertIn('gjallar_refused_total{rule="telephone-number"}', metrics)
        self.assertNotIn('gjallar_refused_total{rule="swedish-number"} 0', metrics)
        self.assertIn("privacy gate: personal_identifier for police: ", self.broker.log_text())
        self.broker.restart()  # what a rotation or a flush writes is searched too
        for value in REFUSED:
            self.assertEqual(self.holders(value), [], value)

    def test_a_doubtful_text_asks_a_person_and_is_withheld_from_what_is_urgent(self):
        calm = {"urgency": "URGENCY_FUTURE", "severity": "SEVERITY_MINOR", "certainty": "CERTAINTY_LIKELY"}
        content = seizure(texts=texts(DOUBTFUL, description="%s."), grade=calm)
        answer = self.http.post("/v1/alerts", content)
        self.assertEqual((answer.status, answer.json["code"]), (422, "confirm_required"), answer)
        self.assertIn("--confirm", answer.json["advice"])
        self.assertNotIn("Väsby", answer.text)
        urgent = self.http.post("/v1/alerts", seizure(texts=texts(DOUBTFUL, description="%s.")))
        self.assertEqual(urgent.status, 201, urgent)
        self.assertEqual([text["field"] for text in urgent.json["withheld"]], ["texts[0].description"])
        command = contract.command.Command(issue=contract.command.IssueAlert(content=contract.seizure()))
        command.issue.content.grade.urgency = contract.alert.URGENCY_FUTURE
        command.issue.content.texts[0].description = DOUBTFUL
        fed = list(self.grpc.publisher.Feed(iter([contract.publisher.FeedRequest(
            idempotency_key="doubtful", command=command)]), timeout=TIME_S))
        self.assertEqual([text.field for text in fed[0].outcome.withheld], ["texts[0].description"])
        self.assertEqual(self.holders(DOUBTFUL), [])
        self.assertNotIn("Väsby", self.broker.log_text())

        shown = self.http.get("/v1/alerts/" + urgent.json["alertId"]).json["alert"]
        self.assertEqual([text["field"] for text in shown["withheld"]], ["texts[0].description"])
        released = self.http.post(f"/v1/alerts/{urgent.json['alertId']}/revise", {
            "content": {"texts": texts("Två fall i juni", description="%s.")}, "updateMask": "texts"})
        self.assertEqual(released.status, 200, released)
        shown = self.http.get("/v1/alerts/" + urgent.json["alertId"]).json["alert"]
        self.assertFalse(shown.get("withheld"))

    def test_a_confirmed_text_passes_over_http(self):
        calm = {"urgency": "URGENCY_FUTURE", "severity": "SEVERITY_MINOR", "certainty": "CERTAINTY_LIKELY"}
        content = seizure(texts=texts("i Lund den 3 juni", description="En 23-årig man avled %s."), grade=calm)
        answer = self.http.post("/v1/alerts", {"content": content, "confirmation": {"noPerson": True}})
        self.assertEqual((answer.status, answer.json["field"]), (400, "issue.confirmation.reason"), answer)
        answer = self.http.post("/v1/alerts", {"content": content, "confirmation": {
            "noPerson": True, "reason": "Allmänt känt"}})
        self.assertEqual(answer.status, 201, answer)
        history = self.http.get(f"/v1/alerts/{answer.json['alertId']}/history").json
        self.assertEqual(history["events"][0]["payload"]["confirmation"]["reason"], "Allmänt känt")


if __name__ == "__main__":
    unittest.main()
