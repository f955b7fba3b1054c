"""JSON over HTTP as a case system without gRPC would use it: the real broker on a real socket."""

import pathlib
import socket
import sys
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import Broker  # noqa: E402
from support.http_client import HttpClient, register_services, seizure, service  # noqa: E402


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker().start()
        try:
            register_services(cls.broker)
        except BaseException:
            cls.broker.close()
            raise
        cls.police = HttpClient(cls.broker, "police")
        cls.clinic = HttpClient(cls.broker, "laro-malmo")
        cls.coordinator = HttpClient(cls.broker, "coordinator")
        cls.operator = HttpClient(cls.broker, "operator")

    @classmethod
    def tearDownClass(cls):
        cls.broker.close()

    def ok(self, answer, status=200):
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def problem(self, answer, status, code):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.type, "application/problem+json")
        self.assertEqual(answer.json["code"], code)
        self.assertEqual(answer.json["status"], status)
        self.assertEqual(answer.json["type"], "urn:gjallar:error:" + code)
        self.assertTrue(answer.json["detail"])
        self.assertTrue(answer.json["title"])
        return answer.json

    def issue(self, **content):
        return self.ok(self.police.post("/v1/alerts", seizure(**content)), 201)

    # --- who may come in ---

    def test_only_health_is_open_to_everyone(self):
        anyone = HttpClient(self.broker)
        for path, word in (("/healthz", "ok"), ("/livez", "ok"), ("/readyz", "ready")):
            answer = anyone.get(path)
            self.assertEqual((answer.status, answer.text.strip(), answer.type), (200, word, "text/plain"))
        for path in ("/", "/v1/alerts", "/v1/services", "/v1/events", "/v1/stream", "/metrics", "/v1/nothing", "/v1"):
            answer = anyone.get(path)
            self.problem(answer, 401, "unauthenticated")
            self.assertTrue(answer.headers["WWW-Authenticate"].startswith("Bearer"))
        self.problem(anyone.post("/v1/alerts", seizure()), 401, "unauthenticated")
        for wrong in ("nonsense", "a.b", self.broker.token("police") + "x", ""):
            answer = self.police.call("GET", "/v1/alerts", headers={"Authorization": "Bearer " + wrong})
            self.problem(answer, 401, "unauthenticated")

    def test_a_clinic_may_not_issue(self):
        self.problem(self.clinic.post("/v1/alerts", seizure()), 403, "permission_denied")

    def test_unknown_paths_and_methods_are_told_apart(self):
        self.problem(self.police.get("/v1/nothing"), 404, "not_found")
        self.problem(self.police.get("/cap/feed.rss"), 404, "not_found")
        answer = self.police.call("DELETE", "/v1/alerts")
        self.problem(answer, 405, "unsupported")
        self.assertEqual(answer.headers["Allow"], "GET, HEAD, POST")

    # --- the life of an alert ---

    def test_an_alert_is_issued_and_read_back(self):
        answer = self.police.post("/v1/alerts", seizure())
        outcome = self.ok(answer, 201)
        self.assertGreater(int(outcome["seq"]), 0)
        self.assertEqual(outcome["version"], "1")
        self.assertEqual(outcome["servicesConcerned"], 3)  # the county's, not Stockholm's
        self.assertIs(outcome["duplicate"], False)
        self.assertEqual(answer.headers["Location"], "/v1/alerts/" + outcome["alertId"])
        for name in (outcome["alertId"], outcome["reference"]):
            read = self.clinic.get("/v1/alerts/" + name)
            alert = self.ok(read)["alert"]
            self.assertEqual(alert["content"]["texts"][0]["headline"], "Tramadol med fentanyl i Malmö")
            self.assertEqual(alert["sender"], "police")
            self.assertEqual(read.headers["ETag"], '"1"')
        self.problem(HttpClient(self.broker, "syringe-exchange-stockholm").get("/v1/alerts/" + outcome["alertId"]),
                     404, "not_found")

    def test_a_repeat_with_the_same_key_returns_the_first_answer(self):
        key = {"Idempotency-Key": "case 4711"}
        first = self.ok(self.police.post("/v1/alerts", seizure(), key), 201)
        again = self.ok(self.police.post("/v1/alerts", seizure(), key), 200)
        self.assertTrue(again.pop("duplicate"))
        first.pop("duplicate")
        self.assertEqual(again, first)
        other = self.police.post("/v1/alerts", seizure(headline="Annat"), key)
        self.problem(other, 422, "idempotency_key_reused")
        self.problem(self.police.post("/v1/alerts", seizure(), {"Idempotency-Key": "k" * 129}), 400,
                     "invalid_argument")

    def test_validating_stores_nothing(self):
        before = self.ok(self.operator.get("/v1/alerts"))["asOfSeq"]
        outcome = self.ok(self.police.post("/v1/alerts?validate_only=1", seizure()))
        self.assertEqual(outcome["seq"], "0")
        self.assertEqual(outcome["servicesConcerned"], 3)
        self.problem(self.police.post("/v1/alerts?validate_only=1", seizure(areas=["SE-99"])), 422, "unknown_area")
        self.assertEqual(self.ok(self.operator.get("/v1/alerts"))["asOfSeq"], before)

    def test_every_change_goes_over_http(self):
        alert_id = self.issue(urgent=False, areas=["SE-1280"], roles=["laro"])["alertId"]
        path = "/v1/alerts/" + alert_id
        revised = self.ok(self.police.post(path + "/revise", {
            "content": seizure(headline="Ny text", urgent=False), "updateMask": "texts", "reason": "Skrivfel."},
            {"If-Match": '"1"'}))
        self.assertEqual(revised["version"], "2")
        stale = self.problem(self.police.post(path + "/revise", {
            "content": seizure(headline="Sen"), "updateMask": "texts"}, {"If-Match": '"1"'}), 412, "stale_version")
        self.assertEqual(stale["current_version"], "2")
        graded = self.ok(self.coordinator.post(path + "/grade", {"grade": seizure()["grade"], "reason": "Bekräftat."}))
        self.assertEqual(graded["version"], "3")
        widened = self.ok(self.coordinator.post(path + "/widen", {
            "audience": {"groups": [{"areas": ["SE-01"], "roles": ["syringe-exchange"]}]}}))
        self.assertEqual((widened["version"], widened["servicesConcerned"]), ("4", 2))
        observed = self.ok(self.clinic.post(path + "/observe", {"area": "SE-1280", "count": "2"}))
        self.assertEqual(observed["version"], "4")
        retracted = self.ok(self.police.post(path + "/retract", {"reason": "Analysen var fel."}))
        self.assertEqual(retracted["version"], "5")
        self.problem(self.police.post(path + "/retract", {"reason": "Igen."}), 409, "alert_retracted")
        events = self.ok(self.coordinator.get(path + "/history"))["events"]
        self.assertEqual([event["type"].replace("EVENT_TYPE_ALERT_", "") for event in events],
                         ["ISSUED", "REVISED", "GRADED", "WIDENED", "OBSERVED", "RETRACTED"])
        as_it_was = self.ok(self.coordinator.get(f"{path}?as_of={revised['seq']}"))["alert"]
        self.assertEqual((as_it_was["version"], as_it_was["content"]["texts"][0]["headline"]), ("2", "Ny text"))

    def test_views_filter_and_look_back(self):
        area = "SE-23"  # nobody else's here
        first = self.issue(areas=[area], kind="ALERT_KIND_HIGH_POTENCY")
        second = self.issue(areas=["SE-2380"], roles=["ambulance"])

        def ids(**query):
            listed = self.ok(self.operator.get("/v1/alerts?" + urllib.parse.urlencode({"area": area, **query})))
            return {alert["alertId"] for alert in listed.get("alerts", [])}

        both = {first["alertId"], second["alertId"]}
        self.assertEqual(ids(), both)
        self.assertEqual(ids(kind="high-potency"), {first["alertId"]})
        self.assertEqual(ids(substance="437-38-7"), both)
        self.assertEqual(ids(substance="heroin"), set())
        self.assertEqual(ids(as_of=first["seq"]), {first["alertId"]})
        self.assertEqual(ids(as_of=first["time"]), {first["alertId"]})
        self.assertEqual(ids(to=second["time"]), {first["alertId"]})
        self.assertEqual(ids(**{"from": second["time"]}), {second["alertId"]})
        self.ok(self.police.post(f"/v1/alerts/{second['alertId']}/retract", {"reason": "Fel."}))
        self.assertEqual(ids(), {first["alertId"]})
        self.assertEqual(ids(include_ended=1), both)
        page = self.ok(self.operator.get(f"/v1/alerts?area={area}&include_ended=1&page_size=1"))
        rest = self.ok(self.operator.get("/v1/alerts?" + urllib.parse.urlencode(
            {"area": area, "include_ended": 1, "page_size": 1, "page_token": page["nextPageToken"]})))
        self.assertEqual({page["alerts"][0]["alertId"], rest["alerts"][0]["alertId"]}, both)
        self.problem(self.operator.get("/v1/alerts?areas=SE-23"), 400, "invalid_argument")

    def test_an_area_or_a_role_that_nobody_knows_is_refused_and_named(self):
        # Answered with nothing, a mistyped filter would look right.
        coordinator = HttpClient(self.broker, "coordinator")
        for path in ("/v1/alerts", "/v1/shortages", "/v1/services", "/v1/services/activity", "/cap/feed.atom",
                     "/v1/events"):
            for field, unknown in (("role", "chef"), ("area", "SE-99")):
                problem = self.problem(coordinator.get(f"{path}?{field}={unknown}"), 422, "unknown_" + field)
                self.assertEqual(problem["field"], field, path)
                self.assertNotIn(unknown, problem["detail"], path)
        reference = self.issue()["reference"]
        problem = self.problem(self.police.get(f"/v1/alerts/{reference}?length=full&role=chef"), 422, "unknown_role")
        self.assertEqual(problem["field"], "role")

    def test_an_acknowledgement_is_on_the_ledger_when_it_is_answered(self):
        outcome = self.issue(areas=["SE-1280"], roles=["laro"])
        path = "/v1/alerts/" + outcome["reference"]
        before = self.ok(self.police.get(path + "/delivery"))
        self.assertEqual(before["notReceived"], 1)
        self.assertIn("T", self.ok(self.clinic.post(path + "/acknowledge", {"version": "1", "pseudonym": "k7"}))["time"])
        after = self.ok(self.police.get(path + "/delivery?version=1"))
        self.assertEqual([entry["serviceId"] for entry in after["services"]], ["laro-malmo"])
        self.assertIn("acknowledged", after["services"][0])
        self.ok(self.clinic.post(path + "/acknowledge", {"version": "1"}))  # a repeat is answered too
        self.problem(self.clinic.post(path + "/acknowledge", {}), 400, "missing_field")
        self.problem(self.clinic.post(path + "/acknowledge", {"version": "9"}), 404, "not_found")
        self.problem(self.police.post(path + "/acknowledge", {"version": "1"}), 403, "permission_denied")
        stranger = HttpClient(self.broker, "syringe-exchange-stockholm")
        self.problem(stranger.post(path + "/acknowledge", {"version": "1"}), 404, "not_found")
        self.problem(stranger.get(path + "/delivery"), 404, "not_found")

    def test_the_directory_is_kept_over_http(self):
        entry = service("laro-malmo")
        listed = self.ok(self.operator.get("/v1/services?area=SE-12"))["entries"]
        self.assertEqual([one["service"]["serviceId"] for one in listed],
                         ["ambulance-skane", "emergency-malmo", "laro-malmo"])
        self.assertEqual(self.ok(self.operator.get("/v1/services/laro-malmo"))["entry"]["service"]["name"], entry["name"])
        self.problem(self.operator.post("/v1/services", entry), 409, "already_exists")
        self.problem(self.police.post("/v1/services", {**entry, "serviceId": "laro-lund"}), 403, "permission_denied")

    # --- what is refused ---

    def test_errors_name_the_field_and_never_repeat_what_was_sent(self):
        secret = "810228-9991"  # synthetic
        cases = (
            (seizure(headline=f"Mannen {secret}"), 422, "personal_identifier", "issue.content.texts[0].headline"),
            (seizure(areas=[secret]), 422, "unknown_area", "issue.content.audience.groups[0].areas[0]"),
            ({**seizure(), "kind": secret}, 400, "invalid_argument", "issue.content.kind"),
            ({**seizure(), secret: 1}, 400, "invalid_argument", "issue.content"),
            (f'{{"kind": {secret}', 400, "invalid_argument", "issue.content"),
            ("", 400, "invalid_argument", "issue.content"),
        )
        for body, status, code, field in cases:
            answer = self.police.post("/v1/alerts", body)
            self.assertEqual(self.problem(answer, status, code)["field"], field)
            self.assertNotIn(secret, answer.text + str(answer.headers))
        self.assertNotIn(secret, self.broker.log_text())
        answer = self.police.get(f"/v1/alerts/{secret}?x={secret}")
        self.assertGreaterEqual(answer.status, 400)
        self.assertNotIn(secret, answer.text)

    def test_what_is_too_large_is_refused_with_an_answer(self):
        self.problem(self.police.post("/v1/alerts", "x" * 1_000_000), 413, "too_large")
        self.problem(self.police.get("/v1/alerts", **{"X-Long": "x" * 20_000}), 431, "too_large")

    def test_what_is_no_http_is_refused(self):
        with socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=20) as raw:
            raw.sendall(b"\x16\x03\x01 hello\r\n\r\n")
            self.assertIn(b"400 Bad Request", raw.recv(4096))

    # --- the protocol ---

    def test_a_connection_is_kept_and_requests_may_be_pipelined(self):
        connection = self.police.connect()
        for _ in range(3):
            self.assertEqual(self.police.call("GET", "/v1/services", keep=connection).status, 200)
        connection.close()
        with socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=20) as raw:
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 2 +
                        b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            text = b""
            while more := raw.recv(4096):
                text += more
        self.assertEqual(text.count(b"HTTP/1.1 200 OK"), 3)

    def test_head_answers_without_a_body(self):
        answer = HttpClient(self.broker).call("HEAD", "/healthz")
        self.assertEqual((answer.status, answer.text, answer.headers["Content-Length"]), (200, "", "3"))

    def test_a_body_is_invited_when_the_client_waits_for_it(self):
        with socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=20) as raw:
            raw.sendall(b"POST /v1/alerts HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
                        b"Authorization: " + self.police.headers["Authorization"].encode() + b"\r\n\r\n")
            self.assertTrue(raw.recv(4096).startswith(b"HTTP/1.1 100 Continue"))
            raw.sendall(b"{}")
            self.assertIn(b"HTTP/1.1 400", raw.recv(4096))
        with socket.create_connection(("127.0.0.1", self.broker.http_port), timeout=20) as raw:
            raw.sendall(b"POST /v1/alerts HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 200000\r\n\r\n")
            self.assertTrue(raw.recv(4096).startswith(b"HTTP/1.1 401"), "refused before the body is sent")


class Stopping(unittest.TestCase):
    def test_acknowledged_alerts_survive_a_kill_and_keys_are_remembered(self):
        with Broker() as broker:
            register_services(broker, ["laro-malmo"])
            first = HttpClient(broker, "police").post("/v1/alerts", seizure(), {"Idempotency-Key": "k"})
            self.assertEqual(first.status, 201, first)
            broker.kill9()
            broker.restart()
            again = HttpClient(broker, "police").post("/v1/alerts", seizure(), {"Idempotency-Key": "k"})
            self.assertEqual((again.status, again.json["alertId"], again.json["duplicate"]),
                             (200, first.json["alertId"], True))

    def test_a_stop_closes_idle_connections(self):
        with Broker() as broker:
            with socket.create_connection(("127.0.0.1", broker.http_port), timeout=20) as raw:
                raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertIn(b"200 OK", raw.recv(4096))
                self.assertEqual(broker.stop(), 0)
                self.assertEqual(raw.recv(4096), b"")


if __name__ == "__main__":
    unittest.main()
