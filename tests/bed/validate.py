"""Holds reports against the official schema of their format, and against what its readers ask for beyond that.

    validate.py SCHEMAS FORMAT FILE...

Prints what is wrong, one violation a line, and fails if there is any.
"""

import csv
import json
import re
import sys
from pathlib import Path


def json_violations(schema, document):
    from jsonschema.validators import validator_for

    kind = validator_for(schema)
    validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
    for error in validator.iter_errors(document):
        yield f"{error.json_path}: {error.message[:300]}"


def sarif(schemas, path):
    document = json.loads(path.read_text("utf-8"))
    yield from json_violations(json.loads((schemas / "sarif-2.1.0.schema.json").read_text("utf-8")), document)
    # What GitHub asks for beyond the schema.
    for run in document["runs"]:
        rules = run["tool"]["driver"]["rules"]
        if len(run["results"]) > 25_000:
            yield "more than 25,000 results"
        for rule in rules:
            if len(rule["properties"]["tags"]) > 20:
                yield f"{rule['id']}: more than 20 tags"
            for name in ("shortDescription", "fullDescription"):
                if not 0 < len(rule[name]["text"]) <= 1024:
                    yield f"{rule['id']}: {name} is empty or too long"
            if not rule["help"]["text"] or not 0 < float(rule["properties"]["security-severity"]) <= 10:
                yield f"{rule['id']}: no help, or no security-severity"
        for result in run["results"]:
            uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            if not re.fullmatch(r"[A-Za-z0-9._%-]+(/[A-Za-z0-9._%-]+)*", uri) or re.search(r"%(?![0-9A-F]{2})", uri):
                yield f"no relative path: {uri}"
            if rules[result["ruleIndex"]]["id"] != result["ruleId"]:
                yield f"{result['ruleId']}: another rule stands at its index"
            # SARIF 2.1.0, 3.27.10: what is no failure has no level but `none`.
            if result["kind"] != "fail" and result.get("level", "none") != "none":
                yield f"{result['ruleId']}: kind {result['kind']} with a level"


def junit(schemas, path):
    import xmlschema

    for error in xmlschema.XMLSchema(str(schemas / "junit.xsd")).iter_errors(str(path)):
        yield f"{error.path}: {str(error.reason)[:300]}"


def oscal(schemas, path):
    from oscal_bindings import OscalDocument
    from pydantic import ValidationError

    document = json.loads(path.read_text("utf-8"))
    schema = json.loads((schemas / "oscal_assessment-results.schema.json").read_text("utf-8"))
    yield from json_violations(translated(schema), document)
    try:
        OscalDocument.model_validate(document)
    except ValidationError as error:
        for one in error.errors()[:20]:
            yield f"{one['loc']}: {one['msg'][:300]}"


def translated(schema):
    """OSCAL's patterns name classes of Unicode, which Python's `re` does not know. Its ids are ours and ASCII."""
    if isinstance(schema, dict):
        return {
            key: value.replace(r"\p{L}", "A-Za-z").replace(r"\p{N}", "0-9").replace("(A-Za-z|_)", "[A-Za-z_]").replace(
                "(A-Za-z|0-9|[.\\-_])", "[A-Za-z0-9.\\-_]"
            )
            if key == "pattern" and isinstance(value, str)
            else translated(value)
            for key, value in schema.items()
        }
    return [translated(item) for item in schema] if isinstance(schema, list) else schema


def comma_separated(_, path):
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    if b"\r\n" not in path.read_bytes() or re.search(rb"(?<!\r)\n", path.read_bytes()):
        yield "lines do not end in CR and LF"
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            yield f"line {number}: {len(row)} columns, not {len(header)}"
        for name, cell in zip(header, row):
            if re.match(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell):
                yield f"line {number}, {name}: a formula"
            if name in ("evidence", "witnesses", "gaps") and cell and len(cell) < 32_000:
                json.loads(cell)


FORMATS = {"sarif": sarif, "junit": junit, "oscal": oscal, "csv": comma_separated}


def main(schemas, kind, *files):
    violations = [f"{name}: {found}" for name in files for found in FORMATS[kind](Path(schemas), Path(name))]
    print("\n".join(violations[:50]))
    return bool(violations)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
