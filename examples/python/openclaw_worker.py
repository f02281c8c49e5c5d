"""A client of the API with nothing but Python's standard library.

    client = Client(os.environ["OCW_URL"], os.environ["OCW_TOKEN"])
    print(client.run("uname -a")["stdout"])

What is refused raises Refused; what cannot be reached for `patience` seconds raises Unreachable.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

# One call is held for so long: at most 300 s are allowed, and usual proxies bear less.
HOLD_MS = 25_000
# What a proxy or a server on its way down answers: the same call may go well a little later.
PASSING = (429, 502, 503, 504)
ENDED = ("completed", "failed", "timed_out", "cancelled", "lost", "expired")


class Refused(Exception):
    """The server has answered that it will not do it; `code` is a word such as validation_failed."""

    def __init__(self, status, code, detail):
        super().__init__(detail)
        self.status = status
        self.code = code


class Unreachable(Exception):
    """There was no answer, for as long as it was tried."""


class Client:
    def __init__(self, url, token, patience=60.0):
        self.url = url.rstrip("/")
        self.token = token
        self.patience = patience

    def submit(self, **task):
        """Submits a task once, however often it has to be sent, and answers its id."""
        key = str(uuid.uuid4())
        return self._call("POST", "/tasks", task, {"Idempotency-Key": key})["taskId"]

    def wait(self, task_id, timeout=None):
        """Answers the record of a task when it has ended, or as it is after `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while True:
            left = HOLD_MS if until is None else max(0, min(HOLD_MS, int((until - time.monotonic()) * 1000)))
            record = self._call("GET", f"/tasks/{urllib.parse.quote(task_id)}?wait={left}")
            if record["status"] in ENDED or left == 0:
                return record

    def run(self, command, **fields):
        """Runs a command and answers its record: status, exitCode, stdout, stderr and more."""
        return self.wait(self.submit(command=command, **fields))

    def ask_claude(self, prompt, **fields):
        """Asks Claude Code there; pass the sessionId of the record to go on with the conversation."""
        return self.wait(self.submit(type="claude-cli", prompt=prompt, **fields))

    def read_file(self, path, **fields):
        return self.wait(self.submit(type="file-read", path=path, **fields))

    def write_file(self, path, content, **fields):
        return self.wait(self.submit(type="file-write", path=path, content=content, **fields))

    def _call(self, method, path, body=None, headers=None):
        data = None if body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        until = time.monotonic() + self.patience
        pause = 0.2
        while True:
            try:
                with urllib.request.urlopen(request, timeout=HOLD_MS / 1000 + 15) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                pause = max(pause, float(error.headers.get("Retry-After") or 0))
                failure = _refusal(error)
                if error.code not in PASSING:
                    raise failure from None
            except (OSError, json.JSONDecodeError) as error:
                failure = Unreachable(f"{self.url} cannot be reached: {error}")
            if time.monotonic() + pause > until:
                raise failure
            time.sleep(pause)
            pause = min(5.0, pause * 2)


def _refusal(error):
    try:
        problem = json.load(error)
        return Refused(error.code, problem["code"], problem["detail"])
    except (ValueError, KeyError, TypeError):
        return Refused(error.code, "unexpected", f"HTTP {error.code}")


def main():
    """openclaw_worker.py COMMAND: runs it there, with its output and its exit code."""
    try:
        record = Client(os.environ["OCW_URL"], os.environ["OCW_TOKEN"]).run(" ".join(sys.argv[1:]))
    except (Refused, Unreachable) as error:
        sys.exit(f"openclaw_worker: {error}")
    sys.stdout.write(record["stdout"])
    sys.stderr.write(record["stderr"])
    if record["status"] not in ("completed", "failed"):
        print(f"openclaw_worker: {record['status']}: {record['error']}", file=sys.stderr)
    sys.exit(record["exitCode"] if record["exitCode"] is not None else 125)


if __name__ == "__main__":
    main()
