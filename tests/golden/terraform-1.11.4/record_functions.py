#!/usr/bin/env python3
"""Asks the real terraform about every expression in functions/cases/*.txt and writes functions/answers.jsonl.

Run it in this directory with terraform 1.11.4 on PATH. Each case is evaluated in functions/files, with `local.u` an
unknown string. An answer is either the value (with its type when it is wholly known, and what in it is unknown or
sensitive) or the diagnostic. The tests compare with the answers and need no terraform.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
ENV = {**os.environ, "TF_CLI_CONFIG_FILE": "/dev/null", "CHECKPOINT_DISABLE": "1"}
OWN_FILES = ["main.tf", "cases.tf", "terraform.tfstate", ".terraform.tfstate.lock.info"]
HEAD = 'resource "terraform_data" "u" { input = "x" }\nlocals { u = terraform_data.u.id }\n'


def terraform(directory, *arguments):
    return subprocess.run(["terraform", *arguments], cwd=directory, env=ENV, capture_output=True, text=True).stdout


def workspace(files):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="record-"))
    shutil.copytree(HERE / "functions" / "files", directory, dirs_exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text)
    return directory


def errors(cases):
    """The first diagnostic of each case that has one."""
    lines = [f'output "o{number}" {{\n value = [\n{case}\n]\n sensitive = true\n}}\n' for number, case in enumerate(cases)]
    directory = workspace({"main.tf": HEAD, "cases.tf": "".join(lines)})
    found = {}
    for line in terraform(directory, "plan", "-json").splitlines():
        diagnostic = json.loads(line).get("diagnostic")
        if diagnostic and diagnostic["severity"] == "error":
            place = diagnostic.get("range", {})
            if place.get("filename") != "cases.tf":
                raise SystemExit(f"not about a case: {diagnostic}")
            number = (place["start"]["line"] - 1) // 6
            found.setdefault(number, {"summary": diagnostic["summary"], "detail": diagnostic["detail"].split("\ngoroutine")[0]})
    shutil.rmtree(directory)
    return found


def values(cases):
    """What the plan says about each case that has a value."""
    lines = []
    for number, case in cases.items():
        lines.append(f'resource "terraform_data" "r{number}" {{\n input = [\n{case}\n]\n}}\n')
        lines.append(f'output "o{number}" {{\n value = [\n{case}\n]\n sensitive = true\n}}\n')
    directory = workspace({"main.tf": HEAD, "cases.tf": "".join(lines)})
    log = terraform(directory, "plan", "-json", "-out=plan.bin")
    infinite = {int(number) for number in re.findall(r"terraform_data\.r(\d+) in state.*?infinity", log)}
    if infinite:
        # No plan can hold an infinity: such a case is only known to be one.
        answers = values({number: case for number, case in cases.items() if number not in infinite})
        return {**answers, **{number: {"infinity": True} for number in infinite}}
    # Fractions stay as they are written: a float would lose digits.
    plan = json.loads(terraform(directory, "show", "-json", "plan.bin") or "{}", parse_float=lambda text: f"\0{text}\0")
    if not plan:
        raise SystemExit(log)
    shutil.rmtree(directory)
    outputs = plan["planned_values"]["outputs"]
    answers = {}
    for change in plan["resource_changes"]:
        if change["name"] == "u":
            continue
        number = int(change["name"][1:])
        after = change["change"]
        answer = {"value": after["after"].get("input", [None])[0] if isinstance(after["after"].get("input"), list) else None}
        for name in ("after_unknown", "after_sensitive"):
            marks = after[name].get("input", False) if isinstance(after[name], dict) else after[name]
            marks = marks[0] if isinstance(marks, list) and marks else marks
            if marks not in (False, [], {}):
                answer[name.removeprefix("after_")] = marks
        if isinstance(answer["value"], list):
            # What terraform itself puts beside the files is not part of the answer.
            answer["value"] = [item for item in answer["value"] if item not in OWN_FILES]
        type_ = outputs.get(f"o{number}", {}).get("type")
        if type_:
            answer["type"] = type_[1][0]
        answers[number] = answer
    return answers


def main():
    cases = []
    for path in sorted((HERE / "functions" / "cases").glob("*.txt")):
        cases += [line for line in path.read_text().split("\n") if line and not line.startswith("#")]
    failed = errors(cases)
    known = values({number: case for number, case in enumerate(cases) if number not in failed})
    with open(HERE / "functions" / "answers.jsonl", "w") as out:
        for number, case in enumerate(cases):
            answer = {"error": failed[number]} if number in failed else known[number]
            line = json.dumps({"case": case, **answer}, ensure_ascii=False, sort_keys=True)
            out.write(re.sub(r'"\\u0000([^"]*)\\u0000"', r"\1", line) + "\n")
    print(len(cases), "cases,", len(failed), "errors")


main()
