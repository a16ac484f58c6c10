"""jobs.py and server.py: whatever a server does to a request, it ends in one job's video, or in one clear line."""

from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest
from chat_server import http, raw_server
from video_engine import FAULTS, MODEL, VideoEngine

from svta.builder.video.container import probe
from svta.generation.remote.error_replies import ErrorReply
from svta.generation.video_api import jobs, one_job, server
from svta.generation.video_api.dialects import DIALECTS
from svta.generation.video_api.errors import JobFailed, ServerDown, VideoApiError
from svta.generation.video_api.jobs import Fleet
from svta.generation.video_api.ledger import Entry, Ledger
from svta.generation.video_api.one_job import Limits, Server
from svta.generation.video_api.server import Job, ServerClock, VideoServer, base_url
from svta.generation.video_api.trial import Trial

pytest.importorskip("openai")

CAPTIONS = ["A man falls on ice.", "A dog runs.", "Two people fight."]
SHAPE = {"num_frames": 5, "width": 64, "height": 64, "fps": 16.0}
TRIAL = Trial("sglang", (), "sglang", "", **SHAPE, seed="honoured", seconds=1, num_bytes=1)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    for module in (one_job, server):
        monkeypatch.setattr(module, "backoff", lambda attempt, retry_after="": 0.02)
    monkeypatch.setattr(one_job, "LATE_SECONDS", 0.02)
    monkeypatch.setattr(one_job, "POLL_SECONDS", (0.01, 0.05))


def fleet_of(engines, folder, **limits):
    servers = [Server(VideoServer(one.url, DIALECTS[one.dialect]), {"engine": one.dialect}) for one in engines]
    limits = Limits(**({"concurrency": 2, "timeout": 20.0} | limits))
    return Fleet(servers, Ledger(folder), limits, TRIAL.shape_problem)


def request(number):
    values = {"model": MODEL, "size": "64x64", "num_frames": 5, "fps": 16, "seed": number, "seconds": "4"}
    return f"clip-{number}.{number}", {**values, "prompt": CAPTIONS[number]}, {}


def videos(fleet, numbers=range(3)):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda number: fleet.video(*request(number)), numbers))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    with VideoEngine() as engine:
        return [video.data for video in videos(fleet_of([engine], tmp_path_factory.mktemp("calm")))]


CASES = [(kind, name) for kind in ("create", "poll", "content", "job") for name in FAULTS[kind] if name != "hang"]
IN_TURN = [(*case, ("sglang", "vllm-omni")[number % 2]) for number, case in enumerate(CASES)]
LOST = [("create", name, "sglang") for name in FAULTS["create"] if "lost" in name]  # where the list names no prompt


@pytest.mark.parametrize(("kind", "name", "dialect"), dict.fromkeys((*IN_TURN, *LOST)))
def test_a_fault_costs_no_video_and_no_good_job_is_made_twice(kind, name, dialect, tmp_path, undisturbed):
    with VideoEngine(dialect) as engine:
        engine.fault(kind, name, name)
        found = videos(fleet_of([engine], tmp_path / "jobs"))
        assert [video.data for video in found] == undisturbed
        assert engine.met[kind] == 2
        assert set(engine.paid().values()) == {1}
        assert len(engine.paid()) == 3


@pytest.mark.parametrize("name", FAULTS["sync"])
def test_the_form_that_answers_at_once_is_as_patient(name, tmp_path, undisturbed):
    with VideoEngine("vllm-omni") as engine:
        engine.fault("sync", name, name)
        assert [video.data for video in videos(fleet_of([engine], tmp_path / "jobs", sync=True))] == undisturbed
        assert all(line.startswith("POST /v1/videos/sync") for line in engine.requests)
        assert engine.most_at_once <= 2


def test_a_paid_job_outlives_minutes_of_a_proxy_without_a_server(tmp_path, undisturbed):
    with VideoEngine() as engine:
        engine.fault("poll", *["500"] * 40)
        assert [video.data for video in videos(fleet_of([engine], tmp_path / "jobs"), [0])] == undisturbed[:1]
        assert not engine.faults["poll"] and len(engine.jobs) == 1


