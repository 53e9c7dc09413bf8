"""Holds AWS Security Findings against AWS's own model of `BatchImportFindings`: `python asff.py FILE`, one JSON array.

Names, types and required attributes are checked by botocore as it checks a request; patterns, allowed values and the limits
of lengths that the model's documentation states, here. Prints the number of findings, then a line for each departure.
"""

import json
import re
import sys

import botocore.session
from botocore.validate import ParamValidator

model = botocore.session.get_session().get_service_model("securityhub")
request = model.operation_model("BatchImportFindings").input_shape
one = request.members["Findings"].member


def limits(documentation):
    text = re.sub(r"<[^>]+>", " ", documentation or "")
    found = re.search(r"Maximum (?:length )?of (\d+)(?: length)?\.", text)
    items = re.search(r"Maximum number of (\d+) items?", text)
    return (int(found[1]) if found else None, int(items[1]) if items else None)


def departures(value, shape, where):
    if shape.type_name == "structure":
        for name, item in value.items():
            member = shape.members.get(name)
            if member is None:
                yield f"{where}.{name} is not in the format"
                continue
            length, items = limits(member.documentation)
            if length and isinstance(item, str) and len(item) > length:
                yield f"{where}.{name} has {len(item)} characters, more than {length}"
            if items and isinstance(item, list) and not 0 < len(item) <= items:
                yield f"{where}.{name} has {len(item)} items, not up to {items}"
            yield from departures(item, member, f"{where}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from departures(item, shape.member, where + "[]")
    elif shape.type_name == "map":
        if len(value) > 50:
            yield f"{where} has {len(value)} fields"
        for name, item in value.items():
            if len(name) > 128 or len(item) > 2048:
                yield f"{where}.{name} is too long"
            yield from departures(item, shape.value, f"{where}.{name}")
    elif shape.type_name == "string":
        allowed, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
        if allowed and value not in allowed:
            yield f"{where} is {value!r}, not one of {allowed}"
        if pattern and not re.search(pattern, value):
            yield f"{where} does not match {pattern}"


with open(sys.argv[1], encoding="utf-8") as file:
    found = json.load(file)
print(len(found))
for start in range(0, len(found), 100):
    report = ParamValidator().validate({"Findings": found[start : start + 100]}, request)
    if report.has_errors():
        print(report.generate_report())
for number, finding in enumerate(found):
    for departure in departures(finding, one, "$"):
        print(f"finding {number} {departure}")
    if not all(kind.split("/")[0] == "Software and Configuration Checks" for kind in finding["Types"]):
        print(f"finding {number} has a type outside AWS's taxonomy")
    if len(json.dumps(finding, ensure_ascii=False).encode()) > 240_000:
        print(f"finding {number} is larger than 240 KB")
