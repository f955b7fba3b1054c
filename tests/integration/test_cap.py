"""CAP 1.2 out of and into a real broker, by an XML library of its own: every event of the demo scenario keeps the rules,
and fed back into an empty broker gives the same views."""

import json
import pathlib
import re
import sys
import unittest
import urllib.parse

from lxml import etree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import cap_feed, cap_rules  # noqa: E402
from support.broker_process import SOURCE, Broker  # noqa: E402
from support.command_line import gjallar  # noqa: E402
from support.http_client import HttpClient, register_services, seizure  # noqa: E402

STATUSES = ("actual", "exercise")
DOCUMENT = (SOURCE / "docs/cap.md").read_text()


def example():
    """The message that docs/cap.md shows."""
    return re.search(r"```xml\n(.*?)```", DOCUMENT, re.DOTALL).group(1)


def principal_of(broker, message):
    """Who caused the event that a message is about, by the alert's history."""
    own = cap_rules.parameters(message.find(cap_rules.CAP + "info"))
    seq = own["gjallar:seq"][0]
    history = HttpClient(broker, "operator").get(f"/v1/alerts/{own['gjallar:alert'][0]}/history").json
    return next(event["principal"] for event in history["events"] if event["seq"] == seq)


def view(broker, **query):
    """What stands there, without what another broker gives names and times of its own."""
    found = []
    for status in STATUSES:
        answer = HttpClient(broker, "operator").get(
            "/v1/alerts?" + urllib.parse.urlencode({"page_size": 1000, "status": status, **query}))
        assert answer.status == 200, answer
        found += answer.json.get("alerts", [])
    alerts = []
    for alert in found:
        for name in ("alertId", "reference", "sent", "changed"):
            alert.pop(name, None)
        alert["content"].get("cap", {}).pop("messages", None)
        if not alert["content"].get("cap"):
            alert["content"].pop("cap", None)
        alerts.append(json.dumps(alert, sort_keys=True, ensure_ascii=False))
    return sorted(alerts)


FOR_SOME = ("alert-notice", "alert-escalated", "alert-escalation-reported")  # concern those they name


