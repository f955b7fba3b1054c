"""Overdose counts as an ambulance service, a coordinator and a curious clinic meet them: HTTP and the command line."""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import BIN, Broker  # noqa: E402
from support.http_client import HttpClient, register_services  # noqa: E402


def time_text(hours_ago):
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours_ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class Overdoses(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = Broker()
        cls.broker.start()
        cls.addClassCleanup(cls.broker.close)
        register_services(cls.broker, ["laro-malmo"])
        cls.police, cls.clinic = HttpClient(cls.broker, "police"), HttpClient(cls.broker, "laro-malmo")
        cls.coordinator, cls.operator = HttpClient(cls.broker, "coordinator"), HttpClient(cls.broker, "operator")
        answer = cls.operator.post("/v1/services", {"serviceId": "coordinator-halland", "name": "Samordnare Halland",
                                                    "areas": ["SE-13"], "roles": ["coordinator"]})
        assert answer.status == 201, answer

    def count(self, hours_ago, number, **more):
        return {"area": "SE-1280", "from": time_text(hours_ago + 1), "to": time_text(hours_ago), "notFatal": number,
                "source": "ambulance", "status": "STATUS_ACTUAL", **more}

    def test_counts_are_taken_hints_given_and_small_numbers_kept(self):
        quiet = self.clinic.post("/v1/overdoses", self.count(50, 2))
        self.assertEqual((quiet.status, quiet.json["servicesConcerned"]), (200, 0), quiet)
        loud = self.police.post("/v1/overdoses", self.count(2, 7))
        self.assertEqual((loud.status, loud.json["servicesConcerned"]), (200, 1), loud)

        county = self.clinic.get("/v1/overdoses?area=SE-12")
        self.assertEqual(sum(int(day["count"]) for day in county.json["periods"]), 2, county)
        own = self.clinic.get("/v1/overdoses?area=SE-1280")
        self.assertTrue(all(week["count"] in ("<5", "withheld") for week in own.json.get("periods", [])), own)
        self.assertEqual(self.clinic.get("/v1/overdoses?area=SE-1280&raw=1").status, 403)
        raw = self.coordinator.get("/v1/overdoses?area=SE-12&raw=1")
        self.assertEqual([period["count"] for period in raw.json["periods"]], ["2", "7"], raw)

        for body, field in ((self.count(2, 1, area="SE-12"), "count_overdoses.area"),
                            (self.count(2, 1, source="ring 070-1740605"), "count_overdoses.source"),
                            (self.count(-3, 1), "count_overdoses.to"), (self.count(2, 1, people=3), "count_overdoses")):
            refused = self.police.post("/v1/overdoses", body)
            self.assertIn(refused.status, (400, 422), refused)
            self.assertTrue(refused.json["field"].startswith(field), refused)
            self.assertNotIn("1740605", refused.text)
        self.assertEqual(self.clinic.post("/v1/overdoses", self.count(2, 1, area="SE-0180")).status, 403)
        self.assertEqual(self.clinic.get("/v1/overdoses?area=SE-1280&week=3").status, 400)

    def test_the_command_line_counts_and_shows(self):
        def run(principal, *words):
            dev = self.broker.dev_dir
            environment = {**os.environ, "GJALLAR_ENDPOINT": self.broker.grpc_address, "GJALLAR_CA": str(dev / "ca.pem"),
                           "GJALLAR_CERT": str(dev / f"{principal}.pem"), "GJALLAR_KEY": str(dev / f"{principal}.key")}
            done = subprocess.run([str(BIN / "gjallar"), *words], env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=60, check=False)
            return done.returncode, done.stdout, done.stderr

        code, out, errors = run("police", "count-overdoses", "NO-4601", "--from", time_text(30), "--to", time_text(29),
                                "--not-fatal", "2", "--fatal", "1", "--source", "ambulance")
        self.assertEqual(code, 0, errors)
        self.assertIn("counted", out)
        code, out, errors = run("coordinator", "overdoses", "NO-46", "--raw", "--json")
        self.assertEqual(code, 0, errors)
        self.assertEqual([period["count"] for period in json.loads(out)["periods"]], ["3"])
        code, out, _ = run("laro-malmo", "overdoses", "NO-4601")
        self.assertEqual(code, 0)
        code, _, errors = run("laro-malmo", "overdoses", "NO-46", "--raw")
        self.assertEqual(code, 1)
        self.assertIn("assess", errors)
        code, _, errors = run("police", "count-overdoses", "NO-4601", "--from", "yesterday", "--to", time_text(29),
                              "--source", "ambulance")
        self.assertEqual(code, 1)
        self.assertIn("from", errors)


if __name__ == "__main__":
    unittest.main()