def test_a_video_that_is_cut_off_is_downloaded_eight_times_before_its_job_is_made_again(tmp_path, undisturbed):
    with VideoEngine() as engine:
        engine.fault("content", *["cut"] * 8)
        assert [video.data for video in videos(fleet_of([engine], tmp_path / "jobs"), [0])] == undisturbed[:1]
        assert [job.downloads for job in engine.jobs.values()] == [8, 1]


def test_a_job_that_the_server_names_for_two_requests_is_taken_for_one(tmp_path, undisturbed):
    with VideoEngine() as engine:
        fleet = fleet_of([engine], tmp_path / "jobs")
        assert fleet.video(*request(0)).data == undisturbed[0]
        make, first = engine.make, next(iter(engine.jobs.values()))
        engine.make = lambda body, ticket: first
        with pytest.raises(JobFailed, match="one job for two requests"):
            fleet.video(*request(1))
        engine.make = make
        assert fleet.video(*request(1)).data == undisturbed[1]


def test_a_job_that_hangs_is_deleted_and_made_again(tmp_path, undisturbed):
    with VideoEngine() as engine:
        engine.fault("job", "hang")
        found = videos(fleet_of([engine], tmp_path / "jobs", timeout=0.5))
        assert [video.data for video in found] == undisturbed
        hanging = [job for job in engine.jobs.values() if job.fault == "hang"]
        assert [job.deleted for job in hanging] == [True]
        assert len(engine.jobs) == 4


def waiting(folder, engine, number, ticket, job=""):
    """A request that a killed run has sent, its job's id not known."""
    name, values, _ = request(number)
    Ledger(folder).write(name, Entry(engine.url, ticket, time.time(), values["prompt"], job))
    return DIALECTS[engine.dialect].marked(values, ticket)


@pytest.mark.parametrize("dialect", ["sglang", "vllm-omni"])
@pytest.mark.parametrize("answered", [True, False])
def test_a_job_of_a_killed_run_is_taken_up_again(dialect, answered, tmp_path, undisturbed):
    with VideoEngine(dialect) as engine:
        job = engine.make(waiting(tmp_path / "jobs", engine, 0, "ticket"), "ticket")
        if answered:
            waiting(tmp_path / "jobs", engine, 0, "ticket", job.id)
        assert fleet_of([engine], tmp_path / "jobs").video(*request(0)).data == undisturbed[0]
        assert list(engine.jobs) == [job.id]


def test_a_request_carries_its_mark_and_what_is_recorded_of_it_does_not(tmp_path):
    with VideoEngine() as engine:
        fleet = fleet_of([engine], tmp_path / "jobs")
        video = fleet.video(*request(0))
        ticket = fleet.ledger.read("clip-0.0").ticket
        assert [body["model"] for body in engine.bodies] == [f"{MODEL}#{ticket}"]
        assert video.facts["fields"]["model"] == MODEL
    with VideoEngine("vllm-omni") as engine:
        fleet_of([engine], tmp_path / "others").video(*request(0))
        assert [body["model"] for body in engine.bodies] == [MODEL]


@pytest.mark.parametrize("number_of_others", [1, 3])
def test_a_job_of_somebody_else_is_not_taken_for_a_lost_one(number_of_others, tmp_path, undisturbed):
    with VideoEngine() as engine:  # no prompt in its records
        waiting(tmp_path / "jobs", engine, 0, "the-lost-one")
        for number in range(number_of_others):
            engine.make({**request(0)[1], "prompt": "another's"}, str(number))
        assert fleet_of([engine], tmp_path / "jobs").video(*request(0)).data == undisturbed[0]
        assert len(engine.jobs) == number_of_others + 1


def test_a_job_that_shows_up_after_its_request_was_sent_again_is_taken_for_no_other(tmp_path, undisturbed):
    with VideoEngine() as engine:
        fleet = fleet_of([engine], tmp_path / "jobs")
        marked = waiting(tmp_path / "jobs", engine, 0, "late")
        assert fleet.video(*request(0)).data == undisturbed[0]
        engine.make(marked, "late")
        engine.fault("create", "drop")  # before a job is made
        assert fleet.video(*request(1)).data == undisturbed[1]
        engine.fault("create", "lost")
        assert fleet.video(*request(2)).data == undisturbed[2]
        assert sorted(engine.paid().values()) == [1, 1, 2]


