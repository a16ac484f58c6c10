"""A loopback server of videos in the dialects of SGLang Diffusion and vLLM-Omni, with the storyboard behind it.

It misbehaves where it is told to: FAULTS lists what, by the request that meets it. `jobs` is what somebody would pay.
"""

from __future__ import annotations

import email
import json
import random
import re
import threading
import time
import uuid
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from svta.builder.video.encoder import encode
from svta.generation.storyboard import render

MODEL = "Wan-AI/Wan2.1-T2V-1.3B-Diffusers"
FAULTS = {
    # lost: the job is made, its answer is not sent
    "create": ("429", "500", "500-lost", "drop", "lost", "html-lost"),
    "poll": ("429", "500", "drop", "html"),
    "content": ("429", "500", "drop", "cut", "html", "huge", "frames", "size"),
    "job": ("fail", "hang", "vanish", "twice"),
    "sync": ("429", "500", "drop", "cut", "html", "huge", "frames"),
}


@dataclass
class Job:
    id: str
    prompt: str
    seed: int
    fields: dict
    model: str = ""
    fault: str = ""
    created_at: int = field(default_factory=lambda: int(time.time()))
    polls: int = 0
    downloads: int = 0
    deleted: bool = False

    @property
    def status(self) -> str:
        if self.fault == "hang":
            return "in_progress"
        if self.fault == "fail":
            return "failed" if self.polls > 1 else "queued"
        if self.fault == "twice" and self.polls == 3:
            return "in_progress"  # after it was completed once
        return (
            ("queued", "in_progress")[self.polls - 1] if 0 < self.polls < 3 and self.fault != "twice" else "completed"
        )

    @property
    def is_good(self) -> bool:
        return self.fault in ("", "twice")


