"""Holds OCSF events against the official schema: `python ocsf.py VERSION FILE`, one event a line, or one JSON array.

The class schema with the profiles cloud and datetime, and the constraints that at least one of several attributes is
there, come from the package ocsf-json-schema, which carries the official schema's data. Two things that a JSON Schema does
not say are checked on that data itself: that a number's name is the one that the schema gives it (`status` for
`status_id`), and that no attribute is used that the schema calls deprecated. Prints the number of events, then a line for
each departure.
"""

import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

version, path = sys.argv[1:]
data = get_ocsf_schema(version)
schema = OcsfJsonSchemaEmbedded(data).get_class_schema("compliance_finding", profiles=["cloud", "datetime"])
validator = Draft202012Validator(schema)


def departures(value, attributes, where):
    for name, item in value.items():
        attribute = attributes.get(name)
        if attribute is None:
            continue  # The validator has said so.
        here = f"{where}.{name}"
        if "@deprecated" in attribute:
            yield f"{here} is deprecated"
        caption = attribute.get("enum", {}).get(str(item), {}).get("caption")
        sibling = attribute.get("sibling")
        if sibling and caption and item != 99 and value.get(sibling) != caption:
            yield f"{here} is {item}, which is {caption}, but {sibling} is {value.get(sibling)}"
        inner = data["objects"].get(attribute.get("object_type"), {}).get("attributes")
        for element in item if isinstance(item, list) else [item]:
            if inner and isinstance(element, dict):
                yield from departures(element, inner, here)


def events():
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.split("\n") if line]


found = events()
print(len(found))
for number, event in enumerate(found):
    for error in validator.iter_errors(event):
        print(f"event {number} {error.json_path}: {error.message[:300]}")
    for departure in departures(event, data["classes"]["compliance_finding"]["attributes"], "$"):
        print(f"event {number} {departure}")
    if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
        print(f"event {number} $.type_uid is not made of class and activity")
    if event["metadata"]["version"] != version:
        print(f"event {number} $.metadata.version is not {version}")
