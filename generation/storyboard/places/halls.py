"""Great rooms, each painted once a clip on a backdrop.Backdrop: where people dance, and where they are judged."""

from __future__ import annotations

from svta.generation.storyboard.drawing.palette import Rgb

from .backdrop import Backdrop, place

GOLD: Rgb = (224, 182, 92)
OAK: Rgb = (132, 88, 58)


@place("ballroom", indoors=True)
def _ballroom(b: Backdrop) -> None:
    b.interior((236, 214, 190), (190, 140, 92))
    for i in range(10):  # a floor of squares
        for k in range(4):
            if (i + k) % 2:
                b.box(i / 10, 0.69 + k * 0.08, (i + 1) / 10, 0.77 + k * 0.08, (206, 160, 110))
    for x in (0.12, 0.38, 0.64, 0.9):  # tall arched windows with curtains
        b.oval(x, 0.2, 0.06, 0.1, (168, 200, 222))
        b.box(x - 0.06, 0.2, x + 0.06, 0.58, (168, 200, 222))
        b.line(((x, 0.1), (x, 0.58)), 0.006, GOLD)
        b.box(x - 0.085, 0.08, x - 0.05, 0.66, (150, 46, 62))
        b.box(x + 0.05, 0.08, x + 0.085, 0.66, (150, 46, 62))
    b.box(0, 0.66, 1, 0.69, GOLD)
    for x in (0.25, 0.77):  # chandeliers
        b.line(((x, 0), (x, 0.1)), 0.006, GOLD)
        b.poly(((x - 0.08, 0.11), (x + 0.08, 0.11), (x + 0.04, 0.19), (x - 0.04, 0.19)), (250, 232, 170))
        for k in range(5):
            b.disc(x - 0.08 + 0.04 * k, 0.1, 0.012, (255, 246, 206))


@place("courtroom", indoors=True)
def _courtroom(b: Backdrop) -> None:
    b.interior((224, 206, 182), (150, 108, 78))
    for i in range(9):  # panels
        b.box(0.01 + i * 0.112, 0.3, 0.1 + i * 0.112, 0.66, (186, 140, 100))
    b.disc(0.5, 0.15, 0.07, GOLD)
    b.disc(0.5, 0.15, 0.05, (246, 232, 190))
    b.box(0.34, 0.4, 0.66, 0.7, OAK)  # the judge's bench
    b.box(0.32, 0.37, 0.68, 0.41, (108, 68, 44))
    b.box(0.42, 0.22, 0.44, 0.37, (108, 68, 44))
    b.box(0.56, 0.22, 0.58, 0.37, (108, 68, 44))
    b.box(0.44, 0.24, 0.56, 0.37, (150, 46, 62))
    for x in (0.08, 0.76):  # rails before the seats
        b.box(x, 0.56, x + 0.16, 0.585, (108, 68, 44))
        for k in range(6):
            b.box(x + 0.005 + k * 0.029, 0.585, x + 0.014 + k * 0.029, 0.71, (108, 68, 44))
    b.thing("flag", 0.28, 0.7, 0.6, "red")
