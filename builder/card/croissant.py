"""croissant.json: a dataset's description for machines, with the responsible-AI fields NeurIPS 2026 asks for.

Reads the stats of the index and the rights, writes DIR/croissant.json (Croissant 1.0 and RAI 1.0, JSON-LD): its files,
the columns of clips.parquet as records, how the data came about, its limits, biases and uses. No caption goes in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from svta.builder.layout.stats import DatasetStats, SplitTies
from svta.builder.paths import INDEX
from svta.builder.project.config import DEFAULT_PROJECT, Project
from svta.builder.rights import DatasetRights
from svta.builder.shards.index import index_schema

from .citation import BIBTEX_LINE, PAPER_URL
from .readme import minors_statements, split_statement

if TYPE_CHECKING:
    import pyarrow as pa

CROISSANT: Final = "croissant.json"
_STRICTEST: Final = "strictest of its sources and models: README.md"
_TERMS: Final = (
    "citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format",
    "includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
_CONTEXT: Final = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
_KINDS: Final = {"bool": "sc:Boolean", "int32": "sc:Integer", "int64": "sc:Integer", "double": "sc:Float"}


def croissant(
    stats: DatasetStats,
    rights: DatasetRights,
    index_sha256: str,
    ties: SplitTies | None = None,
    *,
    project: Project = DEFAULT_PROJECT,
    of_paper: bool = True,
    version: int = 1,
) -> dict[str, object]:
    """The JSON-LD as plain data. of_paper: the dataset is of the SVTA paper's kind, see front_matter.of_the_paper."""
    shards = {
        "@type": "cr:FileSet",
        "@id": "shards",
        "name": "shards",
        "description": "WebDataset tars: key.mp4, key.json (the record) and key.txt (the caption) of each clip.",
        "encodingFormat": "application/x-tar",
        "includes": f"data/*/{project.name}-*.tar",
    }
    index = {
        "@type": "cr:FileObject",
        "@id": INDEX,
        "name": INDEX,
        "description": "One row per clip: its record, and where its video is stored.",
        "contentUrl": INDEX,
        "encodingFormat": "application/x-parquet",
        "sha256": index_sha256,
    }
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        **_identity(stats, project, of_paper),
        "license": rights.licence if rights.licence != "other" else rights.licence_name or _STRICTEST,
        "version": f"1.{version - 1}.0",
        "keywords": _keywords(stats, of_paper),
        **_responsible(stats, rights, ties, project, of_paper),
        "distribution": [index, shards],
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": "clips",
                "name": "clips",
                "description": "The clips without their videos.",
                "key": {"@id": "clips/key"},
                "field": [_field(column) for column in index_schema()],
            }
        ],
    }


def _identity(stats: DatasetStats, project: Project, of_paper: bool) -> dict[str, object]:
    """Name, description, address, citation and authors, if given."""
    kind = "anomalous and normal events" if of_paper or stats.anomalies[True] else "events"
    counted = f"{stats.clips:,} video-caption pairs for text-video retrieval of {kind}"
    reconstruction = "; a reconstruction of the way the SVTA benchmark was made, not its authors' files."
    named = project.heading is not None
    citation = " ".join((project.citation or "").split()) or (BIBTEX_LINE if of_paper else "")
    about = " ".join((project.description or "").split())
    fields: dict[str, object] = {
        "name": project.name if named else "svta-reconstruction" if of_paper else "video-text-retrieval",
        "description": f"{about} {counted}{reconstruction if of_paper else '.'}".strip(),
        "url": project.homepage or (PAPER_URL if of_paper else ""),
        "citeAs": citation,
        "creator": [{"@type": "sc:Person", "name": author} for author in project.authors],
        "inLanguage": list(project.language) if project.is_given else [],
    }
    return {name: value for name, value in fields.items() if value}


def _keywords(stats: DatasetStats, of_paper: bool) -> list[str]:
    anomalies = of_paper or stats.anomalies[True]
    synthetic = not stats.is_footage if of_paper else stats.synthetic[True]
    more = [*(["anomaly detection"] if anomalies else []), *(["synthetic"] if synthetic else [])]
    return ["video", "text-video retrieval", *more]