class VideoEngine:
    """faults: how often what happens next, by kind of request. dialect: sglang (JSON) or vllm-omni (a form)."""

    def __init__(
        self, dialect="sglang", *, key="", step=4, honours_seed=True, refuses=(), version="0.5.9", black=False
    ):
        self.dialect, self.key, self.step, self.honours_seed = dialect, key, step, honours_seed
        self.refuses, self.version, self.black = set(refuses), version, black
        self.jobs: dict[str, Job] = {}
        self.tickets: dict[str, str] = {}
        self.takes_tickets = False
        self.faults: dict[str, deque[str]] = {kind: deque() for kind in FAULTS}
        self.met: Counter[str] = Counter()
        self.requests: list[str] = []
        self.bodies: list[dict] = []
        self.owner, self.fps, self.frames = ("sglang" if dialect == "sglang" else "vllm"), 0, 0
        self.serves = ""  # the one name of a model that is taken, as a gateway before an engine does; "": any
        self.repeats_model = True  # in what it says of a job, as it was sent
        self.refusal = 0  # the status of every POST's answer, where it is not 0
        self.filter_status = 400  # what a prompt that its filter refuses gets
        self.says = "CUDA out of memory"  # of a job that failed
        self.escapes = False  # characters that JSON need not escape
        self.elsewhere = ""  # where `redirect` leads
        self.dice: random.Random | None = None
        self.lock = threading.Lock()
        self.at_once = self.most_at_once = 0
        self.server = _Quiet(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()

    def fault(self, kind, *names):
        self.faults[kind].extend(names)

    def scatter(self, count, seed, without=()):
        """`count` faults of all kinds, met at random by the requests to come."""
        self.dice = random.Random(seed)
        kinds = [(kind, name) for kind in ("create", "poll", "content", "job") for name in FAULTS[kind]]
        kinds = [pair for pair in kinds if pair[1] not in without]
        drawn = [kinds[i % len(kinds)] for i in range(count)]
        self.dice.shuffle(drawn)
        for kind, name in drawn:
            self.faults[kind].append(name)

    def next_fault(self, kind):
        with self.lock:
            if not self.faults[kind] or (self.dice is not None and self.dice.random() < 0.6):
                return ""
            self.met[kind] += 1
            return self.faults[kind].popleft()

    def paid(self):
        """(prompt, seed) -> how many good jobs were made for it."""
        return Counter((job.prompt, job.seed) for job in self.jobs.values() if job.is_good)

    def make(self, body, ticket):
        with self.lock:
            if self.takes_tickets and ticket in self.tickets:
                return self.jobs[self.tickets[ticket]]
            job = Job(
                f"video_{uuid.uuid4().hex}", body["prompt"], int(body.get("seed") or 0), body, body.get("model", "")
            )
            self.jobs[job.id] = job
            self.tickets[ticket] = job.id
        job.fault = self.next_fault("job")
        return job

    def record(self, job):
        value = {"id": job.id, "object": "video", "status": job.status, "created_at": job.created_at, "progress": 0}
        value |= {
            "model": job.model if self.repeats_model else MODEL,
            "size": job.fields.get("size", ""),
            "seconds": "1",
        }
        if self.dialect == "vllm-omni":
            value["prompt"] = job.prompt
        if job.status == "failed":
            value["error"] = {"code": "internal", "message": self.says}
        return value

    def video(self, job, fault=""):
        width, height = (int(number) for number in (job.fields.get("size") or "64x64").split("x"))
        width, height = width // 16 * 16, height // 16 * 16
        frames = (self.frames or int(job.fields.get("num_frames") or 33)) - 1
        frames = frames // self.step * self.step + 1
        frames += 4 * (fault == "frames")
        width += 16 * (fault == "size")
        seed = job.seed if self.honours_seed else uuid.uuid4().int % 1_000_000
        black = self.black or "blackout" in job.prompt
        return _filmed(job.prompt, seed, frames, width, height, self.fps or int(job.fields.get("fps") or 16), black)


@lru_cache(maxsize=2_000)
def _filmed(prompt, seed, frames, width, height, fps, black):
    pixels = render(prompt, num_frames=frames, height=height, width=width, seed=seed)
    return encode(np.zeros_like(pixels) if black else pixels, fps=fps, preset="ultrafast")


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Nothing: clients that are killed leave their connections."""


def _handler(engine):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args):
            pass

        def _json(self, value, status=200, headers=()):
            text = json.dumps(value)
            text = text.replace("/", r"\u002F") if engine.escapes else text
            self._bytes(text.encode(), status, "application/json", headers)

        def _bytes(self, data, status=200, kind="application/json", headers=(), length=None):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data) if length is None else length))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def _met(self, fault):
            """Whether a fault that every kind of request can meet has answered."""
            if fault == "429":
                self._json({"error": {"message": "too many requests"}}, 429, [("Retry-After", "0.02")])
            elif fault in ("500", "500-lost"):
                self._json({"detail": "internal server error"}, 500)
            elif fault == "404":
                self._json({"detail": "Video not found"}, 404)
            elif fault in ("drop", "lost"):
                self.close_connection = True
            elif fault in ("html", "html-lost"):
                self._bytes(b"<html><body>Bad gateway</body></html>", 200, "text/html")
            elif fault == "redirect":
                self._json({}, 302, [("Location", engine.elsewhere)])
            else:
                return False
            return True

        def _allowed(self):
            engine.requests.append(f"{self.command} {self.path}")
            if engine.key and self.headers.get("Authorization") != f"Bearer {engine.key}":
                self._json({"error": {"message": f"wrong key {self.headers.get('Authorization')}"}}, 401)
                return False
            return True

        def do_GET(self):
            if not self._allowed():
                return
            path = self.path.partition("?")[0]
            if path == "/v1/models":
                self._json({"data": [{"id": MODEL, "owned_by": engine.owner}]})
            elif path in ("/version", "/server_info") and engine.version:
                self._json({"version": engine.version})
            elif path == "/v1/videos":
                jobs = [job for job in reversed(engine.jobs.values()) if not job.deleted]
                after = re.search(r"after=(\w+)", self.path)
                first = 1 + [job.id for job in jobs].index(after[1]) if after else 0
                self._json({"object": "list", "data": [engine.record(job) for job in jobs[first : first + 100]]})
            elif matched := re.fullmatch(r"/v1/videos/(\w+)(/content)?", path):
                job = engine.jobs.get(matched[1])
                if job is None or job.deleted or job.fault == "vanish":
                    self._json({"detail": "Video not found"}, 404)
                elif matched[2]:
                    self._content(job)
                elif not self._met(engine.next_fault("poll")):
                    job.polls += 1
                    self._json(engine.record(job))
            else:
                self._json({"detail": "Not Found"}, 404)

        def _content(self, job):
            fault = engine.next_fault("content")
            if self._met(fault):
                return
            job.downloads += 1
            self._video(job, fault)

        def _video(self, job, fault):
            data = engine.video(job, fault)
            if fault == "cut":
                self._bytes(data[: len(data) // 2], kind="video/mp4", length=len(data))
                self.close_connection = True
            elif fault == "huge":
                self._bytes(data, kind="video/mp4", length=10_000_000_000)
                self.close_connection = True
            else:
                self._bytes(data, kind="video/mp4")

        def do_DELETE(self):
            if self._allowed():
                job = engine.jobs.get(self.path.rpartition("/")[2])
                if job is None:
                    return self._json({"detail": "Video not found"}, 404)
                job.deleted = True
                self._json({"id": job.id, "deleted": True})

        def _body(self):
            data = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers["Content-Type"]
            if engine.dialect == "sglang":
                if not kind.startswith("application/json"):
                    return None, (400, "input_reference file is required")
                return json.loads(data), None
            if not kind.startswith("multipart/form-data"):
                return None, (422, [{"type": "missing", "loc": ["body", "prompt"], "msg": "Field required"}])
            form = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + data)
            parts = {part.get_param("name", header="content-disposition"): part for part in form.get_payload()}
            return {name: part.get_payload(decode=True).decode() for name, part in parts.items()}, None

        def do_POST(self):
            body, refused = self._body()
            if not self._allowed():
                return None
            if refused is None and (wrong := sorted(engine.refuses & set(body))):
                detail = [
                    {"type": "extra_forbidden", "loc": ["body", wrong[0]], "msg": "Extra inputs are not permitted"}
                ]
                refused = 422, detail
            if refused is None and engine.serves not in ("", body.get("model")):
                refused = 404, f"The model `{body.get('model')}` does not exist."
            if engine.refusal:
                refused = engine.refusal, "no such method"
            if refused is None and "forbidden words" in body["prompt"]:
                refused = engine.filter_status, "Your request was flagged by our moderation system"
            if refused:
                return self._json({"detail": refused[1]}, refused[0])
            with engine.lock:
                engine.bodies.append(body)
                engine.at_once += 1
                engine.most_at_once = max(engine.most_at_once, engine.at_once)
            try:
                return self._posted(body)
            finally:
                with engine.lock:
                    engine.at_once -= 1

        def _posted(self, body):
            ticket = self.headers.get("Idempotency-Key", "")
            if self.path == "/v1/videos/sync" and engine.dialect == "vllm-omni":
                fault = engine.next_fault("sync")
                if fault in ("429", "500") and self._met(fault):
                    return
                job = engine.make(body, ticket)
                if not self._met(fault):
                    job.downloads += 1
                    self._video(job, fault)
                return
            if self.path != "/v1/videos":
                self._json({"detail": "Not Found"}, 404)
                return
            fault = engine.next_fault("create")
            if "lost" in fault:
                engine.make(body, ticket)
            if not self._met(fault):
                self._json(engine.record(engine.make(body, ticket)))

    return Handler