def test_a_server_that_repeats_no_mark_is_paid_again_and_its_jobs_are_never_mixed_up(tmp_path, undisturbed):
    with VideoEngine() as engine:
        engine.repeats_model = False
        engine.fault("create", "", "lost", "drop", "lost")
        assert [video.data for video in videos(fleet_of([engine], tmp_path / "jobs"))] == undisturbed
        assert len(engine.paid()) == 3 and len(engine.jobs) == 5  # two answers were lost
        assert [body["model"].partition("#")[1] for body in engine.bodies] == ["#"] + [""] * 5


def test_a_job_is_known_by_its_prompt_only_where_no_other_request_has_that(tmp_path, undisturbed):
    with VideoEngine("vllm-omni") as engine:
        engine.make(waiting(tmp_path / "jobs", engine, 0, "arrived"), "arrived")
        name, values, own = request(0)
        Ledger(tmp_path / "jobs").write("clip-0.7", Entry(engine.url, "did-not", time.time(), values["prompt"]))
        fleet = fleet_of([engine], tmp_path / "jobs")
        seven = fleet.video("clip-0.7", {**values, "seed": 7}, own)
        assert seven.data != undisturbed[0]
        assert fleet.video(name, values, own).data == undisturbed[0]
        assert engine.paid() == {(CAPTIONS[0], 0): 1, (CAPTIONS[0], 7): 1}


def test_a_job_that_is_over_is_not_taken_for_a_lost_one(tmp_path, undisturbed):
    with VideoEngine("vllm-omni") as engine:  # times of whole seconds
        fleet = fleet_of([engine], tmp_path / "jobs")
        assert videos(fleet, [0])[0].data == undisturbed[0]
        fleet.ledger.release({"clip-0"})
        engine.fault("create", "drop")  # before a job is made
        _, values, own = request(0)
        assert fleet.video("again.9", {**values, "seed": 9}, own).data != undisturbed[0]
        assert len(engine.jobs) == 2


def test_a_request_that_a_killed_run_did_not_get_through_hides_no_lost_one(tmp_path, undisturbed):
    with VideoEngine() as engine:
        waiting(tmp_path / "jobs", engine, 0, "never-arrived")
        fleet = fleet_of([engine], tmp_path / "jobs")
        engine.fault("create", "lost")
        assert fleet.video(*request(1)).data == undisturbed[1]
        assert fleet.video(*request(0)).data == undisturbed[0]
        assert len(engine.jobs) == 2


@pytest.mark.parametrize(("slowest", "late"), [(0.0, 0.6), (0.15, 0.02)])
def test_a_job_that_is_made_only_after_its_run_was_killed_is_found(slowest, late, tmp_path, undisturbed, monkeypatch):
    monkeypatch.setattr(one_job, "LATE_SECONDS", late)  # four of its slowest answers are .6 seconds too
    with VideoEngine() as engine:
        marked = waiting(tmp_path / "jobs", engine, 0, "late")
        fleet = fleet_of([engine], tmp_path / "jobs")
        fleet.servers[0].api.slowest_seconds = slowest
        threading.Timer(0.3, engine.make, (marked, "late")).start()
        assert fleet.video(*request(0)).data == undisturbed[0]
        assert len(engine.jobs) == 1


def test_the_wait_for_a_late_job_grows_with_the_server_s_slowest_answer_up_to_a_minute(tmp_path, monkeypatch):
    with VideoEngine() as engine:
        fleet = fleet_of([engine], tmp_path / "jobs")
        (api,), waits = [server.api for server in fleet.servers], []
        monkeypatch.setattr(one_job, "LATE_SECONDS", 2.0)
        monkeypatch.setattr(api, "pause", waits.append)
        entry = Entry(engine.url, "lost", time.time(), "a prompt")
        for api.slowest_seconds in (0.1, 3.0, 50.0):
            assert one_job.JobRunner(fleet.ledger, fleet.limits, str)._find_late(api, "clip.1", entry) is None
        assert waits == [2.0, 12.0, 60.0]
        again = VideoServer(engine.url, DIALECTS["sglang"])
        again.facts("/models")
        assert 0 < again.slowest_seconds < 60