def _field(column: pa.Field) -> dict[str, object]:
    field = {
        "@type": "cr:Field",
        "@id": f"clips/{column.name}",
        "name": column.name,
        "dataType": _KINDS.get(str(column.type), "sc:Text"),
        "source": {"fileObject": {"@id": INDEX}, "extract": {"column": column.name}},
    }
    return {**field, "repeated": True} if column.name == "flags" else field


def _responsible(
    stats: DatasetStats, rights: DatasetRights, ties: SplitTies | None, project: Project, of_paper: bool
) -> dict[str, object]:
    """The RAI fields, from what is inside; what a person has to judge is said as the card says it."""
    drawn, real = stats.makers.get("storyboard", 0), stats.synthetic[False]
    sources = ", ".join(f"{name} ({count:,})" for name, count in sorted(stats.sources.items()))
    makers = ", ".join(f"{name} ({count:,})" for name, count in sorted(stats.makers.items()))
    withheld = stats.flags.get("dehydrated", 0)
    unsaid = (
        "No clip is camera footage."
        if not stats.synthetic[None]
        else (f"{stats.synthetic[None]:,} clips do not say whether they are camera footage.")
    )
    languages = "English" if project.language == ["en"] else ", ".join(project.language)
    made = [
        "Synthetic clips show what a model or a drawing makes of a caption, not the event: scores on them do not carry "
        "over to camera footage without evaluation on real data."
    ]
    limits = [
        *([] if stats.is_footage else made),
        "Not to be used to identify people, to decide about individuals, for surveillance in operation, nor as "
        "evidence of events.",
    ]
    if drawn:
        limits.insert(0, f"{drawn:,} clips are flat drawings that show what a caption's words name and nothing else.")
    if withheld:
        limits.append(f"{withheld:,} captions are withheld and replaced by hashes.")
    return {
        "rai:dataCollection": f"Captions: {sources}. Videos: {makers}."
        + (" Made, screened and packed with svta." if of_paper else ""),
        "rai:dataCollectionType": [
            *([] if stats.is_footage else ["Synthetic"]),
            *(["Secondary data analysis"] if real else []),
        ],
        "rai:dataPreprocessingProtocol": [
            " ".join(["What was rejected is listed in rejected.jsonl with its reason.", split_statement(ties)]).strip()
        ],
        "rai:dataAnnotationProtocol": ["Categories come from the caption's source or from the tag of its record."],
        "rai:dataLimitations": limits,
        "rai:dataBiases": [
            "Categories and captions carry the biases of their sources"
            + (
                ": what cameras watch, which crimes are annotated, how annotators and language models describe people."
                if of_paper
                else " and of their authors."
            ),
            f"Captions are in {languages}; {stats.flags.get('language', 0):,} are flagged as being in another "
            "language.",
        ],
        "rai:personalSensitiveInformation": [
            *(
                [
                    "Captions taken from annotated surveillance video describe real people's footage"
                    f"{'' if stats.is_footage else ', also where the clip is synthetic'}; they name appearance, age "
                    "and sex."
                ]
                if of_paper
                else []
            ),
            f"{real:,} clips are camera footage of real people." if real else unsaid,
            f"{stats.flags.get('names_person', 0):,} captions are flagged as naming a person, "
            f"{stats.flags.get('depicts_minor', 0):,} as depicting a minor, by lists of words that miss some.",
            *minors_statements(stats),
        ],
        "rai:dataUseCases": [
            "Training and evaluating text-video retrieval of anomalous and normal events"
            f"{'' if stats.is_footage else '; studying how synthetic video helps there'}."
        ],
        "rai:dataSocialImpact": (
            "Better retrieval helps to find accidents and crimes in video and can be misused for surveillance"
            + ("; access is meant to be gated." if project.gate is not None or not project.is_given else ".")
        ),
        "rai:dataReleaseMaintenancePlan": "New clips are appended; keys, splits and finished shards never change.",
        "rai:hasSyntheticData": real < stats.clips,
        "prov:wasDerivedFrom": sorted({part.url or part.name for part in rights.parts if part.kind == "source"}),
        "prov:wasGeneratedBy": sorted({part.name for part in rights.parts if part.kind != "source"}),
    }