class Scenario(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker(*cap_feed.CHASE).start()
        cls.addClassCleanup(cls.broker.close)
        cap_feed.play_scenario(cls.broker)
        cls.documents = cap_feed.messages(cls.broker)
        cls.messages = [cap_rules.parse(document) for document in cls.documents]

    def test_every_event_is_a_message_that_keeps_the_rules(self):
        operator = HttpClient(self.broker, "operator")
        alerts = [alert for status in STATUSES for alert in
                  operator.get(f"/v1/alerts?include_ended=1&page_size=1000&status={status}").json.get("alerts", [])]
        events = sum(len(operator.get(f"/v1/alerts/{alert['alertId']}/history").json["events"]) for alert in alerts)
        self.assertEqual(len(self.documents), events)
        self.assertGreaterEqual(events, 45)
        for document in self.documents:
            self.assertEqual(cap_rules.message_faults(document), [], document.decode())
        identifiers = [cap_rules.text(message, "identifier") for message in self.messages]
        self.assertEqual(len(set(identifiers)), len(identifiers))

    def test_every_message_references_all_before_it_of_its_alert(self):
        sent = {}
        for message in self.messages:
            own = cap_rules.parameters(message.find(cap_rules.CAP + "info"))
            before = sent.setdefault(own["gjallar:alert"][0], [])
            references = (cap_rules.text(message, "references") or "").split()
            self.assertEqual(references, before)
            if own["gjallar:event"][0] in FOR_SOME:
                continue  # what only some are told of supersedes nothing
            before.append(",".join(cap_rules.text(message, part) for part in ("sender", "identifier", "sent")))

    def test_types_of_message_tell_an_end_from_a_change_and_expiry_from_both(self):
        types = {}
        for message in self.messages:
            own = cap_rules.parameters(message.find(cap_rules.CAP + "info"))
            types.setdefault(own["gjallar:event"][0], set()).add(cap_rules.text(message, "msgType"))
        self.assertEqual(types, {"alert-issued": {"Alert"}, "alert-revised": {"Update"}, "alert-graded": {"Update"},
                                 "alert-widened": {"Update"}, "alert-observed": {"Update"}, "alert-expired": {"Update"},
                                 "alert-concluded": {"Update"}, "alert-notice": {"Update"},
                                 "alert-escalated": {"Update"}, "alert-escalation-reported": {"Update"},
                                 "alert-retracted": {"Cancel"}})

    def test_fed_back_into_an_empty_broker_they_give_the_same_views(self):
        expired = set()
        with Broker() as copy:
            operator = HttpClient(copy, "operator")
            for service in cap_feed.scenario_services():
                answer = operator.post("/v1/services", service)
                self.assertEqual(answer.status, 201, answer)
            for document, message in zip(self.documents, self.messages):
                own = cap_rules.parameters(message.find(cap_rules.CAP + "info"))
                principal = principal_of(self.broker, message)
                if own["gjallar:event"][0] in ("alert-expired", *FOR_SOME):
                    principal = "coordinator"  # the broker itself did, or who was asked to call
                answer = HttpClient(copy, principal).post("/cap/alerts", document)
                if own["gjallar:alert"][0] in expired:
                    self.assertEqual(answer.json["code"], "not_found", answer)
                elif answer.status == 400:  # its time was over before it came here
                    self.assertIn("The expiry is not in the future.", answer.json["detail"])
                    expired.add(own["gjallar:alert"][0])
                else:
                    self.assertIn(answer.status, (200, 201), (answer, document.decode()))
                    self.assertEqual(answer.status == 201, own["gjallar:event"] == ["alert-issued"])
            self.assertEqual(len(expired), 1)
            self.assertGreaterEqual(len(view(copy)), 5)
            self.assertEqual(view(copy), view(self.broker))
            for service in cap_feed.scenario_services():
                name = service["service_id"]
                self.assertEqual(view(copy, service=name), view(self.broker, service=name), name)

    def test_every_alert_of_the_scenario_makes_a_notification(self):
        client = HttpClient(self.broker, "coordinator")
        for alert in client.get("/v1/alerts?include_ended=1&page_size=1000").json["alerts"]:
            answer = client.get(f"/v1/alerts/{alert['alertId']}/edas")
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual([item["letter"] for item in answer.json["items"]], list("abcdefghij"))
            page = client.get(f"/v1/alerts/{alert['alertId']}/edas", Accept="text/html,*/*")
            self.assertEqual(page.type, "text/html")
            text = "".join(etree.fromstring(page.text.encode(), etree.HTMLParser()).itertext())
            for item in answer.json["items"]:
                self.assertIn(f"({item['letter']}) {item['title']}", text)
                for gap in item.get("gaps", []):
                    self.assertIn("Not stated: " + gap, text)


class Cap(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker().start()
        cls.addClassCleanup(cls.broker.close)
        register_services(cls.broker)
        cls.police = HttpClient(cls.broker, "police")
        cls.clinic = HttpClient(cls.broker, "laro-malmo")

    def refused(self, answer, status, code, field=None):
        self.assertEqual((answer.status, answer.json["code"]), (status, code), answer)
        if field:
            self.assertEqual(answer.json["field"], field)
        return answer.json

    def message(self, number, **changes):
        """The example with an identifier of its own and other texts in place of its own."""
        text = example().replace("larm-2026-0017", f"larm-2026-{number}")
        for old, new in changes.values():
            self.assertIn(old, text)
            text = text.replace(old, new)
        return text

    def test_nobody_without_credentials_sees_anything(self):
        anyone = HttpClient(self.broker)
        for path in ("/cap/feed.atom", "/cap/alerts/7V3K0Q2MZT9XB1HD.1.xml"):
            self.refused(anyone.get(path), 401, "unauthenticated")
        self.refused(anyone.post("/cap/alerts", example()), 401, "unauthenticated")

    def test_the_example_of_the_page_is_taken_updated_and_cancelled(self):
        answer = self.police.post("/cap/alerts", self.message(100))
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.headers["Gjallar-Action"], "issue")
        self.assertEqual(answer.json["servicesConcerned"], 3)
        place = answer.headers["Location"]
        alert = self.clinic.get(place).json["alert"]
        self.assertEqual(alert["sender"], "police")
        again = self.police.post("/cap/alerts", self.message(100))
        self.assertEqual((again.status, again.json["duplicate"]), (200, True))
        reference = "<references>larm@example.org,larm-2026-100,2026-06-05T19:40:00+02:00</references>\n  <info>"
        update = self.message(101, type=(">Alert<", ">Update<"), reference=("<info>", reference),
                              severity=(">Severe<", ">Minor<"))
        answer = self.police.post("/cap/alerts", update)
        self.assertEqual((answer.status, answer.headers["Gjallar-Action"]), (200, "grade"), answer)
        cancel = self.message(102, type=(">Alert<", ">Cancel<"), reference=("<info>", reference))
        answer = self.police.post("/cap/alerts", cancel)
        self.assertEqual((answer.status, answer.headers["Gjallar-Action"]), (200, "retract"), answer)
        self.assertEqual(self.clinic.get(place).json["alert"]["phase"], "PHASE_RETRACTED")

    def test_refusals_are_problems_with_line_and_element(self):
        problem = self.refused(self.police.post("/cap/alerts", self.message(200, severity=(">Severe<", ">Bad<"))), 400,
                               "invalid_argument", "alert/info[1]/severity")
        self.assertRegex(problem["detail"], r"^Line \d+: ")
        self.refused(self.police.post("/cap/alerts", self.message(201, older=("cap:1.2", "cap:1.1"))), 501, "unsupported",
                     "alert")
        self.refused(self.police.post("/cap/alerts", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
                     400, "invalid_argument", "document")
        self.refused(self.police.post("/cap/alerts", "<a>" * 10_000), 413, "too_large", "document")
        self.refused(self.police.post("/cap/alerts", ""), 400, "invalid_argument", "document")
        self.refused(self.clinic.post("/cap/alerts", self.message(202)), 403, "permission_denied")
        self.refused(self.police.post("/cap/alerts?validate=1", self.message(203)), 400, "invalid_argument")
        tried = self.police.post("/cap/alerts?validate_only=1", self.message(204))
        self.assertEqual((tried.status, tried.json["seq"]), (200, "0"), tried)

    def pointing(self, number):
        """A message that isn't urgent and whose event may point at a person."""
        urgency = re.search(r"<urgency>.*</urgency>", example()).group(0)
        event = re.search(r"<event>.*</event>", example()).group(0)
        return self.message(number, urgency=(urgency, "<urgency>Future</urgency>"),
                            event=(event, "<event>En 23-årig man avled i Lund den 3 juni.</event>"))

    def test_a_question_about_a_message_is_answered_beside_it(self):
        def ask(number, **query):
            return self.police.post("/cap/alerts?" + urllib.parse.urlencode(query), self.pointing(number))

        self.refused(ask(210), 422, "confirm_required", "alert/info[1]/event")
        self.refused(ask(210, no_person=1), 400, "missing_field", "reason")
        self.refused(ask(210, no_person=0, reason="Kursens exempel."), 400, "invalid_argument", "reason")
        self.refused(ask(210, no_person=1, reason="Mannen 810228-9991."), 422, "personal_identifier", "reason")
        self.refused(ask(210, no_person="yes", reason="Kursens exempel."), 400, "invalid_argument", "no_person")
        answer = ask(210, no_person=1, no_duplicate=1, reason="Kursens exempel.")
        self.assertEqual(answer.status, 201, answer)
        history = self.police.get(f"/v1/alerts/{answer.json['alertId']}/history").json["events"]
        self.assertEqual(history[0]["payload"]["confirmation"],
                         {"noPerson": True, "noDuplicate": True, "reason": "Kursens exempel."})

    def test_the_feed_shows_what_concerns_the_reader_and_answers_304_while_nothing_is_new(self):
        outcome = self.police.post("/v1/alerts", seizure(areas=["SE-0180"], roles=["syringe-exchange"])).json
        stockholm = HttpClient(self.broker, "syringe-exchange-stockholm")
        def seqs(client, path="/cap/feed.atom"):
            return {entry.findtext(cap_feed.ATOM + "id").rsplit(":", 1)[1] for entry in cap_feed.entries(client, path)}
        self.assertIn(outcome["seq"], seqs(stockholm))
        self.assertNotIn(outcome["seq"], seqs(self.clinic))
        self.assertNotIn(outcome["seq"], seqs(HttpClient(self.broker, "customs")))
        coordinator = HttpClient(self.broker, "coordinator")
        self.assertIn(outcome["seq"], seqs(coordinator, "/cap/feed.atom?area=SE-01&role=syringe-exchange&grade=urgent"))
        self.assertNotIn(outcome["seq"], seqs(coordinator, "/cap/feed.atom?area=NO"))
        self.refused(coordinator.get("/cap/feed.atom?area=SE-99"), 422, "unknown_area")
        self.refused(coordinator.get("/cap/feed.atom?grade=red"), 400, "invalid_argument", "grade")
        path = "/cap/alerts/" + outcome["cursor"] + ".xml"
        self.assertEqual(stockholm.get(path).type, "application/cap+xml")
        self.refused(self.clinic.get(path), 404, "not_found")
        self.refused(stockholm.get(path[:-4]), 404, "not_found")
        for address in ("/cap/feed.atom", path):
            tag = stockholm.get(address).headers["ETag"]
            same = stockholm.call("GET", address, headers={"If-None-Match": f'"x", {tag}'})
            self.assertEqual((same.status, same.text, same.headers["ETag"]), (304, "", tag))
        tag = stockholm.get("/cap/feed.atom").headers["ETag"]
        self.police.post(f"/v1/alerts/{outcome['alertId']}/retract", {"reason": "Fel."})
        changed = stockholm.call("GET", "/cap/feed.atom", headers={"If-None-Match": tag})
        self.assertEqual(changed.status, 200)
        self.assertNotEqual(changed.headers["ETag"], tag)

    def test_the_feed_pages_back_without_repeating_or_missing_a_message(self):
        outcome = self.police.post("/v1/alerts", seizure(areas=["SE-12"])).json
        for count in range(60):
            self.police.post(f"/v1/alerts/{outcome['alertId']}/revise",
                             {"content": seizure(headline=f"Nummer {count}"), "updateMask": "texts"})
        pages = cap_feed.pages(self.clinic)
        self.assertGreaterEqual(len(pages), 2)
        ids = [entry.findtext(cap_feed.ATOM + "id") for page in pages for entry in page.findall(cap_feed.ATOM + "entry")]
        self.assertEqual(len(set(ids)), len(ids))
        mine = cap_feed.entries(self.clinic)
        self.assertGreaterEqual(sum("Nummer" in entry.findtext(cap_feed.ATOM + "title") for entry in mine), 60)
        archive = cap_feed.link(pages[0], "prev-archive")
        before = self.clinic.get(archive).text
        self.police.post("/v1/alerts", seizure(areas=["SE-12"]))
        self.assertEqual(self.clinic.get(archive).text, before)
        # The first and the latest messages are named, not all sixty.
        last = cap_rules.parse(self.clinic.get(cap_feed.link(mine[0], "alternate")).text.encode())
        self.assertLessEqual(len(cap_rules.text(last, "references").split()), 64)

    def test_the_command_line_publishes_and_exports(self):
        path = self.broker.folder / "message.xml"
        path.write_text(self.message(300))
        code, out, errors = gjallar(self.broker, "police", "publish", "--cap", str(path))
        self.assertEqual(code, 0, errors)
        self.assertIn("issue: GJ-", out)
        reference = out.split()[1]
        code, out, errors = gjallar(self.broker, "police", "export", "cap", reference)
        self.assertEqual((code, cap_rules.message_faults(out.encode())), (0, []), errors)
        code, out, errors = gjallar(self.broker, "police", "export", "edas", reference)
        self.assertEqual((code, len(json.loads(out)["items"])), (0, 10), errors)
        code, out, errors = gjallar(self.broker, "police", "export", "edas", reference, "--format", "html")
        self.assertTrue(out.startswith("<!DOCTYPE html>"), errors)
        path.write_text(self.message(301, event=("<event>Farligt ämne</event>", "")))
        code, _, errors = gjallar(self.broker, "police", "publish", "--cap", str(path))
        self.assertEqual(code, 1)
        self.assertIn("alert/info[1]/event: Line ", errors)
        path.write_text(self.pointing(302))
        code, _, errors = gjallar(self.broker, "police", "publish", "--cap", str(path), "--no-duplicate", "Another course.")
        self.assertEqual(code, 1)
        self.assertIn("confirm_required", errors)
        code, out, errors = gjallar(self.broker, "police", "publish", "--cap", str(path), "--confirm", "The course's example.",
                                    "--no-duplicate", "Another course.")
        self.assertEqual(code, 0, errors)
        self.assertIn("issue: GJ-", out)
        for other in (("--description", "Kapslar"), ("--status", "exercise"), ("--cas", "437-38-7"), ("--language", "sv")):
            code, _, errors = gjallar(self.broker, "police", "publish", "--cap", str(path), *other)
            self.assertEqual(code, 2, other)
            self.assertIn("doesn't go with another option", errors)
        code, _, errors = gjallar(self.broker, "laro-malmo", "export", "cap", "GJ-K7Q2-M3ZT-B81X")
        self.assertEqual(code, 1)

    def test_the_kept_message_comes_out_as_the_page_says(self):
        answer = self.police.post("/cap/alerts", self.message(400))
        sent = cap_rules.parse(self.message(400).encode())
        out = cap_rules.parse(self.police.get(f"/cap/alerts/{answer.json['cursor']}.xml").text.encode())
        for part in ("source", "incidents", "info/event", "info/responseType", "info/contact", "info/web", "info/area/polygon",
                     "info/area/areaDesc", "info/senderName", "info/resource/uri"):
            self.assertEqual(cap_rules.text(out, part), cap_rules.text(sent, part), part)
            self.assertTrue(cap_rules.text(out, part), part)


if __name__ == "__main__":
    unittest.main()
