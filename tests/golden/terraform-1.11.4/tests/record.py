#!/usr/bin/env python3
"""Asks the terraform on PATH for the verdicts of each case here: python3 record.py [CASE...]

A case is a root module with tests. `verdicts.json` beside it holds every run's status and every diagnostic.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ENV = dict(os.environ, TF_CLI_CONFIG_FILE="/dev/null", CHECKPOINT_DISABLE="1")


def record(case):
    with tempfile.TemporaryDirectory() as directory:
        work = os.path.join(directory, "case")
        shutil.copytree(os.path.join(HERE, case), work, ignore=shutil.ignore_patterns("verdicts.json"))
        subprocess.run(["terraform", "init", "-backend=false"], cwd=work, env=ENV, capture_output=True)
        done = subprocess.run(["terraform", "test", "-json"], cwd=work, env=ENV, capture_output=True, text=True)
    runs, found, left, status = [], [], [], None
    for line in done.stdout.splitlines():
        if not line.startswith("{"):
            raise SystemExit(f"{case}: terraform crashed")
        line = json.loads(line)
        file, run = line.get("@testfile"), line.get("@testrun")
        if line["type"] == "test_run" and line["test_run"]["progress"] == "complete":
            runs.append({"file": file, "run": run, "status": line["test_run"]["status"]})
        elif line["type"] == "test_cleanup":
            left += [r["instance"] for r in line["test_cleanup"]["failed_resources"]]
        elif line["type"] == "test_summary":
            status = line["test_summary"]["status"]
        elif line["type"] == "diagnostic":
            d, r = line["diagnostic"], line["diagnostic"].get("range")
            at = f"{r['filename']}:{r['start']['line']}:{r['start']['column']}" if r else None
            found.append({"file": file, "run": run, "severity": d["severity"], "summary": d["summary"],
                          "detail": d.get("detail", ""), "at": at})
    key = lambda d: json.dumps(d, sort_keys=True)
    verdicts = {"status": status, "runs": runs, "diagnostics": sorted(found, key=key), "left": sorted(left)}
    with open(os.path.join(HERE, case, "verdicts.json"), "w") as file:
        json.dump(verdicts, file, indent=1)
        file.write("\n")


for name in sys.argv[1:] or sorted(n for n in os.listdir(HERE) if os.path.isdir(os.path.join(HERE, n))):
    record(name)
    print(name)
