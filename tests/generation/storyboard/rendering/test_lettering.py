"""No box stands for a letter: a font that has it, or the nearest letters of the one there is."""

from __future__ import annotations

import unicodedata

from PIL import ImageFont

from svta.generation.storyboard.rendering import lettering
from svta.generation.storyboard.rendering.lettering import fonts_for, spelt

FRENCH = "Sortie de télésiège ratée : l’œil « À »"


def test_a_font_without_accents_gets_plain_letters() -> None:
    plain = ImageFont.load_default(14)
    assert spelt("Télésiège", plain) == spelt(unicodedata.normalize("NFD", "Télésiège"), plain) == "Telesiege"
    assert spelt("œil, Straße, Łódź", plain) == "oeil, Strasse, Lodz"
    assert spelt("雪 falls", plain) == "? falls"
    assert spelt("A man falls, 3 times!", plain) == "A man falls, 3 times!"


def test_every_letter_that_is_drawn_is_in_the_font() -> None:
    for font in fonts_for([FRENCH], (14, 28)):
        box = bytes(font.getmask("\uffff"))
        assert not [c for c in spelt(FRENCH, font) if not c.isspace() and bytes(font.getmask(c)) == box]


def test_english_words_keep_pillow_s_font(monkeypatch) -> None:
    monkeypatch.setattr(lettering, "FONTS", ("not a font.ttf",))
    (font,) = fonts_for(["A man falls."], (14,))
    assert font.getname() == ImageFont.load_default(14).getname()
    assert fonts_for(["Télé"], (14,))[0].getname() == font.getname()
