#!/usr/bin/env python3
"""A store for Lethe behind a webhook, with nothing but Python's standard library.

The first half is the protocol (docs/connectors.md, "Webhook") and fits any system. The second half
is the system: here a small CRM in SQLite. Put your own in its place: one method for each call.

    export WEBHOOK_SECRET=whsec_$(openssl rand -base64 32)   # the same as LETHE_STORE_CRM_SECRET
    python3 sample.py 8300 crm.sqlite                        # behind your web server, which speaks TLS
"""
import base64, hashlib, hmac, http.server, json, os, re, sqlite3, sys, threading, time

SECRET = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"), validate=True)
TOLERANCE = int(os.environ.get("WEBHOOK_TOLERANCE", "300"))  # seconds between both clocks
LARGEST = 1 << 20  # bytes of a question
CALLS = ["find", "export", "values", "rectify", "erase", "verify"]


class Refused(Exception):
    """The question is not from Lethe, or nobody knows: no answer that is signed."""


def sign(message_id, timestamp, body):
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(SECRET, signed, hashlib.sha256)).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, disable_nagle_algorithm, timeout = "HTTP/1.1", True, 60
    store, seen, lock = None, {}, threading.Lock()

    def do_POST(self):
        try:
            self.check(body := self.rfile.read(self.length()))
            status, answer = 200, self.answer(json.loads(body))
        except Refused as refused:
            return self.send(401, f"{refused}\n".encode(), signed=False)
        except Exception as error:  # Lethe asks again later. The text may hold the person: not logged.
            print(f"{type(error).__name__} in a call", file=sys.stderr)
            status, answer = 500, {"version": 1, "answer": "error", "why": "the call failed; see our log"}
        self.send(status, json.dumps(answer).encode(), signed=True)

    def length(self):
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True
            raise Refused("Content-Length is missing, or the question is too large.")
        return int(length)

    def check(self, body):
        """Signed with our secret, of these minutes, and never seen before."""
        message_id, at = self.headers.get("webhook-id", ""), self.headers.get("webhook-timestamp", "")
        given = self.headers.get("webhook-signature", "").split(" ")
        right = sign(message_id, at, body).encode()
        if not any([hmac.compare_digest(one.encode(), right) for one in given]):
            raise Refused("The signature is not right. Is the secret the same on both sides?")
        if not at.isascii() or not at.isdigit() or abs(time.time() - int(at)) > TOLERANCE:
            raise Refused("The timestamp is too far from our time. Are both clocks right?")
        with self.lock:
            for old in [old for old, seen in self.seen.items() if abs(time.time() - seen) > 2 * TOLERANCE]:
                del self.seen[old]
            if message_id in self.seen:
                raise Refused("This question was asked before.")
            self.seen[message_id] = int(at)

    def answer(self, question):
        version, call = question.pop("version"), question.pop("call")
        if version != 1 or call not in [*CALLS, "probe", "file"]:
            return {"version": 1, "answer": "error", "why": "unknown version or call", "mend": "Update the sample."}
        with self.lock:
            return {"version": 1, "answer": call, **getattr(self.store, call)(**question)}

    def send(self, status, body, signed):
        message_id, now = self.headers.get("webhook-id", ""), str(int(time.time()))
        self.send_response(status)
        self.send_header("content-type", "application/json" if signed else "text/plain")
        self.send_header("content-length", str(len(body)))
        if signed:  # with the id of the question, so that it answers no other
            self.send_header("webhook-timestamp", now)
            self.send_header("webhook-signature", sign(message_id, now, body))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


# --- the system: put your own here ------------------------------------------------------------------

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- never given twice
    kind TEXT NOT NULL,                     -- account, ticket_message
    address TEXT NOT NULL, name TEXT NOT NULL DEFAULT '', phone TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '', file_name TEXT, file BLOB);
"""
# What the person wrote first, where others mention them next, their own account last.
FIND = """
SELECT * FROM (SELECT *, CASE WHEN lower(address) <> :address THEN 1 WHEN kind = 'account' THEN 2 ELSE 0 END AS rank
               FROM records WHERE lower(address) = :address OR instr(lower(text), :address))