def test_a_server_that_answers_no_request_for_a_job_is_asked_seven_times(tmp_path):
    with VideoEngine() as engine:
        engine.fault("create", *["drop"] * 20)
        with pytest.raises(ServerDown):
            fleet_of([engine], tmp_path / "jobs").video(*request(0))
        assert engine.requests.count("POST /v1/videos") == 7 and not engine.jobs


def test_a_mark_needs_a_model_and_a_server_that_repeats_it():
    assert DIALECTS["sglang"].marked({"prompt": "a", "model": "m"}, "t") == {"prompt": "a", "model": "m#t"}
    assert DIALECTS["sglang"].marked({"prompt": "a"}, "t") == {"prompt": "a"}
    assert all(DIALECTS[name].marked({"model": "m"}, "t") == {"model": "m"} for name in DIALECTS if name != "sglang")


def test_a_request_in_doubt_on_another_server_hides_no_prompt(tmp_path, undisturbed):
    with VideoEngine("vllm-omni") as engine, VideoEngine("vllm-omni") as other:
        job = engine.make(waiting(tmp_path / "jobs", engine, 0, "here"), "here")
        Ledger(tmp_path / "jobs").write("clip-0.7", Entry(other.url, "there", time.time(), CAPTIONS[0]))
        assert fleet_of([engine], tmp_path / "jobs").video(*request(0)).data == undisturbed[0]
        assert list(engine.jobs) == [job.id]


def test_a_video_that_was_received_is_not_asked_for_again(tmp_path, undisturbed):
    with VideoEngine() as engine:
        videos(fleet_of([engine], tmp_path / "jobs"))
        before = len(engine.requests)
        again = fleet_of([engine], tmp_path / "jobs")
        assert [video.data for video in videos(again)] == undisturbed
        assert len(engine.requests) == before
        again.ledger.release({"clip-0", "clip-1"})
        left = ["clip-2.2.json", "clip-2.2.mp4", "past.txt"]
        assert sorted(path.name for path in (tmp_path / "jobs").iterdir()) == left
        assert again.ledger.past_jobs() == {job.id for job in engine.jobs.values() if job.seed < 2}
        again.ledger.clear()
        assert not (tmp_path / "jobs").exists()


def test_servers_share_the_work_and_one_that_goes_down_leaves_it_to_the_others(tmp_path, undisturbed):
    with VideoEngine() as one, VideoEngine("vllm-omni") as two:
        fleet = fleet_of([one, two], tmp_path / "jobs")
        videos(fleet)
        assert one.jobs and two.jobs
        one.__exit__()
        fleet = fleet_of([one, two], tmp_path / "later")
        assert [video.data for video in videos(fleet)] == undisturbed
        two.__exit__()
        down = r"is the server up\?|no server answers any more; the same command resumes"
        with pytest.raises(ServerDown, match=down):
            videos(fleet_of([one, two], tmp_path / "last"))


def test_an_idempotent_server_gets_the_same_ticket_again(tmp_path):
    with VideoEngine("vllm-omni") as engine:
        engine.takes_tickets = True
        engine.fault("create", "lost", "500-lost")
        engine.record = lambda job, record=engine.record: {**record(job), "prompt": "as the server rewrote it"}
        assert len(videos(fleet_of([engine], tmp_path / "jobs"))) == 3
        assert len(engine.jobs) == 3


def test_a_redirect_to_another_host_is_not_followed_and_one_to_the_same_is(tmp_path, undisturbed, monkeypatch):
    monkeypatch.setenv("SVTA_ENDPOINT_KEY", "sv-loopback-secret")
    with VideoEngine(key="sv-loopback-secret") as engine, VideoEngine(key="sv-loopback-secret") as other:
        engine.fault("content", "redirect")
        engine.elsewhere = other.url + "/videos/x/content"
        with pytest.raises(VideoApiError, match="another host") as error:
            fleet_of([engine], tmp_path / "jobs").video(*request(0))
        assert other.requests == []
        assert "secret" not in str(error.value)
        engine.fault("content", "redirect")
        (job,) = engine.jobs.values()
        engine.elsewhere = f"/v1/videos/{job.id}/content"
        assert fleet_of([engine], tmp_path / "jobs").video(*request(0)).data == undisturbed[0]
        assert len(engine.jobs) == 1


