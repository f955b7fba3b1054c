"""The table of substances that is compiled in is the one that people edit."""

import pathlib
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE / "tools"))
import substances  # noqa: E402

LINE = "heroin;561-27-3;;;;;;horse\n"


class Substances(unittest.TestCase):
    def test_the_table_is_what_the_list_says(self):
        run = subprocess.run([sys.executable, str(SOURCE / "tools/substances.py"), "--check"], capture_output=True,
                             timeout=60, check=False)
        self.assertEqual(run.returncode, 0, run.stderr.decode())

    def test_at_least_eighty_have_names_in_nordic_languages(self):
        found = substances.rows((SOURCE / "broker/domain/substances.csv").read_text(encoding="utf-8"))
        self.assertGreater(len(found), 150)
        self.assertGreater(sum(1 for _, _, others in found if others), 80)

    def test_a_wrong_check_digit_a_name_in_two_rows_and_a_missing_field_are_refused(self):
        self.assertEqual(substances.rows(LINE), [("heroin", "561-27-3", "horse")])
        for bad in (LINE.replace("561-27-3", "561-27-4"), LINE + "cocaine;;;;;;;Horse\n", LINE + "cocaine;;\n",
                    LINE + "cocaine;561-27-3;;;;;;\n"):
            with self.assertRaises(ValueError):
                substances.rows(bad)


if __name__ == "__main__":
    unittest.main()
