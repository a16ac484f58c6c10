"""68 + 30 categories: attested names verbatim, UCF-Crime's 13 reachable, every entry complete."""

from __future__ import annotations

import json

import pytest

from svta.builder.errors import TaxonomyError
from svta.builder.sources.columns import ColumnMap
from svta.builder.taxonomy import Taxonomy, check_names, load_taxonomy, read_taxonomy

pytestmark = pytest.mark.smoke

ATTESTED = {
    True: ["abuse", "throw", "smoke", "loss of balance or falls", "animal-related anomaly", "startle events",
           "fighting", "arson", "explosion", "theft/stealing", "shooting", "natural disasters"],
    False: ["shopping", "talking", "walking", "standing", "sports"],
}  # fmt: skip
UCF_CRIME = ["Abuse", "Arrest", "Arson", "Assault", "Burglary", "Explosion", "Fighting", "RoadAccidents", "Robbery",
             "Shooting", "Shoplifting", "Stealing", "Vandalism"]  # fmt: skip


def test_counts_and_completeness():
    taxonomy = load_taxonomy()
    assert sum(c.is_anomaly for c in taxonomy.categories) == 68
    assert sum(not c.is_anomaly for c in taxonomy.categories) == 30
    for category in taxonomy.categories:
        assert category.definition.endswith(".") and "\n" not in category.definition
        assert category.minor_policy in ("film", "flag", "text_only")


@pytest.mark.parametrize(("is_anomaly", "name"), [(kind, n) for kind, names in ATTESTED.items() for n in names])
def test_attested_names(is_anomaly, name):
    category = load_taxonomy()[name]
    assert category.attested and category.is_anomaly is is_anomaly


@pytest.mark.parametrize("name", UCF_CRIME)
def test_ucf_crime_classes_are_names_or_aliases(name):
    category = load_taxonomy()[name]
    assert category.is_anomaly and name in (category.name, *category.aliases)


def test_violence_between_people_is_text_only_with_minors():
    taxonomy = load_taxonomy()
    for name in ("abuse", "assault", "fighting", "kidnapping", "stabbing", "shooting", "robbery", "harassment"):
        assert taxonomy[name].minor_policy == "text_only"
    for name in ("walking", "loss of balance or falls", "startle events"):
        assert taxonomy[name].minor_policy != "text_only"


def test_users_bring_their_own(tmp_path):
    path = tmp_path / "mine.json"
    entry = {"name": "spill", "is_anomaly": True, "definition": "Milk runs out."}
    path.write_text(json.dumps({"name": "mine", "version": 1, "categories": [entry]}))
    taxonomy = load_taxonomy(path)
    assert taxonomy.names == ["spill"] and taxonomy["SPILL"].minor_policy == "text_only"
    assert load_taxonomy().find("spill") is not load_taxonomy().find("walking")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"categories": []}, "categories"),
        ({"version": "1"}, "version"),
        ({"extra": 1}, "extra"),
        ({"categories": [{"name": "a\nb", "is_anomaly": True, "definition": "d"}]}, "name"),
        (
            {"categories": [{"name": n, "is_anomaly": True, "definition": "d"} for n in ("a", "A")]},
            "n: 'a' names",
        ),
        ({"categories": [{"name": n, "is_anomaly": True, "definition": "d"} for n in "bb"]}, "n: two .* called 'b'"),
    ],
)
def test_a_broken_taxonomy_is_refused(tmp_path, change, message):
    path = tmp_path / "bad.json"
    base = {"name": "m", "version": 1, "categories": [{"name": "a", "is_anomaly": True, "definition": "d"}]}
    path.write_text(json.dumps(base | change))
    with pytest.raises(TaxonomyError, match=message):
        load_taxonomy(path)


def test_unknown_category_is_named():
    with pytest.raises(TaxonomyError, match="teleporting"):
        load_taxonomy()["teleporting"]


def test_a_copy_with_other_categories_knows_them():
    taxonomy = load_taxonomy()
    assert taxonomy.find("abuse") is not None
    first = taxonomy.categories[0].model_copy(update={"name": "spill", "aliases": []})
    other = taxonomy.model_copy(update={"categories": [first]})
    assert other.names == ["spill"] and other.find("abuse") is None and taxonomy.names[0] == "abuse"


def test_no_name_is_no_category_called_by_a_mark_alone() -> None:
    marks = [{"name": name, "is_anomaly": False, "definition": "Nothing."} for name in ("-", "fall")]
    taxonomy = Taxonomy.model_validate({"name": "own", "version": 1, "categories": marks})
    assert [taxonomy.find(name) for name in ("", " ", "'", "\u2013")] == [None] * 4
    assert taxonomy.find("-") is taxonomy.categories[0]


def test_names_typed_without_accents_hyphens_or_with_another_apostrophe() -> None:
    def taxonomy(*names: str) -> Taxonomy:
        entries = [{"name": name, "is_anomaly": True, "definition": "It happens."} for name in names]
        return Taxonomy.model_validate({"name": "ski", "version": 1, "categories": entries})

    ski = taxonomy("sortie de télésiège ratée", "hors-piste", "chute à l’arrivée", "がす")
    found = [
        ski.find(name) for name in ("SORTIE DE TELESIEGE RATEE", "hors piste", "Chute a l'arrivée", "かす", "piste")
    ]
    assert [one and one.name for one in found] == [*ski.names[:3], None, None]
    close = taxonomy("pêche", "péché", "hors-piste", "hors piste")
    found = [
        close.find(name) for name in ("Pêche", "PÉCHÉ", "peche", "hors-piste", "hors piste", "hors_piste", "hors’piste")
    ]
    assert [one and one.name for one in found] == [
        "pêche",
        "péché",
        None,
        "hors-piste",
        "hors piste",
        "hors piste",
        None,
    ]


def test_the_nearest_names_of_a_users_own_taxonomy_are_told() -> None:
    categories = [{"name": name, "is_anomaly": True, "definition": "x"} for name in ("groomer crash", "ski theft")]
    own = read_taxonomy({"name": "lifts", "version": 1, "categories": categories}, "own")
    assert own.nearest("Groomer_crsh") == ["groomer crash"] and own.nearest("juggling") == []
    with pytest.raises(TaxonomyError, match="^1 name is not among the 2 of lifts; nearest: groomer crash .1 row: gro"):
        check_names(["groomer crsh"], [], own)
    with pytest.raises(TaxonomyError, match="; add them to the taxonomy lifts, or give another with --taxonomy FILE "):
        check_names(["juggling"], [], own)
    with pytest.raises(TaxonomyError, match="not among the 98 built in; --taxonomy FILE[?]"):
        check_names(["groomer crsh"], [], load_taxonomy())
    with pytest.raises(TaxonomyError, match="not among the 2 of lifts; nearest: ski theft"):
        own["ski thef"]
    columns = ColumnMap({})
    columns.taxonomy = own
    columns.left_out["groomer crsh"] += 2
    assert columns.chosen()["left_out"] == "2 rows (groomer crsh); nearest: groomer crash"