@pytest.mark.parametrize("location", ["http://[x", "file:///etc/passwd", "//127.0.0.1:1/x", "http://127.0.0.1:99999/x"])
def test_a_redirect_to_what_is_no_url_of_this_server_is_told(location, tmp_path):
    with VideoEngine() as engine:
        engine.elsewhere = location
        engine.fault("content", "redirect")
        with pytest.raises(VideoApiError, match="not followed; name that URL if you trust it"):
            fleet_of([engine], tmp_path / "jobs").video(*request(0))
        assert sum("content" in line for line in engine.requests) == 1


def test_a_key_that_is_refused_ends_the_run_and_is_in_no_message(tmp_path, monkeypatch):
    monkeypatch.setenv("SVTA_ENDPOINT_KEY", "sv-loopback-wrong")
    with VideoEngine(key="sv-loopback-right") as engine:
        with pytest.raises(
            VideoApiError, match=r"HTTP 401: wrong key .*; the key comes from SVTA_ENDPOINT_KEY"
        ) as error:
            fleet_of([engine], tmp_path / "jobs").video(*request(0))
        assert "loopback" not in str(error.value)
    kept = "".join(path.read_text() for path in (tmp_path / "jobs").iterdir())
    assert "loopback" not in kept


@pytest.mark.parametrize("url", ["http://user:password@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?key=abcdef", "nowhere"])
def test_a_url_with_secrets_or_without_a_host_is_wrong_use(url):
    with pytest.raises(VideoApiError, match="--endpoint") as error:
        VideoServer(url, DIALECTS["sglang"])
    assert "password" not in str(error.value).replace("no user, password", "")
    assert "abcdef" not in str(error.value)


@pytest.mark.parametrize("url", ["http://GPU:80", "HTTP://gpu:80/", " http://gpu:80/v1/ ", "http://gpu:80/v1/videos"])
def test_a_server_has_one_url_however_it_is_spelt(url):
    assert base_url(url) == "http://gpu:80/v1"
    assert base_url("https://gpu/Team/v1/") == "https://gpu/Team/v1"
    assert base_url("gpu:80") == "gpu:80"  # refused later, with what is missing


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "/v1/videos"])
def test_a_url_may_end_where_people_end_it(ending, tmp_path, undisturbed):
    with VideoEngine() as engine:
        api = VideoServer(engine.url.removesuffix("/v1") + ending, DIALECTS["sglang"])
        assert api.url == engine.url
        fleet = Fleet([Server(api, {})], Ledger(tmp_path / "jobs"), Limits(), TRIAL.shape_problem)
        assert fleet.video(*request(0)).data == undisturbed[0]


def test_a_path_that_has_no_videos_is_told(tmp_path):
    with VideoEngine() as engine:
        api = VideoServer(engine.url + "/wrong", DIALECTS["sglang"])
        fleet = Fleet([Server(api, {})], Ledger(tmp_path / "jobs"), Limits(), TRIAL.shape_problem)
        with pytest.raises(VideoApiError, match=r"/wrong/videos: Not Found; the URL of an endpoint goes up to /v1"):
            fleet.video(*request(0))


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_server_without_the_videos_api_is_asked_once(status, tmp_path):
    with VideoEngine() as engine:
        engine.refusal = status
        with pytest.raises(VideoApiError, match="/v1/videos: no such method; does this server have the Videos API"):
            fleet_of([engine], tmp_path / "jobs").video(*request(0))
        assert engine.requests == ["POST /v1/videos"]


@pytest.mark.parametrize("status", [400, 403])
def test_what_a_filter_refuses_is_asked_once(tmp_path, status):
    with VideoEngine() as engine:
        engine.filter_status = status
        name, values, own = request(0)
        with pytest.raises(JobFailed, match="flagged by our moderation") as error:
            fleet_of([engine], tmp_path / "jobs").video(name, {**values, "prompt": "forbidden words"}, own)
        assert error.value.filtered
        assert [line for line in engine.requests if line.startswith("POST")] == ["POST /v1/videos"]
        assert not list((tmp_path / "jobs").glob("clip-*"))


