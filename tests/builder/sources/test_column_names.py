"""column_names.py: columns in other languages, with units and written in any way, are the fields they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from svta.builder.ingest.discover import find_annotations
from svta.builder.ingest.plan import ImportConfig, plan_import
from svta.builder.sources.column_names import fold
from svta.builder.sources.columns import ColumnMap, columns_shown
from svta.builder.sources.registry import open_source, read_records
from svta.builder.taxonomy import load_taxonomy

HEADERS = {
    "German": "Dateiname;Beschreibung;Beginn;Ende;Kategorie",
    "German with units": "Video-Datei;Bildunterschrift;Startzeit (s);Endzeit [s];Klasse",
    "French": "Fichier;Légende;Début;Fin;Catégorie",
    "French without accents": "fichier video;legende;debut;fin;categorie",
    "Spanish": "Archivo;Descripción;Inicio;Fin;Categoría",
    "Italian": "Nome file;Didascalia;Inizio;Fine;Categoria",
    "Portuguese": "Arquivo;Descrição;Início;Término;Classe",
    "Chinese": "视频;描述;开始时间;结束时间;类别",
    "traditional Chinese": "檔名;說明;開始;結束;類別",
    "Japanese": "動画ファイル;説明;開始時刻;終了時刻;カテゴリ",
    "Russian": "Имя файла;Описание;Начало;Конец;Категория",
    "one word": "videoName;captionText;startTime;endTime;className",
    "spaced": "VIDEO ID ; Caption ; START_SEC ; end-sec ; Label Name",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_columns_of_other_languages(header: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"{header}\ngate;A man climbs over a gate.;0:01,5;1:02;arson\n", encoding="utf-8")
    (record,) = read_records(open_source(str(tmp_path / "t.csv")), on_reject=pytest.fail)
    assert (record.clip.caption, record.videos[0]) == ("A man climbs over a gate.", "gate")
    assert (record.clip.start, record.clip.end, record.clip.category) == (1.5, 62.0, "arson")


CATEGORY = (
    "category label Kategorie Catégorie categoría categoria categorie kategoria 类别 類別 カテゴリ категория 카테고리"
)
CLASS = "class class_name Klasse classe clase 分类 класс Etikett étiquette 标签 ラベル"


@pytest.mark.parametrize("name", CATEGORY.split())
def test_an_unknown_category_is_a_reject_in_any_language(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"Datei;Satz;{name}\ngate;A man climbs over a gate.;Klettern\n")
    rejects: list[dict[str, object]] = []
    assert not list(read_records(open_source(str(tmp_path / "t.csv")), on_reject=rejects.append))
    assert (rejects[0]["reason"], rejects[0]["category"]) == ("unknown_category", "Klettern")
    source = open_source(str(tmp_path / "t.csv"))
    (record,) = read_records(source, on_reject=pytest.fail, own_categories=True)
    assert record.clip.category is None and "1 row (Klettern); --taxonomy FILE?" in columns_shown(source.chosen())


@pytest.mark.parametrize("name", CLASS.split())
def test_an_unknown_class_costs_no_row_and_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0" * 100)
    rows = "".join(f"a;A man climbs {n} times.;{word}\n" for n, word in enumerate(["B", "B", "arson", "C", "D", "E"]))
    (tmp_path / "t.csv").write_text(f"Datei;Satz;{name}\n{rows}")
    told = "classes that the taxonomy does not know, left out: 5 rows (B, C, D, ...); --taxonomy FILE?"
    source = open_source(str(tmp_path / "t.csv"))
    records = list(read_records(source, on_reject=pytest.fail))
    assert [record.clip.category for record in records] == [None, None, "arson", None, None, None]
    assert columns_shown(source.chosen()).endswith(told)
    taxonomy = load_taxonomy()
    for given in (open_source(str(tmp_path / "t.csv")), find_annotations(tmp_path, taxonomy)):
        assert columns_shown(plan_import(tmp_path, given, ImportConfig(), taxonomy).columns).endswith(told)


@pytest.mark.parametrize(
    "names",
    ["start_ms,end_ms", "startMs,endMs", "Beginn (ms),Ende (ms)", "begin_milliseconds,stop ms", "startms,endmillis"],
)
def test_milliseconds(names: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"video,caption,{names}\na,A man runs.,1500,62000\nb,A dog runs.,0,0:02.5\n")
    clips = [record.clip for record in read_records(open_source(str(tmp_path / "t.csv")), on_reject=pytest.fail)]
    assert [(clip.start, clip.end) for clip in clips] == [(1.5, 62.0), (0.0, 2.5)]


def test_a_column_named_by_the_user_may_be_in_milliseconds(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("video,caption,von_ms,items\na,A man runs.,1500,3\n")
    source = open_source(str(tmp_path / "t.csv"), {"start": "von_ms", "end": "items"})
    (record,) = read_records(source, on_reject=pytest.fail)
    assert (record.clip.start, record.clip.end) == (1.5, 3.0)


def test_names_that_differ_in_writing_alone() -> None:
    assert fold("Video_Name") == fold("videoName") == fold("  VIDEO-name ") == fold("vidéo name") == "videoname"
    assert fold("#") == "#" and fold(" ") == ""
    assert len({fold(name) for name in ("start", "start_frame", "end", "end_frame", "span")}) == 5


USUAL = {
    "caption": "text sentence description prompt cap enCap captions refined_caption raw_caption query desc narration",
    "video": "file file_name video_path file_path path clip video_id videoid video_name clip_name clip_id vid vid_name "
             "youtube_id YoutubeID ytid vid_key",
    "start": "start_time begin time_start t_start start_sec Start_timestamp TC_In Beginn inicio",
    "end": "end_time stop time_end t_end end_sec stop_timestamp TC_Out Ende fin",
    "span": "timestamp timestamps segment times time_range interval ts",
    "category": "category_name label",
    "source_id": "id uid sample_id",
    "source_split": "split subset partition",
    "group": "derived_from source_video",
    "start_frame": "frame_start begin_frame",
    "end_frame": "frame_end stop_frame",
    "is_anomaly": "anomaly anomalous",
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "column"), [(field, name) for field, names in USUAL.items() for name in names.split()]
)
def test_usual_names_of_published_tables_are_known(field: str, column: str) -> None:
    value = {"is_anomaly": True, "start": 1.5, "end": 1.5, "start_frame": 3.0, "end_frame": 3.0}.get(
        field, "words here"
    )
    assert ColumnMap().fields({column: value}) == {field: value}
