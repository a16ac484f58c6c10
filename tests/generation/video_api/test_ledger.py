"""ledger.py: what goes with a finished unit, and what is remembered of it."""

from __future__ import annotations

from svta.generation.video_api.ledger import Entry, Ledger


def test_a_finished_unit_takes_its_own_requests_and_their_jobs_are_remembered(tmp_path):
    ledger = Ledger(tmp_path / "jobs")
    for name in ("a1.5", "a1.6", "a12.5", "b.1"):
        ledger.write(name, Entry("http://gpu/v1", f"ticket-{name}", 0.0, "A dog.", f"job-{name}"))
        ledger.write_video(name, name.encode())
    ledger.write("a1.7", Entry("http://gpu/v1", "not-answered", 0.0, "A dog."))
    ledger.release({"a1"})
    assert sorted(ledger.entries()) == ["a12.5", "b.1"]
    assert ledger.read_video("a12.5") == b"a12.5" and ledger.read_video("a1.5") is None
    assert ledger.past_jobs() == {"job-a1.5", "job-a1.6"}
    ledger.forget("b.1")
    assert ledger.past_jobs() == {"job-a1.5", "job-a1.6", "job-b.1"} and ledger.read("b.1") is None
    ledger.clear()
    assert not (tmp_path / "jobs").exists()


def test_a_folder_that_holds_something_else_stays(tmp_path):
    ledger = Ledger(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    ledger.write("a.1", Entry("http://gpu/v1", "ticket", 0.0, "A dog."))
    ledger.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
