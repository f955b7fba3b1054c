"""The command line as people and scripts meet it: tables, JSON, exit codes, errors that say what to do next."""

import datetime
import json
import os
import pathlib
import pty
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("GJALLAR_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(SOURCE / "tests/support"))
from broker_process import BIN, Broker  # noqa: E402

PUBLISH = ("publish", "--kind", "seizure", "--headline", "Tablets sold as oxycodone", "--area", "SE-12", "--urgency",
           "immediate", "--severity", "extreme", "--certainty", "likely", "--substance", "metonitazene", "--cas",
           "14680-51-4", "--form", "tablet")


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.broker.start()
        cls.addClassCleanup(cls.broker.__exit__, None, None, None)
        code, _, errors = cls.run_as("operator", "service", "add", "laro-malmo", "--name", "LARO Malmö", "--area", "SE-1280",
                                     "--role", "laro")
        assert code == 0, errors

    @classmethod
    def run_as(cls, principal, *words, environment=None):
        dev = cls.broker.dev_dir
        given = {**os.environ, "GJALLAR_ENDPOINT": cls.broker.grpc_address, "GJALLAR_CA": str(dev / "ca.pem"),
                 "GJALLAR_CERT": str(dev / f"{principal}.pem"), "GJALLAR_KEY": str(dev / f"{principal}.key"),
                 **(environment or {})}
        run = subprocess.run([str(BIN / "gjallar"), *map(str, words)], env=given, stdin=subprocess.DEVNULL,
                             capture_output=True, timeout=60, check=False)
        return run.returncode, run.stdout.decode(), run.stderr.decode()

    def on_a_terminal(self, *words, environment):
        """What the operator sees of a command on a terminal."""
        dev = self.broker.dev_dir
        given = {**os.environ, "GJALLAR_ENDPOINT": self.broker.grpc_address, "GJALLAR_CA": str(dev / "ca.pem"),
                 "GJALLAR_CERT": str(dev / "operator.pem"), "GJALLAR_KEY": str(dev / "operator.key"), "TERM": "xterm"}
        given.pop("NO_COLOR", None)
        master, slave = pty.openpty()
        with subprocess.Popen([str(BIN / "gjallar"), *words], env={**given, **environment}, stdin=subprocess.DEVNULL,
                              stdout=slave, stderr=slave) as process:
            os.close(slave)
            seen = b""
            try:
                while part := os.read(master, 65536):
                    seen += part
            except OSError:  # the other end is closed
                pass
            os.close(master)
        self.assertEqual(process.returncode, 0, seen)
        return seen.decode()

    def publish(self, *more):
        code, out, errors = self.run_as("police", *PUBLISH, *more, "--json")
        self.assertEqual(code, 0, errors)
        return json.loads(out)

    def test_an_alert_is_published_changed_and_withdrawn(self):
        outcome = self.publish()
        reference = outcome["reference"]
        self.assertEqual(outcome["servicesConcerned"], 1)
        for principal, *words in (
                ("coordinator", "grade", reference, "--urgency", "expected", "--severity", "severe", "--certainty", "observed", "--reason", "confirmed by a laboratory"),
                ("police", "revise", reference, "--headline", "Tablets with a nitazene", "--reason", "analysed"),
                ("coordinator", "widen", reference, "--area", "SE-14", "--role", "outreach"),
                ("laro-malmo", "observe", reference, "--area", "SE-1280", "--count", "2"),
                ("police", "retract", reference, "--reason", "another batch")):
            code, _, errors = self.run_as(principal, *words)
            self.assertEqual(code, 0, (words, errors))
        code, out, _ = self.run_as("operator", "history", reference, "--json")
        types = [event["type"] for event in json.loads(out)["events"]]
        self.assertEqual(types, [f"EVENT_TYPE_ALERT_{name}" for name in
                                 ("ISSUED", "GRADED", "REVISED", "WIDENED", "OBSERVED", "RETRACTED")])
        code, out, _ = self.run_as("operator", "history", reference)
        self.assertIn("alert retracted", out)
        self.assertIn("another batch", out)

    def test_a_repeat_with_the_same_key_is_marked(self):
        first = self.publish("--idempotency-key", "key-1")
        again = self.publish("--idempotency-key", "key-1")
        self.assertTrue(again["duplicate"])
        self.assertEqual(again["seq"], first["seq"])
        code, _, errors = self.run_as("police", *PUBLISH, "--form", "powder", "--idempotency-key", "key-1")
        self.assertEqual(code, 1 if "idempotency_key_reused" in errors else 2, errors)

    def test_a_repeat_that_expires_at_a_moment_is_the_same_command_and_one_that_counts_from_now_is_refused(self):
        code, out, errors = self.run_as("police", *PUBLISH, "--expires-in", "48h", "--json")
        self.assertEqual(code, 0, errors)
        code, _, errors = self.run_as("police", *PUBLISH, "--expires-in", "48h", "--idempotency-key", "key-in", "--json")
        self.assertEqual(code, 1)
        error = json.loads(errors)
        self.assertEqual(error["field"], "expires-in")
        self.assertIn("--expires TIME", error["advice"])
        expires = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        first = self.publish("--expires", expires, "--idempotency-key", "key-at")
        again = self.publish("--expires", expires, "--idempotency-key", "key-at")
        self.assertTrue(again["duplicate"])
        self.assertEqual(again["seq"], first["seq"])
        code, out, errors = self.run_as("police", "view", first["reference"], "--json")
        self.assertEqual(json.loads(out)["alert"]["content"]["expires"], expires)
        code, _, errors = self.run_as("police", *PUBLISH, "--expires", "on Friday")
        self.assertEqual(code, 1)
        self.assertIn("expires: ", errors)
        code, _, errors = self.run_as("police", *PUBLISH, "--expires", expires, "--expires-in", "48h")
        self.assertEqual(code, 2, errors)
        code, _, errors = self.run_as("police", "report", "--kind", "seizure", "--subject", "heroin", "--area", "SE-1280", "--seen",
                                      "now", "--danger", "acute-harm", "--certainty", "likely", "--idempotency-key", "key-seen")
        self.assertEqual(code, 1)
        self.assertIn("seen: ", errors)

    def test_a_text_that_may_point_at_a_person_asks_and_is_confirmed_or_left_out(self):
        calm = ("publish", "--kind", "seizure", "--headline", "Starka tabletter", "--area", "SE-12", "--urgency", "future",
                "--severity", "minor", "--certainty", "likely", "--description", "En 23-årig man avled i Lund den 3 juni.")
        code, _, errors = self.run_as("police", *calm)
        self.assertEqual(code, 1)
        self.assertIn("confirm_required", errors)
        self.assertIn("--confirm REASON", errors)
        self.assertNotIn("Lund", errors)
        code, out, errors = self.run_as("police", *calm, "--confirm", "in the newspapers")
        self.assertEqual(code, 0, errors)
        self.assertNotIn("left out", out)
        urgent = [{"future": "immediate", "minor": "severe"}.get(word, word) for word in calm]
        code, out, errors = self.run_as("police", *urgent)
        self.assertEqual(code, 0, errors)
        reference = out.split()[0]
        self.assertIn("left out: texts[0].description (age or sex with a place and a date)", out)
        code, out, errors = self.run_as("police", "revise", reference, "--language", "en", "--headline", "Strong tablets",
                                        "--description", "A man, aged 23, died in Lund on 3 June.", "--confirm", "public")
        self.assertEqual(code, 0, errors)
        for words in (("grade", "--urgency", "expected", "--severity", "severe", "--certainty", "likely"),
                      ("widen", "--area", "SE-14"), ("retract", "--reason", "Mannen, 23 år, från Lund, 3 juni.")):
            code, out, errors = self.run_as("police", words[0], reference, *words[1:], "--confirm", "public")
            self.assertEqual(code, 0, (words, errors))
            self.assertNotIn("left out", out)

    def test_validate_only_stores_nothing(self):
        _, before, _ = self.run_as("operator", "status", "--json")
        outcome = self.publish("--validate-only")
        _, after, _ = self.run_as("operator", "status", "--json")
        self.assertEqual(outcome["servicesConcerned"], 1)
        self.assertEqual(json.loads(before)["headSeq"], json.loads(after)["headSeq"])

    def test_receipts_show_in_the_delivery(self):
        reference = self.publish()["reference"]
        code, out, _ = self.run_as("police", "delivery", reference)
        self.assertIn("1 of 1 services have not received it", out)
        code, out, errors = self.run_as("laro-malmo", "subscribe", "--after", "0", "--until-caught-up", "--client-id", "test")
        self.assertEqual(code, 0, errors)
        self.assertIn(reference, out)
        code, _, errors = self.run_as("laro-malmo", "acknowledge", reference)
        self.assertEqual(code, 0, errors)
        code, out, errors = self.run_as("police", "delivery", reference, "--json")
        delivery = json.loads(out)["services"][0]
        self.assertIn("acknowledged", delivery)

    def test_over_websocket_the_same_is_followed(self):
        reference = self.publish()["reference"]
        code, out, errors = self.run_as("laro-malmo", "subscribe", "--websocket", self.broker.http_address, "--after", "0",
                                        "--until-caught-up", environment={"GJALLAR_TOKEN": self.broker.token("laro-malmo")})
        self.assertEqual(code, 0, errors)
        self.assertIn(reference, out)

    def test_errors_name_the_field_and_the_way_out(self):
        code, _, errors = self.run_as("police", *PUBLISH, "--area", "SE-AB")
        self.assertEqual(code, 1)
        self.assertIn("unknown_area", errors)
        self.assertIn("content.audience.groups[0].areas[1]", errors)
        code, _, errors = self.run_as("laro-malmo", *PUBLISH, "--json")
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(errors)["code"], "ERROR_CODE_PERMISSION_DENIED")
        code, _, errors = self.run_as("police", "publish", "--kind", "rumour", "--headline", "x", "--area", "SE")
        self.assertEqual(code, 1)
        self.assertIn("seizure", errors)

    def test_wrong_words_are_a_usage_error(self):
        for words in ((), ("shout",), ("view", "--no-such-option"), ("retract",)):
            code, _, errors = self.run_as("police", *words)
            self.assertEqual(code, 2, (words, errors))
            self.assertTrue(errors.startswith("gjallar: "), (words, errors))
            self.assertIn("--help", errors)
        code, out, _ = self.run_as("police", "--help")
        self.assertEqual(code, 0)
        self.assertIn("publish", out)

    def test_wrong_words_with_json_are_an_error_object_that_names_the_field(self):
        for words, code, field in (
                (("--json",), "MISSING_FIELD", "command"),
                (("retract", "--json"), "MISSING_FIELD", "alert"),
                (("--json", "conclude", "GJ-0000-0000-000"), "MISSING_FIELD", "outcome"),
                (("view", "--no-such-option", "--json"), "INVALID_ARGUMENT", "no-such-option"),
                (("replay", "--speed", "-1", "--json"), "INVALID_ARGUMENT", "speed")):
            exit_code, out, errors = self.run_as("police", *words)
            self.assertEqual((exit_code, out), (2, ""), (words, errors))
            error = json.loads(errors)
            self.assertEqual((error["code"], error.get("field")), ("ERROR_CODE_" + code, field), words)
            self.assertIn("--help", error["advice"])
        _, _, errors = self.run_as("police", "publish", "--headline", "x", "Ola", "Nordmann", "--no-such-option")
        self.assertNotIn("Nordmann", errors, "a text that wasn't quoted isn't repeated")

    def test_a_replay_shows_the_types_that_are_asked_for(self):
        reference = self.publish()["reference"]
        code, _, errors = self.run_as("police", "retract", reference, "--reason", "another batch")
        self.assertEqual(code, 0, errors)

        def types(*words):
            code, out, errors = self.run_as("operator", "replay", "--alert", reference, *words, "--json")
            self.assertEqual(code, 0, errors)
            return [step["event"]["type"] for step in map(json.loads, out.splitlines()) if "event" in step]

        self.assertEqual(types("--type", "alert-retracted"), ["EVENT_TYPE_ALERT_RETRACTED"])
        self.assertEqual(types("--type", "alert-retracted", "--type", "alert-issued"),
                         ["EVENT_TYPE_ALERT_ISSUED", "EVENT_TYPE_ALERT_RETRACTED"])
        self.assertEqual(types("--type", "service-registered"), [])
        code, _, errors = self.run_as("operator", "replay", "--type", "rumour")
        self.assertEqual(code, 1)
        self.assertIn("alert-issued", errors)

    def test_a_table_has_colour_on_a_terminal_and_none_where_it_is_not_wanted(self):
        self.publish()
        for environment, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            self.assertEqual("\x1b[" in self.on_a_terminal("view", environment=environment), coloured, environment)
        _, out, _ = self.run_as("operator", "view")
        self.assertNotIn("\x1b[", out)

    def test_a_broker_that_is_not_there_is_a_clear_error(self):
        code, _, errors = self.run_as("police", "status", "--endpoint", "127.0.0.1:1")
        self.assertEqual(code, 1)
        self.assertIn("can't be reached", errors)

    def test_the_directory_lists_changes_and_disables(self):
        code, _, errors = self.run_as("operator", "service", "add", "outreach-oslo", "--name", "Oppsøkende", "--area", "NO-0301",
                                      "--role", "outreach")
        self.assertEqual(code, 0, errors)
        code, _, errors = self.run_as("operator", "service", "change", "outreach-oslo", "--minimum-grade", "urgent")
        self.assertEqual(code, 0, errors)
        code, out, _ = self.run_as("operator", "service", "list", "--area", "NO-03")
        self.assertIn("urgent", out)
        self.assertNotIn("laro-malmo", out)
        code, _, errors = self.run_as("operator", "service", "disable", "outreach-oslo", "--reason", "closed")
        self.assertEqual(code, 0, errors)
        code, out, _ = self.run_as("operator", "service", "list")
        self.assertNotIn("outreach-oslo", out)


if __name__ == "__main__":
    unittest.main()
