"""A licence in a column of any name is the row's: no open licence of the project is put on a row that names another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from svta.builder.ingest.discover import find_annotations
from svta.builder.ingest.plan import ImportConfig, plan_import
from svta.builder.sources.column_names import fold, is_licence_name
from svta.builder.sources.columns import ColumnMap, columns_shown
from svta.builder.sources.registry import open_source, read_records
from svta.builder.taxonomy import load_taxonomy

RESERVED = "All rights reserved"
NAMES = """license licence licenses Lizenz Lizenzen licencia licença licenza licentie licencja licens лицензия ліцензія
    许可证 使用许可 許可 授权 版权 著作権 ライセンス 라이선스 저작권 ترخيص license_url licenseName license.id rights
    video_license usageRights image_rights dc:rights rightsStatement Copyright copyright_notice droits Rechte
    permissions no_redistribution EULA Nutzungsrechte derechos
    diritti direitos права prawa tos lic iprights terms_of_use Nutzungsbedingungen spdx_id"""
SPACED = [
    "licence terms",
    "droits d'auteur",
    "Lizenz (SPDX)",
    "авторские права",
    "prawa autorskie",
    "License (2)",
    "©",
    "data use agreement",
    "may publish",
]
OTHERS = """license_plate Kennzeichen driver_license rights_holder copyright_year Lizenzgeber right_shoulder
    rightShoulder rightstart brightness heights uprights left_right rechts derecha droit silence offence usage"""


@pytest.mark.parametrize("name", [*NAMES.split(), *SPACED])
def test_a_column_that_speaks_of_a_licence_is_one(name: str) -> None:
    columns = ColumnMap()
    assert columns.fields({"caption": "A cat sits.", name: RESERVED})["license"] == RESERVED
    assert columns_shown(columns.chosen()) == f"caption from caption, license from {name}"


@pytest.mark.parametrize("name", OTHERS.split())
def test_columns_that_speak_of_something_else(name: str) -> None:
    assert not is_licence_name(fold(name))


@pytest.mark.parametrize(
    ("row", "licence"),
    [
        ({"license": "CC BY 4.0", "rights": "ask us"}, "ask us; CC BY 4.0"),
        ({"license": "CC BY 4.0", "Lizenz": "CC-BY-NC-4.0"}, "CC-BY-NC-4.0"),
        ({"License": "MIT", "license": "CC-BY-NC-4.0"}, "CC-BY-NC-4.0"),
        ({"license": "CC BY 4.0 ", "license_url": "https://creativecommons.org/licenses/by/4.0/"}, "CC BY 4.0"),
        ({"license": "n/a", "rights": ""}, None),
        ({"meta": {"license": "none of yours", "width": 3}}, "none of yours"),
        ({"copyrighted": True}, "True"), ({"license_id": 4}, "4"), ({"rights": "x" * 900}, "x" * 400),
    ],
)  # fmt: skip
def test_of_several_the_strictest_counts(row: dict[str, object], licence: str | None) -> None:
    assert ColumnMap().fields({"caption": "A cat sits.", **row}).get("license") == licence


def test_a_column_that_a_user_names_is_the_only_one() -> None:
    row = {"caption": "A cat sits.", "license": "MIT", "rights": "A. Smith"}
    columns = ColumnMap({"license": "license"})
    assert columns.fields(row)["license"] == "MIT" and columns.chosen()["unread"] == "rights"
    assert ColumnMap({"tag": "rights"}).fields(row) == {"caption": "A cat sits.", "license": "MIT", "tag": "A. Smith"}
    assert "license" not in ColumnMap({"license": "-"}).fields(row)
    row["meta"] = {"rights": "ask us"}
    assert ColumnMap({"license": "license"}).fields(row)["license"] == "MIT"


JSON = {
    "of the file": {"license": RESERVED, "data": [{"video": "a", "caption": "A cat sits."}]},
    "in info": {"info": {"Lizenz": RESERVED}, "a.mp4": {"caption": "A cat sits."}, "b.mp4": {"caption": "A cat runs."}},
    "of a split": {"train": {"rights": RESERVED, "data": [{"video": "a", "caption": "A cat sits."}]}},
    "COCO": {
        "licenses": [{"id": 7, "name": RESERVED, "url": ""}, {"id": 1, "name": "MIT"}],
        "images": [{"id": 1, "file_name": "a.mp4", "license": 7}],
        "annotations": [{"id": 3, "image_id": 1, "caption": "A cat sits."}],
    },
    "COCO, of a caption": {
        "licenses": [{"id": "7", "name": RESERVED}, {"id": 1, "name": "LicenseRef-x"}],
        "images": [{"id": 1, "file_name": "a.mp4"}],
        "annotations": [{"id": 3, "image_id": 1, "caption": "A cat sits.", "license": 7}],
    },
    "beside empty cells": {
        "license": RESERVED,
        "data": [
            {"video": "a", "caption": "A cat sits.", "license": ""},
            {"video": "b", "caption": "A.", "Lizenz": "n/a"},
        ],
    },
    "deep in metadata": {
        "metadata": {"legal": {"license": RESERVED}},
        "data": [{"video": "a", "caption": "A cat sits."}],
    },
    "as an object": {"license": {"name": RESERVED}, "data": [{"video": "a", "caption": "A cat sits."}]},
}


@pytest.mark.parametrize("value", JSON.values(), ids=JSON)
def test_a_licence_of_a_whole_file_is_that_of_its_rows(value: object, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps(value))
    records = list(read_records(open_source(str(tmp_path / "t.json")), on_reject=pytest.fail, license="CC-BY-4.0"))
    assert records and {record.clip.license for record in records} == {RESERVED}


def test_every_route_has_it(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"\0" * 100)
    table = tmp_path / "t.csv"
    table.write_text(f"Datei;Satz;Lizenz\na.mp4;A cat sits.;{RESERVED}\n")
    (record,) = read_records(open_source(str(table)), on_reject=pytest.fail, license="CC-BY-4.0")
    assert record.clip.license == RESERVED
    config, taxonomy = ImportConfig(license="CC-BY-4.0"), load_taxonomy()
    for source in (open_source(str(table)), find_annotations(tmp_path, taxonomy)):
        (item,) = plan_import(tmp_path, source, config, taxonomy).items
        assert item.clip.license == RESERVED