WHERE (rank, id) > (:rank, :id) ORDER BY rank, id LIMIT 101
"""
FIELDS = {"name": "name", "email": "address", "phone": "phone"}


class Store:
    def __init__(self, file):
        self.db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript("PRAGMA secure_delete = ON;" + SCHEMA)

    def row(self, key):
        """The row of a key: record-7 is a row of the person, mention-7 one of somebody else."""
        return self.db.execute("SELECT * FROM records WHERE id = ?", [int(key.partition("-")[2])]).fetchone()

    def probe(self):
        records = self.db.execute("SELECT count(*) FROM records").fetchone()[0]
        return {"system": "Sample CRM 1", "calls": CALLS, "level": "full", "leaves": [], "records": records}

    def find(self, subject, after):
        rank, last = map(int, after.split(".")) if after else (-1, 0)
        rows = self.db.execute(FIND, {"address": subject["address"], "rank": rank, "id": last}).fetchall()
        items = [{
            "key": f"mention-{row['id']}", "kind": "mention", "match": "candidate",
            "label": f"Record {row['id']} of somebody else", "note": "", "holds": ["text"],
        } if row["rank"] == 1 else {
            "key": f"record-{row['id']}", "kind": row["kind"], "match": "sure",
            "label": f"Record {row['id']}", "note": "", "holds": ["address", "name", "phone", "text"],
        } for row in rows[:100]]
        return {"items": items, "next": f"{rows[99]['rank']}.{rows[99]['id']}" if len(rows) > 100 else None}

    def export(self, subject, keys):
        """It goes to that person: what is somebody else's by now is gone for them."""
        rows = {key: self.row(key) for key in keys}
        theirs = {key: row for key, row in rows.items() if row is not None and self.is_about(key, row, subject["address"])}
        return {"gone": [key for key in keys if key not in theirs],
                "records": [self.record(key, row) for key, row in theirs.items()]}

    def is_about(self, key, row, address):
        return address in row["text"].lower() if key.startswith("mention") else row["address"].lower() == address

    def record(self, key, row):
        given = {"key": key, "kind": row["kind"], "label": f"Record {row['id']}", "source": "our sales staff", "files": []}
        if key.startswith("mention"):  # the rest is about somebody else
            return {**given, "kind": "mention", "fields": [["Mentioned in", f"Record {row['id']}"]]}
        if row["file"] is not None:
            given["files"] = [{"name": row["file_name"], "size": len(row["file"])}]
        columns = {"Address": "address", "Name": "name", "Phone": "phone", "Text": "text"}
        return {**given, "fields": [[title, row[column]] for title, column in columns.items()]}

    def file(self, subject, key, file):
        return {"content": base64.b64encode(self.row(key)["file"]).decode()}

    def values(self, key):
        row = self.row(key)
        if row is None or row["kind"] != "account" or key.startswith("mention"):
            return {"values": {}}
        return {"values": {field: row[column] for field, column in FIELDS.items()}}

    def rectify(self, key, field, old, new):
        if field not in self.values(key)["values"]:
            return {"outcome": "needs_person"}
        self.db.execute(f"UPDATE records SET {FIELDS[field]} = ? WHERE id = ?", [new, self.row(key)["id"]])
        return {"outcome": "corrected"}

    def erase(self, subject, idempotency_key, items):
        """To erase what is gone is no error, so the same call may come twice."""
        return {"items": [{"key": item["key"], **self.erase_one(item["key"], subject["address"])} for item in items]}

    def erase_one(self, key, address):
        row = self.row(key)
        if row is None:
            return {"outcome": "erased"}
        if key.startswith("mention"):
            text = re.sub(re.escape(address), "[removed]", row["text"], flags=re.IGNORECASE)
            self.db.execute("UPDATE records SET text = ? WHERE id = ?", [text, row["id"]])
            return {"outcome": "neutralised"}
        if row["address"].lower() != address:
            return {"outcome": "needs_person", "why": "The record has another address now."}
        self.db.execute("DELETE FROM records WHERE id = ?", [row["id"]])
        return {"outcome": "erased"}

    def verify(self, subject, keys):
        """Looks each key up, whether or not a search would still find it."""
        return {"items": [{"key": key, "there": self.is_there(key, subject["address"])} for key in keys]}

    def is_there(self, key, address):
        row = self.row(key)
        return row is not None and (key.startswith("record") or address in row["text"].lower())


def main(port, file):
    Handler.store = Store(file)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
