"""What columns are called in other people's tables: the names of each field, in the usual languages.

Read by columns.py for a row's cells, and by shapes.py and text_lines.py to tell what a file is.

    fold("Début (s)"), folded_names("start")     # "debuts", ["start", "starttime", ..., "debuts", ...]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from svta.builder.record import CLIP_FIELDS

# field -> names of columns beside its own, compared by fold(); the first with a value wins
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(CLIP_FIELDS, ()),
    "caption": ("text", "sentence", "description", "english text", "english", "prompt", "caption en", "cap", "en cap",
                "captions", "sentences", "descriptions", "texts", "prompts", "video caption", "caption text",
                "refined caption", "raw caption", "long caption", "short caption", "query", "annotation text",
                "desc", "narration",
                "Beschreibung", "Bildunterschrift", "Untertitel", "Satz", "Beschreibungen", "Bildunterschriften",
                "Sätze", "légende", "phrase", "texte", "légendes", "phrases", "textes", "descripciones", "leyendas",
                "descrições", "legendas", "didascalie", "descrizioni",
                "descripción", "leyenda", "frase", "texto", "descrição", "legenda", "didascalia", "descrizione",
                "testo", "描述", "视频描述", "字幕", "说明", "說明", "文本", "句子", "説明", "説明文", "キャプション",
                "テキスト", "описание", "подпись", "текст", "предложение", "설명", "캡션", "beschrijving", "opis"),
    "category": ("category name", "label", "Kategorie", "catégorie", "categoría", "categoria", "categorie", "kategoria",
                 "类别", "類別", "カテゴリ", "カテゴリー", "категория", "категорія", "카테고리"),
    "is_anomaly": ("anomaly", "anomalous", "abnormal", "is abnormal", "anomalie", "anormal", "anomalía", "anomalo",
                   "anomal", "аномалия", "异常", "是否异常", "異常"),
    "duration": ("length", "Dauer", "Länge", "durée", "duración", "duração", "durata", "时长", "長度", "长度"),
    "source_id": ("id", "uid", "sample id", "ret key"),
    "source_split": ("split", "subset", "partition", "jeu", "jeu de données", "ensemble", "sous ensemble",
                     "Aufteilung", "Teilmenge", "partición", "conjunto", "subconjunto", "partizione", "divisione",
                     "partição", "выборка", "划分", "数据划分", "分割"),
    "group": ("derived from", "source video"),
    "start": ("start time", "begin", "begin time", "time start", "t start", "clip start", "tc in", "source tc in",
              "timecode in", "start timecode", "start tc", "in point", "start timestamp", "starts", "start times",
              "starttijd",
              "Beginn", "Anfang",
              "Startzeit", "Anfangszeit", "Beginnzeit", "début", "temps de début", "heure de début", "inicio",
              "hora de inicio", "tiempo de inicio", "tiempo inicial", "comienzo", "início", "tempo inicial", "começo",
              "inizio", "tempo di inizio", "tempo iniziale", "开始", "开始时间", "起始", "起始时间", "開始",
              "開始時間", "開始時刻", "начало", "время начала", "старт", "시작", "시작 시간", "begintijd",
              "początek"),
    "end": ("end time", "stop", "stop time", "time end", "t end", "clip end", "finish", "tc out", "source tc out",
            "timecode out", "end timecode", "end tc", "out point", "end timestamp", "stop timestamp", "ends",
            "end times", "Ende",
            "Endzeit", "Endezeit", "fin", "temps de fin", "heure de fin", "hora de fin", "tiempo de fin",
            "tiempo final", "fim", "tempo final", "término", "fine", "tempo di fine", "tempo finale", "结束",
            "结束时间", "终止", "终止时间", "結束", "結束時間", "終了", "終了時間", "終了時刻", "конец",
            "время конца", "окончание", "время окончания", "종료", "종료 시간", "끝", "einde", "eindtijd", "koniec"),
    "license": ("licence",),
    "num_frames": ("frames",),
    "fps": ("frame rate",),
    "video": ("file", "file name", "video path", "file path", "video file", "video filename", "path", "clip",
              "video id", "video name", "clip name", "clip id", "clip path", "vid", "vid name", "youtube id", "ytid",
              "vid key", "movie", "media", "media file", "media file path", "video file name", "Datei", "Dateiname",
              "Videodatei", "Videoname", "Pfad", "Name des Videos", "fichier", "nom de la vidéo", "nom vidéo",
              "nom de fichier", "nom du fichier", "fichier vidéo", "chemin", "archivo", "fichero",
              "nombre de archivo", "nombre del vídeo", "archivo de vídeo", "ruta", "arquivo", "nome do arquivo",
              "nome do vídeo", "ficheiro", "nome file", "nome del file", "percorso", "视频", "视频名", "视频名称",
              "视频文件", "视频文件名", "文件", "文件名", "視頻", "影片", "檔案", "檔名", "動画", "ビデオ",
              "動画ファイル", "ファイル", "ファイル名", "видео", "видеофайл", "файл", "имя файла", "비디오",
              "동영상", "파일", "파일명", "bestand", "bestandsnaam", "plik"),
    "class": ("class name", "label name", "Klasse", "classe", "clase", "分类", "分類", "класс", "Etikett", "étiquette",
              "etiqueta", "etichetta", "标签", "標籤", "ラベル", "метка", "레이블",
              "event", "event type", "type of event", "incident", "incident type", "anomaly type", "Ereignis",
              "Ereignistyp", "Ereignisart", "Vorfall", "événement", "type d'événement", "type d'incident",
              "type d'anomalie", "evento", "tipo de evento", "tipo di evento", "incidente", "tipo de incidente",
              "gebeurtenis", "zdarzenie", "событие", "тип события", "事件", "事件类型", "事件類型", "イベント",
              "이벤트"),
    "span": ("timestamp", "timestamps", "ts", "segment", "times", "time span", "time range", "interval",
             "relevant windows", "Zeitraum",
             "intervalle", "intervalo", "intervallo", "时间段", "интервал"),
    "start_frame": ("frame start", "begin frame", "first frame"),
    "end_frame": ("frame end", "stop frame", "last frame"),
}  # fmt: skip
_WITH_UNITS: Final = ("start", "end", "duration")
_UNITS: Final = {  # of times in columns' names, in seconds
    1: ("", "s", "sec", "secs", "seconds", "in s", "in seconds", "Sek", "Sekunden", "in Sekunden", "secondes",
        "segundos", "secondi", "秒", "hh:mm:ss", "mm:ss", "hh:mm:ss.ms", "ss.msec"),
    1e-3: ("ms", "msec", "millis", "milliseconds", "in ms", "in milliseconds", "Millisekunden", "毫秒"),
    1e-6: ("us", "µs", "microseconds"),
    60: ("min", "mins", "minutes", "in min", "in minutes", "Minuten", "分钟"),
}  # fmt: skip
_UNIT_AT_END: Final = {  # of any column that a user names; the `.ms` in ELAN's hh:mm:ss.ms is not a unit
    unit: re.compile(rf"(?:(?<!ss)[^A-Za-z]|[a-z](?=[A-Z]))(?i:{names})\W*$")
    for unit, names in (
        (1e-3, "ms|msecs?|millis|milliseconds?"),
        (1e-6, "us|µs|microseconds?"),
        (60, r"(?<!_)mins?|minutes?"),
    )
}


@lru_cache(maxsize=4096)
def fold(name: str) -> str:
    """A column's name without what differs from file to file: `Video_Name` and `videoName` are `videoname`."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return "".join(filter(str.isalnum, letters)) or letters.strip()


