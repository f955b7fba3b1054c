"""What `gjallar play` prints for people: every seq has a line, and the commands to go on by hand come apart from it."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(os.environ.get("GJALLAR_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(SOURCE / "tests/support"))
from broker_process import BIN, Broker  # noqa: E402

PLAY_TIME_S = 120


def beginning_of_the_demo():
    """The demo up to its first conclusion, whose report was linked to an alert, so that a notice stands between."""
    scenario = json.loads((SOURCE / "tools/scenario/demo.json").read_text(encoding="utf-8"))
    end = next(number for number, step in enumerate(scenario["steps"]) if "conclude" in step)
    scenario["steps"] = scenario["steps"][:end + 1]
    scenario["services"] = [service for service in scenario["services"] if service.get("connects") != "late"]
    return scenario


class Play(unittest.TestCase):
    def test_every_seq_has_a_line_and_the_commands_to_go_on_are_written_apart(self):
        with Broker(duplicate_days=14) as broker:
            path, go_on = broker.folder / "scenario.json", broker.folder / "go-on"
            path.write_text(json.dumps(beginning_of_the_demo()))
            run = subprocess.run([str(BIN / "gjallar"), "play", str(path), "--dev-dir", str(broker.dev_dir), "--endpoint",
                                  broker.grpc_address, "--http", broker.http_address, "--go-on", str(go_on)],
                                 stdin=subprocess.DEVNULL, capture_output=True, timeout=PLAY_TIME_S, check=False)
            out = run.stdout.decode()
            self.assertEqual(run.returncode, 0, out + run.stderr.decode())
            lines = [match for match in map(re.compile(r" *(\d+)  (\w+)").match, out.splitlines()) if match]
            lines = [(int(match[1]), match[2]) for match in lines if match[2] != "of"]
            seqs = [seq for seq, _ in lines]
            self.assertEqual(seqs, list(range(seqs[0], seqs[0] + len(seqs))), out)
            self.assertIn("notice", [what for _, what in lines], out)
            self.assertNotIn("\x1b[", out)
            self.assertTrue(out.rstrip().endswith("and by the broker's ledger."), out)
            commands = go_on.read_text().splitlines()
            self.assertEqual(len(commands), 4)
            self.assertEqual([command.split()[0] for command in commands[1:]],
                             ["export", "build/release/bin/gjallar", "build/release/bin/gjallar"])


if __name__ == "__main__":
    unittest.main()
