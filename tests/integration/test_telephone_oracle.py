"""The gate's hand-written telephone rules against an oracle: every number that the phonenumbers library calls a valid
fixed-line or mobile number of Sweden, Norway, Denmark or Finland, in every way the library writes it, is refused."""

import collections
import json
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.broker_process import Broker  # noqa: E402
from support.http_client import HttpClient, seizure  # noqa: E402

import phonenumbers  # noqa: E402
from phonenumbers import PhoneNumberFormat as Format, PhoneNumberType as Type  # noqa: E402

NUMBERS_A_REGION = 60
COUNTRIES = {"SE": 46, "NO": 47, "DK": 45, "FI": 358}
KINDS = (Type.FIXED_LINE, Type.MOBILE, Type.FIXED_LINE_OR_MOBILE)
# Lengths that people have, after the country's code: the plans of Finland allow shorter and longer ones on paper.
USUAL = {"SE": range(7, 10), "NO": range(8, 9), "DK": range(8, 9), "FI": range(7, 11)}


def numbers(region, generator):
    """Random valid numbers of a region, fixed lines and mobiles by turns."""
    found = []
    while len(found) < NUMBERS_A_REGION:
        digits = "".join(generator.choice("0123456789") for _ in range(generator.choice(USUAL[region])))
        number = phonenumbers.PhoneNumber(country_code=COUNTRIES[region], national_number=int(digits))
        if len(str(number.national_number)) not in USUAL[region] or not phonenumbers.is_valid_number(number):
            continue
        if phonenumbers.number_type(number) in KINDS:
            found.append(number)
    return found


def ways(number, region):
    """(name, text) of every way to write a number."""
    write = lambda form: phonenumbers.format_number(number, form)
    national = write(Format.NATIONAL)
    international = write(Format.INTERNATIONAL)
    yield "e164", write(Format.E164)
    yield "international", international
    yield "hyphens", write(Format.RFC3966).removeprefix("tel:")
    yield "double zero", international.replace("+", "00")
    yield "double zero, no spaces", write(Format.E164).replace("+", "00")
    yield "no-break spaces", international.replace(" ", "\u00a0")
    yield "en dashes", international.replace(" ", "\u2013")
    if region in ("SE", "FI"):
        yield "trunk zero", international.replace(f"+{COUNTRIES[region]} ", f"+{COUNTRIES[region]} (0)", 1)
    yield "national", national
    yield "after a word", "ring " + national.replace(" ", "").replace("-", "")
    yield "after an abbreviation", "tlf. " + national


class TelephoneOracle(unittest.TestCase):
    def test_every_valid_number_is_refused_however_it_is_written(self):
        generator = random.Random(20240612)
        with Broker() as broker:
            client = HttpClient(broker, "police")
            connection = client.connect()
            passed, asked = [], collections.Counter()
            for region in COUNTRIES:
                for number in numbers(region, generator):
                    for way, written in ways(number, region):
                        text = f"Uppgiftslämnaren nås på {written} i kväll."
                        if way.startswith("after"):
                            text = f"Uppgift saknas, {written}."
                        content = seizure(texts=[{"language": "sv", "headline": "Metonitazen", "description": text}])
                        answer = client.call("POST", "/v1/alerts?validate_only=1", json.dumps(content), keep=connection)
                        asked[region, way] += 1
                        if answer.status != 422 or answer.json["code"] != "personal_identifier":
                            passed.append((region, way, written))
            connection.close()
        self.assertGreater(sum(asked.values()), 2000)
        self.assertEqual(passed, [], f"{len(passed)} of {sum(asked.values())}")


if __name__ == "__main__":
    unittest.main()