@cache
def folded_names(field: str) -> tuple[str, ...]:
    """What columns of a field may be called, folded; those of times with their units too."""
    names = (field, *ALIASES[field])
    units = tuple(chain.from_iterable(_UNITS.values())) if field in _WITH_UNITS else ("",)
    return tuple(dict.fromkeys(fold(f"{name} {unit}") for unit in units for name in names))


@lru_cache(maxsize=4096)
def unit_seconds(column: str) -> float:
    """Of how many seconds a column of times says that it counts: start_ms, endMs, Beginn (min); else one."""
    found = (unit for unit, ending in _UNIT_AT_END.items() if ending.search(column))
    return next(found, None) or _UNIT_OF.get(fold(column), 1)


CAPTION_NAMES: Final = frozenset(folded_names("caption"))
QUESTIONS: Final = frozenset({"prompt", "prompts", "query"})  # no captions in a row that has one of ANSWERS
ANSWERS: Final = frozenset({"response", "answer", "output", "completion", "a", "question", "questions"})


def is_caption_name(name: str) -> bool:
    """Whether a folded name is one of the caption's, or one with a number: caption_1, Sentence 2."""
    return name.rstrip("0123456789") in CAPTION_NAMES


# in a name that speaks of a licence or of rights; left out: those of a plate, a driver, an owner, a direction
_LICENCE: Final = re.compile(
    "|".join(
        map(fold, (
            "licenc", "licens", "lizenz", "licença", "licenza", "licentie", "lisens", "lisans", "лиценз", "ліценз",
            "άδεια", "רישיון", "ترخيص", "رخصة", "giấy phép", "สัญญาอนุญาต", "लाइसेंस", "许可", "許可", "授权",
            "授權", "版权", "版權", "著作権", "著作權", "ライセンス", "라이선스", "라이센스", "저작권",
            "copyright", "copyleft", "spdx", "derechos", "droits d", "diritti", "direitos", "nutzungsrecht",
            "urheberrecht", "auteursrecht", "verwertungsrecht", "prawa autor", "авторск", "правообл",
            "terms of use", "usage terms", "terms of service", "Nutzungsbedingung", "conditions d'utilisation",
            "condiciones de uso", "termos de uso", "使用条款", "利用規約", "creative commons", "public domain",
            "usage policy", "use policy", "use agreement", "user agreement", "restrictions on use", "use restriction",
            "usage restriction", "redistribut", "eula", "may publish", "may be published",
            "droit à l'image", "droits à l'image", "droits cédés", "cession de droits", "cession des droits",
            "droit d'auteur", "droit d'utilisation", "droit d'usage", "droit de diffusion",
            "droits image", "conditions de réutilisation", "autorisation de", "autorisation d'", "consent",
            "Bildrecht", "Recht am Bild", "Rechte am Bild", "am eigenen Bild", "Nutzungserlaubnis", "Einwilligung",
            "Einverständnis", "model release", "image release", "release form", "liberatoria", "terms and conditions",
            "permission to publish", "permission to use",
            "derecho de imagen", "derecho de autor", "diritto d'", "diritto all'immagine", "direito de imagem",
            "direito autoral", "portretrecht",
        ))
    )
    + "|^(?:rechte|droits|prawa|права|tos|lic|iprights|permissions?|©)$"
    "|^autorisations?(?:$|signe|parental|ecrit|obtenu)"
    "|(?<![bfp])rights(?:$|statement|reserved|usage|info|terms|text|link|ur[il]|of|and|in)"
)  # fmt: skip
_NO_LICENCE: Final = re.compile(
    "(?<!tem)plate|kennzeichen|driv|holder|owner|inhaber|licensor|licensee|geber|titula|year|date$"
)
_LOOK_ALIKE: Final = str.maketrans("авсԁеһіјкӏмнорԛѕтуԝхαεικνορτυχηıɡ", "abcdehijklmhopqstywxaeiknoptuxnig")


@lru_cache(maxsize=4096)
def is_licence_name(name: str) -> bool:
    """Whether a folded name speaks of a licence or of rights, in whatever language: Lizenz, usage_rights, 许可证.

    Letters of other alphabets that look like Latin ones count as these too.
    """
    names = {name, name.translate(_LOOK_ALIKE)}
    return any(_LICENCE.search(one) and not _NO_LICENCE.search(one) for one in names)


VIDEO_NAMES: Final = frozenset(folded_names("video"))
_UNIT_OF: Final = {
    fold(f"{name} {word}"): unit
    for unit, words in _UNITS.items()
    for word in words
    for field in _WITH_UNITS
    for name in (field, *ALIASES[field])
}