def test_a_job_that_a_filter_ends_is_not_made_again(tmp_path):
    with VideoEngine() as engine:
        engine.says = "flagged by our moderation system"
        engine.fault("job", *["fail"] * jobs.MAX_JOBS)
        with pytest.raises(JobFailed, match="flagged") as error:
            fleet_of([engine], tmp_path / "jobs").video(*request(0))
        assert error.value.filtered and len(engine.jobs) == 1


def test_useless_answers_are_counted_in_a_row(tmp_path, undisturbed, monkeypatch):
    monkeypatch.setattr(one_job, "MAX_LOST_POLLS", 2)
    monkeypatch.setattr(server, "MAX_RETRIES", 0)
    with VideoEngine() as engine:
        engine.fault("poll", "404", "404", "", "404", "500", "", "500")
        fleet = fleet_of([engine], tmp_path / "jobs")
        fleet.servers[0].api.facts("/models")  # it has answered once
        assert fleet.video(*request(0)).data == undisturbed[0]
        assert not engine.faults["poll"] and len(engine.jobs) == 1


def test_a_busy_server_is_asked_again_when_it_says_and_ever_later(tmp_path, undisturbed, monkeypatch):
    waits = []
    for module in (one_job, server):
        monkeypatch.setattr(module, "backoff", lambda *how: waits.append(how) or 0.01)
    with VideoEngine() as engine:
        engine.fault("create", "429", "429", "429")
        engine.fault("poll", "429", "429")
        assert fleet_of([engine], tmp_path / "jobs").video(*request(0)).data == undisturbed[0]
    assert waits == [(number, "0.02") for number in (0, 1, 2, 0, 1)]


def test_a_server_that_is_down_is_left_alone_for_a_while(tmp_path, undisturbed):
    with VideoEngine() as bad, VideoEngine() as good:
        bad.fault("create", *["drop"] * 50)
        fleet = fleet_of([bad, good], tmp_path / "jobs", concurrency=1)
        assert [fleet.video(*request(number)).data for number in range(3)] == undisturbed
        assert bad.requests.count("POST /v1/videos") == 7 and len(good.jobs) == 3


def test_a_job_is_taken_up_where_it_runs(tmp_path, undisturbed):
    with VideoEngine() as idle, VideoEngine() as busy:
        waiting(tmp_path / "jobs", busy, 0, "ticket", busy.make(request(0)[1], "ticket").id)
        assert fleet_of([idle, busy], tmp_path / "jobs").video(*request(0)).data == undisturbed[0]
        assert not idle.jobs and len(busy.jobs) == 1


def test_a_lost_job_is_found_on_the_third_page_of_a_list(tmp_path, undisturbed):
    with VideoEngine() as engine:
        job = engine.make(waiting(tmp_path / "jobs", engine, 0, "ticket"), "ticket")
        for number in range(250):
            engine.make({**request(0)[1], "prompt": "another's"}, str(number))
        assert fleet_of([engine], tmp_path / "jobs").video(*request(0)).data == undisturbed[0]
        assert len(engine.jobs) == 251 and job.downloads == 1
        assert sum(line.startswith("GET /v1/videos?") for line in engine.requests) == 3


def test_a_job_of_an_earlier_second_is_not_this_request_s():
    def made(created):
        return Job.of({"id": "a", "prompt": "A dog.", "created_at": created}).is_of("A dog.", 1_000.7)

    assert [made(when) for when in (999, 999.99, 1_000, 1_001.5, None, "1001")] == [False, False, True, True] + [
        False
    ] * 2
    assert not Job.of({"id": "a", "prompt": "A cat.", "created_at": 2_000}).is_of("A dog.", 1_000.7)


def test_a_server_s_clock_is_the_date_that_is_furthest_ahead():
    clock = ServerClock()
    assert abs(clock.now() - time.time()) < 1
    for ahead in (60, 600, 300):
        clock.read(formatdate(time.time() + ahead, usegmt=True))
    clock.read("no date")
    assert 590 < clock.now() - time.time() <= 600


def test_a_video_does_not_make_a_server_slow(tmp_path):
    with VideoEngine() as engine:
        job = engine.make(request(0)[1], "ticket")
        api = VideoServer(engine.url, DIALECTS["sglang"])
        assert api.content(job.id) and api.slowest_seconds == 0


