"""Tables as offices and annotation tools write them: a title above the names, names of events, tabs and no names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.builder.ingest.discover import find_annotations
from svta.builder.ingest.plan import ImportConfig, plan_import
from svta.builder.io.tables import SourceError
from svta.builder.sources.column_names import fold, is_licence_name
from svta.builder.sources.columns import columns_shown
from svta.builder.sources.records import Reject
from svta.builder.sources.registry import open_source, open_sources, read_records
from svta.builder.taxonomy import Taxonomy

SKI = Taxonomy.model_validate(
    {"name": "ski", "version": 1, "categories": [
        {"name": "avalanche", "is_anomaly": True, "definition": "De la neige dévale."},
        {"name": "sortie de télésiège ratée", "is_anomaly": True, "definition": "Une chute."}]}
)  # fmt: skip


def categories(path: Path) -> tuple[list[str | None], str]:
    source = open_source(str(path))
    found = [record.clip.category for record in read_records(source, on_reject=lambda reject: None, taxonomy=SKI)]
    return found, columns_shown(source.chosen())


@pytest.mark.parametrize("name", ["Événement", "Type d’événement", "event_type", "Ereignis", "incident"])
def test_a_column_of_events_is_the_category_where_the_taxonomy_knows_them(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        f"fichier;légende;{name}\na.mp4;La neige part.;Avalanche\nb.mp4;Il tombe.;glissade\n"
    )
    found, told = categories(tmp_path / "t.csv")
    assert found == ["avalanche", None] and "1 row (glissade)" in told


@pytest.mark.parametrize("event", ["12", "0:05", "5..10", "00:01:02.5", "5 s", "1m20s", "5 s - 10 s"])
def test_an_event_that_is_a_number_or_a_time_is_no_class(event: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"video,caption,event\na.mp4,A man falls.,{event}\n")
    found, told = categories(tmp_path / "t.csv")
    assert found == [None] and "left out" not in told


def test_a_column_that_holds_categories_under_another_name_is_told(tmp_path: Path) -> None:
    rows = "a.mp4,La neige part.,avalanche,Anne\nb.mp4,Il tombe.,sortie de télésiège ratée,Anne\n"
    (tmp_path / "t.csv").write_text(f"video,caption,Nature,avis\n{rows}")
    found, told = categories(tmp_path / "t.csv")
    assert found == [None, None]
    assert "categories may be in Nature; name it with --columns category=NAME" in told
    (tmp_path / "t.csv").write_text(f"video,caption,Nature,category\n{rows.replace(',Anne', ',x')}")
    assert "may be in" not in categories(tmp_path / "t.csv")[1]
    (tmp_path / "t.csv").write_text(f"video,caption,Nature,class\n{rows.replace(',Anne', ',x')}")
    assert "may be in" not in categories(tmp_path / "t.csv")[1]
    (tmp_path / "t.csv").write_text("video,caption,Nature\na.mp4,La neige part.,avalanche\nb.mp4,Il tombe.,calme\n")
    assert "may be in" not in categories(tmp_path / "t.csv")[1]  # half of them are none
    (tmp_path / "b.mp4").write_bytes(b"")
    (tmp_path / "a.mp4").write_bytes(b"")
    (tmp_path / "t.csv").write_text(f"video,caption,Nature,avis\n{rows}")
    assert "may be in Nature" in columns_shown(find_annotations(tmp_path, SKI).chosen())
    plan = plan_import(tmp_path, open_source(str(tmp_path / "t.csv")), ImportConfig(), SKI)
    assert "may be in Nature" in columns_shown(plan.columns)


@pytest.mark.parametrize("title", ["Registre des incidents", "Description", "Video", "Fichier vidéo"])
def test_a_title_above_the_names_of_a_sheet(title: str, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in ([title], [], *[["Saison", "2025/2026"]] * 6, ["N°", "Fichier vidéo", "Description"],
                [1, "a.mp4", "Il tombe."]):  # fmt: skip
        book.active.append(row)
    book.create_sheet("Légende").append(["Code", "Texte"])
    book.save(tmp_path / "t.xlsx")
    (one,) = open_source(str(tmp_path / "t.xlsx")).annotations()
    assert one.place.endswith(" row 10")
    assert (one.fields["video"], one.fields["caption"]) == ("a.mp4", "Il tombe.")


def test_a_message_lists_the_names_below_a_title(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Incident log"], [], ["Season", "2026"], ["Date", "Words", "By"], ["1 May", "He falls.", "Ann"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(SourceError, match="no column of captions; .* has Date, Words, By$"):
        list(open_source(str(tmp_path / "t.xlsx")).annotations())
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.csv").write_text("caption\nA man falls.\n")
    (tmp_path / "logs" / "b.csv").write_text("")
    source = open_source(f"table={tmp_path / 'logs'}")
    assert [one.fields["caption"] for one in source.annotations()] == ["A man falls."]
    assert source.chosen()["passed_over"] == "b.csv: empty"


def test_a_row_below_the_names_is_no_header(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Clip", "Words", "By"], ["a.mp4", "text", None], ["b.mp4", "text", "Anne"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(SourceError, match="no column of captions; .* has Clip, Words, By"):
        list(open_source(str(tmp_path / "t.xlsx")).annotations())


ELAN = "film.mp4\tÉvénement\t20.0\t26.0\tLe skieur tombe.\n" * 2


def test_columns_with_times_are_never_a_caption(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(ELAN)
    with pytest.raises(SourceError, match="columns with times; name them in a first line"):
        list(open_source(str(tmp_path / "t.txt"), is_video="film.mp4".__eq__).annotations())
    (tmp_path / "t.txt").write_text("Fichier\tActeur\tBegin Time - ss.msec\tEnd Time - ss.msec\tAnnotation\n" + ELAN)
    with pytest.raises(SourceError, match="no column of captions"):
        list(open_source(str(tmp_path / "t.txt")).annotations())
    rows = list(open_source(str(tmp_path / "t.txt"), {"caption": "Annotation"}).annotations())
    assert [(row.fields["caption"], row.fields["start"], row.fields["end"]) for row in rows] == [
        ("Le skieur tombe.", 20.0, 26.0)
    ] * 2
    (tmp_path / "t.txt").write_text("film.mp4\t20.0\tLe skieur tombe.\n" * 2)
    with pytest.raises(SourceError, match="columns with times"):
        list(open_source(str(tmp_path / "t.txt"), is_video="film.mp4".__eq__).annotations())


def test_a_video_called_clip_in_the_first_line_names_no_column(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("clip\tLe skieur tombe.\nfilm\tLa neige part.\n")
    rows = list(open_source(str(tmp_path / "t.txt"), is_video=("clip", "film").__contains__).annotations())
    assert [(row.fields["video"], row.fields["caption"]) for row in rows] == [
        ("clip", "Le skieur tombe."),
        ("film", "La neige part."),
    ]


@pytest.mark.parametrize("marks", ["annotations", "completions"])
def test_the_full_export_of_label_studio_names_the_one_to_take(marks: str, tmp_path: Path) -> None:
    task = {"id": 1, "data": {"video": "a.mp4"}, marks: [{"result": [{"value": {"text": ["Il tombe."]}}]}]}
    (tmp_path / "t.json").write_text(json.dumps([task]))
    with pytest.raises(SourceError, match="export them as JSON-MIN or CSV"):
        list(open_source(str(tmp_path / "t.json")).annotations())


@pytest.mark.parametrize("name", ["L\u0456cense", "Droits à l'image", "Consent"])
def test_what_forbids_it_counts_under_every_name(name: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(f"video,caption,license,{name}\na.mp4,Il tombe.,CC BY 4.0,non\n")
    (row,) = open_source(str(tmp_path / "t.csv")).annotations()
    assert row.fields["license"] == "non; CC BY 4.0"


@pytest.mark.parametrize(
    "name",
    ["Droit à l’image", "droits image", "Droit d'auteur", "Conditions de réutilisation", "Autorisation de diffusion",
     "Bildrechte", "Recht am Bild", "Derecho de imagen", "Diritto d'immagine", "direito de imagem", "Droits à l’image",
     "droits à l'image signés", "Droits cédés", "Autorisation parentale", "autorisations signées", "Consent form",
     "consentimiento", "consentement", "Einverständniserklärung", "Recht am eigenen Bild", "Model release",
     "permission to publish", "Terms and Conditions", "License template", "ｌｉｃｅｎｓｅ", "Lic\u200bense",
     "L\u0456cense", "li\u0441\u0435ns\u0435", "l\u03b9cense", "\u0421opyright"],
)  # fmt: skip
def test_rights_in_one_s_picture_are_rights(name: str) -> None:
    assert is_licence_name(fold(name))


@pytest.mark.parametrize(
    "name",
    [
        "Bord droit début",
        "côté droit",
        "Nombre d'autorités",
        "rechts",
        "diritto",
        "number plate",
        "licens\u0435 plate",
        "consensus",
        "date of release",
        "autorisé",
    ],
)
def test_what_is_on_the_right_is_no_right(name: str) -> None:
    assert not is_licence_name(fold(name))


def test_whether_it_is_an_anomaly_and_the_split_in_french(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "fichier;légende;Anomalie ?;Jeu\na.mp4;Il tombe.;oui;entraînement\nb.mp4;Rien.;non;essai\n"
    )
    rows = [row.fields for row in open_source(str(tmp_path / "t.csv")).annotations()]
    assert [(row["is_anomaly"], row["source_split"]) for row in rows] == [(True, "entraînement"), (False, "essai")]


def test_a_column_of_anomalies_by_name_says_not_whether_it_is_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("video,caption,anomaly\na.mp4,La neige part.,avalanche\n")
    found, told = categories(tmp_path / "t.csv")
    assert found == [None] and "categories may be in anomaly" in told
    (tmp_path / "t.csv").write_text("video,caption,is_anomaly\na.mp4,La neige part.,avalanche\n")
    lost: list[Reject] = []
    assert not list(read_records(open_source(str(tmp_path / "t.csv")), on_reject=lost.append, taxonomy=SKI))
    assert "is_anomaly" in str(lost[0]["detail"])


def test_what_is_told_of_columns_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('video,caption,"Avis\ndu jury",event\na.mp4,La neige part.,x,"a\nb"\n')
    found, told = categories(tmp_path / "t.csv")
    assert found == [None] and "not read: Avis du jury" in told and "1 row (a b)" in told and "\n" not in told


def test_a_column_that_is_named_for_several_tables_is_read_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("video,caption,Nature\na.mp4,La neige part.,avalanche\n")
    (tmp_path / "b.csv").write_text("video,caption,category\nb.mp4,Une coulée.,avalanche\n")
    texts = [f"table={tmp_path / name}" for name in ("a.csv", "b.csv")]
    for columns in ({"category": "Nature"}, {"category": "Nature", "start": "-"}):
        sources = open_sources(texts, columns)
        found = [record.clip.category for one in sources for record in read_records(one, on_reject=print, taxonomy=SKI)]
        assert found == ["avalanche"] * 2
    (tmp_path / "c.jsonl").write_text(
        '{"video": "c.mp4", "caption": "Une."}\n{"video": "d.mp4", "caption": "Deux.", "Nature": "avalanche"}\n'
    )
    (source,) = open_sources([*texts, f"table={tmp_path / 'c.jsonl'}"], {"category": "Nature"})[2:]
    assert [one.clip.category for one in read_records(source, on_reject=print, taxonomy=SKI)] == [None, "avalanche"]
    with pytest.raises(SourceError, match="--columns category=Natur: none of the 2 sources has it"):
        open_sources(texts, {"category": "Natur"})
    with pytest.raises(SourceError, match="no column 'Natur'; has video, caption, Nature"):
        list(open_sources(texts[:1], {"category": "Natur"})[0].annotations())


def test_captions_in_the_plural_of_a_language(tmp_path: Path) -> None:
    row = {"fichier": "a.mp4", "légendes": ["Il tombe.", "Il glisse."], "événement": "avalanche"}
    (tmp_path / "t.json").write_text(json.dumps({"vidéos": [row]}))
    rows = [one.fields for one in open_source(str(tmp_path / "t.json")).annotations()]
    assert [one["caption"] for one in rows] == row["légendes"] and rows[0]["class"] == "avalanche"
