"""Score predictions of moments against a test set (`svta eval --task moments`): MomentsConfig -> MomentsResult."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from svta.builder.errors import SvtaError
from svta.builder.io.files import exclusive_lock, sha256_file, write_json
from svta.builder.io.json_text import Json, JsonObject, write_jsonl
from svta.builder.layout.guards import check_foreign, check_output
from svta.eval.retrieval.repeat import SETTINGS, check_same_run

from .alarms import score_alarms
from .baselines import BASELINES, baseline_lines
from .intervals import video_intervals
from .no_answer import score_no_answer, scored_queries
from .qvhighlights import (
    checked,
    first_row_iou,
    query_precision,
    read_predictions,
    read_truths,
    score_qvhighlights,
)
from .result import MATCHING, MomentsConfig, MomentsResult
from .submissions import Submission, read_submission, write_submissions
from .truth import MomentTruth, read_truth
from .tvr import TASKS, TYPES, query_recalls, score_tvr
from .tvr_ranking import query_gains, score_tvr_ranking
from .windows import Mode, MomentsError, as_number, well_formed

METRICS: Final = "metrics.json"
CONFIG: Final = "config.json"
TRUTH: Final = "truth_qvhighlights.jsonl"
FALSE_ANSWER_RATES: Final = (0.05, 0.2)
AT_ONE_AN_HOUR: Final = ("recall@1/h", "recall@1/h IoU.5", "rejected@1/h")
HEADLINE: Final = {
    "VCMR": ("0.5-r1", "0.7-r1", "0.5-r5", "0.5-r10", "0.5-r100"),
    "SVMR": ("0.5-r1", "0.7-r1", "0.5-r5", "0.5-r10"),
    "VR": ("r1", "r5", "r10", "r100"),
}
Lines = Sequence[JsonObject]  # of a submission in QVHighlights' format
Predict = Callable[[MomentTruth], Submission]  # answers the queries of a test set
RANKING_HEADLINE: Final = ("NDCG@10 IoU=0.5", "NDCG@20 IoU=0.5", "NDCG@40 IoU=0.5", "NDCG@10 IoU=0.7")


def evaluate_moments(
    config: MomentsConfig,
    out: Path | None = None,
    predict: Predict | None = None,
    controls: Mapping[str, Predict] | None = None,
    on_missing: Callable[[str], object] = lambda reason: None,
    settings: Json | None = None,
    replaced: bool = False,
) -> MomentsResult:
    """Figures of predictions (or of the baselines alone), written to `out`. Raises SvtaError in one line.

    predict: makes the predictions, where no file of them is given. controls: other predictions by name, which are
    among the baselines; on_missing(why) of one that cannot be made. settings: what tells this run from others; a
    finished one by others in `out` is refused unless `replaced`.
    """
    config.check()
    if out is not None:
        check_output(out, kind="folder")
        check_foreign(out, (METRICS, TRUTH), "evaluation")
        if settings is not None:
            check_same_run(out, settings, replace=replaced)
    truth = read_truth(config.data)
    if predict is not None:
        submission: Submission | None = predict(truth)
    else:
        submission = None if config.predictions is None else read_submission(config.predictions)
    others = {}
    for name, control in (controls or {}).items() if truth.graded is None else ():
        try:
            others[name] = control(truth)
        except SvtaError as error:
            on_missing(f"{name}: not measured: {error}")
    result = score(truth, submission, config, others)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(out):
            _write(out, config, truth, submission, result, settings)
    return result


def score(
    truth: MomentTruth,
    submission: Submission | None,
    config: MomentsConfig,
    controls: Mapping[str, Submission] | None = None,
) -> MomentsResult:
    """The figures of one protocol, `controls` among the baselines.

    Raises MomentsError if data, predictions and protocol do not go together.
    """
    own = "tvr-ranking" if truth.graded is not None else submission.protocol if submission else "qvhighlights"
    protocol = config.protocol or own
    ranked = {"tvr-ranking"} & {protocol, *([submission.protocol] if submission else [])}
    if (truth.graded is not None) != (protocol == "tvr-ranking") or (submission and ranked and protocol != own):
        raise MomentsError(f"{truth.name} and these predictions cannot be scored as {protocol}")
    if truth.graded is not None and (submission is None or submission.protocol != "tvr-ranking"):
        raise MomentsError(f"{truth.name}: graded lists are scored with ranked lists (--predictions FILE.json)")
    known = [seconds for seconds in truth.videos.values() if seconds is not None]
    start = MomentsResult(
        name=config.name or _name(config, submission),
        data=truth.name,
        protocol=protocol,
        matching=MATCHING[protocol],
        gallery="the query's own video" if protocol == "qvhighlights" else "all videos",
        num_queries=sum(bool(query.windows) for query in truth.queries),
        num_no_answer=sum(not query.windows for query in truth.queries),
        num_videos=len(truth.videos),
        hours=math.fsum(known) / 3600 if known and len(known) == len(truth.videos) else None,
        skipped=truth.skipped,
        predictions_sha256=None if config.predictions is None else sha256_file(config.predictions),
        made_by=submission.made_by if submission else {},
        seed=config.seed,
    )
    if protocol == "tvr-ranking":
        return _ranked(start, truth, submission, config.seed)
    others = {name: baseline_lines(truth, name, config.seed) for name in BASELINES}
    others |= {name: control.as_qvhighlights(truth) for name, control in (controls or {}).items()}
    if protocol == "tvr":
        return _corpus(start, truth, submission, others)
    return _single_video(start, truth, submission, others)


def _name(config: MomentsConfig, submission: Submission | None) -> str:
    if config.predictions is not None:
        return config.predictions.stem
    return "baselines" if submission is None else f"search with {submission.made_by['model']}"


def _single_video(
    start: MomentsResult, truth: MomentTruth, submission: Submission | None, others: Mapping[str, Lines]
) -> MomentsResult:
    lines = truth.as_qvhighlights()
    baselines = {}
    for name, rows in others.items():
        if rows:
            means = {key: _mean(values) for key, values in _query_figures(lines, rows)[0].items()}
            baselines[name] = {**means, **_alarm_figures(lines, rows, _alarms(truth, rows))}
    if submission is None:
        return replace(start, baselines=baselines)
    predicted = submission.as_qvhighlights(truth)
    both: dict[Mode, Mapping[str, Json]] = {
        mode: score_qvhighlights(lines, predicted, mode=mode) for mode in ("honest", "official")
    }
    values, videos = _query_figures(lines, predicted)
    alarms = _alarms(truth, predicted)
    means = {name: _mean(each) for name, each in values.items()}
    return replace(
        start,
        official=both["official"],
        honest=both["honest"],
        figures={**means, **_alarm_figures(lines, predicted, alarms)},
        interval_95=video_intervals(values, videos, seed=start.seed),
        baselines=baselines,
        no_answer=score_no_answer(lines, predicted, false_answer_rates=FALSE_ANSWER_RATES)
        if start.num_no_answer
        else None,
        alarms=alarms,
    )


def _query_figures(
    lines: Sequence[Mapping[str, object]], predicted: Sequence[Mapping[str, object]]
) -> tuple[dict[str, list[float]], list[str]]:
    """Headline figure -> a value for each query with an answer (percent), and the videos of these."""
    truths, rows_of = checked(read_truths(lines), read_predictions(predicted))
    answerable = [truth for truth in truths if truth.windows]
    rows = [(line.rows or []) if (line := rows_of.get(truth.qid)) else [] for truth in answerable]
    first = [first_row_iou(truth.windows, own) for truth, own in zip(answerable, rows, strict=True)]
    precision = [query_precision(truth.windows, own) for truth, own in zip(answerable, rows, strict=True)]
    values = {f"R1@{t}": [100.0 * (iou >= t) for iou in first] for t in (0.5, 0.7)}
    values["R5@0.5"] = [
        100.0 * any(first_row_iou(truth.windows, [row]) >= 0.5 for row in own[:5])
        for truth, own in zip(answerable, rows, strict=True)
    ]
    values["mAP@0.5"] = [100.0 * float(each[0]) for each in precision]
    values["mAP"] = [100.0 * float(each.mean()) for each in precision]
    values["mIoU"] = [100.0 * iou for iou in first]
    return values, [truth.vid for truth in answerable]


def _alarm_figures(
    lines: Sequence[Mapping[str, object]], predicted: Sequence[Mapping[str, object]], alarms: Mapping[str, Json] | None
) -> dict[str, float | None]:
    """Percent at one false alarm an hour: events found, found with IoU .5, queries without answer that are rejected."""
    point, close = ((alarms or {}).get(rule, {}).get("at_rate", {}).get("1") for rule in ("touching", "tiou_0.5"))
    if point is None or close is None or point["recall"] is None:
        return {}
    threshold = math.inf if point["threshold"] is None else point["threshold"]
    queries = scored_queries(*checked(read_truths(lines), read_predictions(predicted)))
    shares = (point["recall"], close["recall"], queries.at(threshold)["rejection_accuracy"])
    return {name: None if share is None else 100.0 * share for name, share in zip(AT_ONE_AN_HOUR, shares, strict=True)}


def _corpus(
    start: MomentsResult, truth: MomentTruth, submission: Submission | None, others: Mapping[str, Lines]
) -> MomentsResult:
    ground_truth = truth.as_tvr()
    typed = bool(ground_truth) and all(line["type"] in TYPES for line in ground_truth)
    more = {"ground_truth": ground_truth, "use_desc_type": typed}
    baselines = {}
    for name, rows in others.items():
        if rows:
            case = {**Submission("qvhighlights", list(rows), {}).as_tvr(truth), **more}
            values = query_recalls(case, "SVMR")
            baselines[name] = {f"SVMR {key}": _mean(values[key]) for key in HEADLINE["SVMR"]}
    if submission is None:
        return replace(start, baselines=baselines)
    case = {**submission.as_tvr(truth), **more}
    honest, official = score_tvr(case, mode="honest"), score_tvr(case, mode="official")
    tasks = [task for task in TASKS if task in case]
    values = {
        f"{task} {key}": each
        for task in tasks
        for key, each in query_recalls(case, task).items()
        if key in HEADLINE[task]
    }
    videos = [str(line["vid_name"]) for line in ground_truth]
    seed = start.seed
    return replace(
        start,
        gallery="all videos" if "VCMR" in tasks else "the query's own video",
        official=official,
        honest=honest,
        figures={name: _mean(each) for name, each in values.items()},
        interval_95=video_intervals(values, videos, seed=seed),
        baselines=baselines,
    )


def _ranked(start: MomentsResult, truth: MomentTruth, submission: Submission | None, seed: int) -> MomentsResult:
    assert truth.graded is not None and submission is not None
    honest = score_tvr_ranking(truth.graded, submission.table, mode="honest")
    gains = query_gains(truth.graded, submission.table)
    values: dict[str, list[float]] = {key: gains[key] for key in RANKING_HEADLINE if key in gains}
    queries = [str(number) for number in range(len(next(iter(gains.values()), [])))]  # each by itself: many videos
    return replace(
        start,
        official=score_tvr_ranking(truth.graded, submission.table, mode="official"),
        honest=honest,
        figures={name: _mean(each) for name, each in values.items()},
        interval_95=video_intervals(values, queries, seed=seed),
        num_queries=int(str(honest["num_queries"])),
        num_no_answer=int(str(honest["num_no_answer"])),
        num_videos=len(_graded_videos(truth.graded)),
    )


def _graded_videos(graded: Mapping[str, Json]) -> set[str]:
    return {str(item["video_name"]) for items in graded.values() for item in items}


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _alarms(truth: MomentTruth, predicted: Sequence[Mapping[str, Json]]) -> Mapping[str, Json] | None:
    """Recall against false alarms an hour; None if a video's length is unknown.

    A query is asked of its own video alone: each pair of them is footage of its own.
    """
    lengths = truth.videos
    if any(lengths[query.video] is None for query in truth.queries):
        return None
    seconds = {str(query.qid): float(lengths[query.video] or 0) for query in truth.queries}
    events = []
    for query in truth.queries:
        end = seconds[str(query.qid)]
        cut = ((max(0.0, first), min(end, last)) for first, last in query.windows)
        events += [{"video": str(query.qid), "start": s, "end": e} for s, e in cut if well_formed(s, e)]
    moments = [
        {"video": str(line["qid"]), "start": s, "end": e, "score": score}
        for line in predicted
        for s, e, score in merged_rows(line.get("pred_relevant_windows") or [], str(line["qid"]))
    ]
    return {
        "touching": score_alarms(seconds, [""], events, moments),
        "tiou_0.5": score_alarms(seconds, [""], events, moments, min_tiou=0.5),
    }


def merged_rows(rows: Sequence[Sequence[object]], where: str) -> list[tuple[float, float, float]]:
    """One moment for rows that overlap: the highest score stays. A malformed row stays as it is, a false alarm."""
    numbers = [(as_number(row[0], where), as_number(row[1], where), as_number(row[2], where)) for row in rows]
    kept: list[tuple[float, float, float]] = []
    for row in sorted(numbers, key=lambda row: -row[2] if math.isfinite(row[2]) else math.inf):
        start, end, _ = row
        apart = all(not well_formed(s, e) or min(end, e) <= max(start, s) for s, e, _ in kept)
        if apart or not well_formed(start, end):
            kept.append(row)
    return kept


def _write(
    out: Path,
    config: MomentsConfig,
    truth: MomentTruth,
    submission: Submission | None,
    result: MomentsResult,
    settings: Json | None,
) -> None:
    """RESULTS/: the truth and the predictions in the formats of the field, the settings, metrics.json last."""
    from svta.eval.metrics.figures import to_json

    (out / METRICS).unlink(missing_ok=True)
    (out / SETTINGS).unlink(missing_ok=True)
    if truth.graded is None:
        write_jsonl(out / TRUTH, truth.as_qvhighlights())
    if submission is not None:
        with suppress(MomentsError):  # what cannot be written in another format is scored all the same
            write_submissions(out, truth, submission)
    write_json(out / CONFIG, {"task": "moments", "data": truth.name, "protocol": result.protocol, "seed": config.seed})
    if settings is not None:
        write_json(out / SETTINGS, settings)
    write_json(out / METRICS, to_json(result))