def test_words_of_a_failed_job_are_such_as_any_file_stores(tmp_path):
    with VideoEngine() as engine:
        engine.says = "out of \ud800 memory"
        engine.fault("job", *["fail"] * jobs.MAX_JOBS)
        with pytest.raises(JobFailed, match="out of \ufffd memory"):
            fleet_of([engine], tmp_path / "jobs").video(*request(0))


def test_a_job_that_fails_every_time_is_given_up(tmp_path):
    with VideoEngine() as engine:
        engine.fault("job", *["fail"] * 9)
        with pytest.raises(JobFailed, match="CUDA out of memory"):
            fleet_of([engine], tmp_path / "jobs").video(*request(0))
        assert len(engine.jobs) == jobs.MAX_JOBS


def test_fields_of_the_user_go_before_those_of_svta(tmp_path):
    with VideoEngine("vllm-omni") as engine:
        name, values, _ = request(0)
        own = {"fps": None, "num_inference_steps": 7, "extra_params": {"a": 1}}
        video = fleet_of([engine], tmp_path / "jobs").video(name, {**values, "steps": 30}, own)
        assert engine.bodies[0].keys() == {
            "prompt",
            "model",
            "size",
            "num_frames",
            "seed",
            "num_inference_steps",
            "extra_params",
        }
        assert engine.bodies[0]["num_inference_steps"] == "7"
        assert video.facts["fields"] == {
            "model": MODEL, "size": "64x64", "num_frames": 5, "seed": 0, "num_inference_steps": 7,
            "extra_params": {"a": 1},
        }  # fmt: skip
        assert probe(video.data).num_frames == 5


def test_an_answer_of_dynamo_holds_the_video(tmp_path, undisturbed, monkeypatch):
    answer = {"id": "x", "status": "completed", "data": [{"b64_json": base64.b64encode(undisturbed[0]).decode()}]}
    failed = {"id": "x", "status": "failed", "data": [], "error": "out of memory"}
    monkeypatch.setattr(server, "MAX_VIDEO_BYTES", len(undisturbed[0]) + 200)  # base64 takes a third more
    with raw_server(lambda n: http(json.dumps(answer if n else failed).encode())) as (url, asked):
        fleet = Fleet(
            [Server(VideoServer(url, DIALECTS["dynamo"]), {})], Ledger(tmp_path), Limits(), TRIAL.shape_problem
        )
        assert fleet.video(*request(0)).data == undisturbed[0]
    assert [data.split(b" HTTP")[0] for data in asked] == [b"POST /v1/videos"] * 2
    assert b'"nvext"' in asked[0] and b"b64_json" in asked[0]


def test_refusals_add_up_and_leave_the_fields_that_are_needed():
    sent = {name: "" for name in DIALECTS["sglang"].fields.values()}
    learnt = DIALECTS["sglang"].learn(sent, ErrorReply(422, "body.fps: Extra inputs are not permitted"))
    learnt = learnt.learn(sent, ErrorReply(400, "unknown field", param="negative_prompt"))
    assert learnt.without == ("fps", "negative_prompt") and not learnt.sends("fps") and learnt.sends("seed")
    assert learnt.learn(sent, ErrorReply(400, "size 63x63 of this model and prompt is wrong")) is None


def test_the_fields_of_dynamo_and_openai_are_theirs():
    _, values, own = request(0)
    values |= {"steps": 20, "guidance_scale": 4.0, "negative_prompt": "blur", "flow_shift": 3.0}
    nested = {"num_frames": 5, "fps": 16, "seed": 0, "num_inference_steps": 20, "guidance_scale": 4.0}
    assert DIALECTS["dynamo"].body(values, own) == {
        "prompt": CAPTIONS[0], "model": MODEL, "size": "64x64", "response_format": "b64_json",
        "nvext": {**nested, "negative_prompt": "blur"},
    }  # fmt: skip
    plain = {"prompt": CAPTIONS[0], "model": MODEL, "size": "64x64", "seconds": "4"}
    assert DIALECTS["openai"].body(values, own) == plain
    assert "flow_shift" in DIALECTS["vllm-omni"].body(values, own)
    assert "flow_shift" not in DIALECTS["sglang"].body(values, own)
