"""The demo scenario tells a whole story: what it must hold is checked here, how it is played in tests/integration."""

import json
import pathlib
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCENARIO = SOURCE / "tools/scenario/demo.json"
KINDS = ("issue", "revise", "grade", "widen", "retract", "observe", "report", "conclude", "report_escalation")
LEVELS = ("information", "warning", "urgent")


def level(grade):
    """The level of a grade, as docs/protocol.md has it: what is grave and soon is urgent."""
    grave = grade["severity"] in ("SEVERITY_EXTREME", "SEVERITY_SEVERE")
    soon = grade["urgency"] in ("URGENCY_IMMEDIATE", "URGENCY_EXPECTED")
    if grave and soon:
        return LEVELS.index("urgent")
    if grave and grade["urgency"] != "URGENCY_PAST" or soon and grade["severity"] == "SEVERITY_MODERATE":
        return LEVELS.index("warning")
    return LEVELS.index("information")


class Scenario(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scenario = json.loads(SCENARIO.read_text(encoding="utf-8"))
        cls.steps = cls.scenario["steps"]
        cls.commands = [step for step in cls.steps if "as" in step]

    def of(self, kind):
        """The commands of a kind that aren't refused."""
        return [step for step in self.commands if kind in step and "refused" not in step]

    def test_it_has_at_least_forty_commands_about_at_least_five_alerts(self):
        self.assertGreaterEqual(len(self.commands), 40)
        self.assertGreaterEqual(len({step["name"] for step in self.of("issue")}), 5)
        for step in self.commands:
            self.assertEqual(sum(kind in step for kind in KINDS), 1, step["say"])
        issued = {step["name"] for kind in ("issue", "report") for step in self.of(kind)}
        self.assertLessEqual({step["name"] for step in self.commands if "refused" not in step}, issued)

    def test_it_speaks_three_languages(self):
        languages = {text["language"] for step in self.commands for kind in ("issue", "revise") if kind in step
                     for text in step[kind].get("texts", step[kind].get("content", {}).get("texts", []))}
        self.assertLessEqual({"sv", "nb", "en"}, languages)

    def test_alerts_are_graded_up_and_down(self):
        held, up, down, sharper = {}, 0, 0, 0
        for step in self.commands:
            if "refused" in step:
                continue
            if "issue" in step:
                held[step["name"]] = step["issue"]["grade"]
            if "grade" in step:
                before, after = held[step["name"]], step["grade"]["grade"]
                up += level(after) > level(before)
                down += level(after) < level(before)
                sharper += after != before
                held[step["name"]] = after
        self.assertGreater(up, 0)
        self.assertGreater(down, 0)
        self.assertEqual(sharper, len(self.of("grade")), "a grade that changes nothing is refused")

    def test_one_is_widened_one_retracted_one_an_exercise_one_expires_and_one_moves(self):
        for kind in ("widen", "retract", "observe", "report", "conclude"):
            self.assertGreater(len(self.of(kind)), 0, kind)
        exercises = [step for step in self.of("issue") if step["issue"]["status"] == "STATUS_EXERCISE"]
        self.assertGreater(len(exercises), 0)
        expiring = {step["name"] for step in self.of("issue") if "expires_in_s" in step}
        self.assertLessEqual({step["wait_expired"] for step in self.steps if "wait_expired" in step}, expiring)
        self.assertGreater(len(expiring), 0)
        self.assertTrue(any("audience" in step["revise"]["update_mask"] for step in self.of("revise")))

    def test_somebody_slips_and_somebody_comes_late(self):
        self.assertEqual([step["refused"] for step in self.commands if "refused" in step], ["personal_identifier"])
        late = [service["service_id"] for service in self.scenario["services"] if service.get("connects") == "late"]
        self.assertEqual(sorted(step["connect"] for step in self.steps if "connect" in step), sorted(late))
        transports = {service.get("transport", "grpc") for service in self.scenario["services"]}
        self.assertEqual(transports, {"grpc", "websocket"})

    def test_somebody_is_called_and_somebody_is_closed(self):
        closed = {service["service_id"] for service in self.scenario["services"] if service.get("closed_now")}
        chased = [step["wait_called"] for step in self.steps if "wait_called" in step]
        self.assertEqual(closed & set(chased), closed)
        called = [step["report_escalation"]["service_id"] for step in self.of("report_escalation")]
        self.assertEqual(sorted(called), sorted(set(chased) - closed))
        self.assertEqual([step["name"] for step in self.steps if "wait_called" in step],
                         [step["delivery"] for step in self.steps if "delivery" in step][:len(chased)])


if __name__ == "__main__":
    unittest.main()
