"""Indoor places, each painted once a clip on a backdrop.Backdrop: homes, shops, offices, halls."""

from __future__ import annotations

from svta.generation.storyboard.drawing.palette import Rgb, shade

from .backdrop import Backdrop, place

TILE: Rgb = (222, 222, 220)
PARQUET: Rgb = (206, 164, 118)
GOLD: Rgb = (224, 182, 92)
OAK: Rgb = (132, 88, 58)


@place("kitchen", indoors=True)
def _kitchen(b: Backdrop) -> None:
    b.interior((236, 232, 214), TILE, "tiles")
    for i in range(5):
        b.box(0.1 + i * 0.13, 0.1, 0.22 + i * 0.13, 0.28, (126, 168, 160))
        b.disc(0.205 + i * 0.13, 0.25, 0.007, (240, 240, 236))
    b.box(0.06, 0.48, 0.8, 0.51, (250, 248, 242))
    for i in range(5):
        b.box(0.07 + i * 0.146, 0.51, 0.205 + i * 0.146, 0.7, (126, 168, 160))
    if b.without != "fridge":
        b.box(0.84, 0.18, 0.98, 0.72, (226, 230, 234))
        b.line(((0.84, 0.38), (0.98, 0.38)), 0.006, (180, 186, 192))
    b.pane(0.4, 0.31, 0.56, 0.44)


@place("bathroom", indoors=True)
def _bathroom(b: Backdrop) -> None:
    b.interior((206, 230, 234), (196, 212, 216), "tiles")
    for i in range(13):
        b.line(((i / 12, 0), (i / 12, 0.66)), 0.003, (188, 216, 222))
    for i in range(6):
        b.line(((0, i * 0.11), (1, i * 0.11)), 0.003, (188, 216, 222))
    b.box(0.1, 0.5, 0.44, 0.7, (252, 252, 252))
    b.box(0.08, 0.49, 0.46, 0.53, (238, 242, 244))
    if b.without != "mirror":
        b.oval(0.68, 0.3, 0.06, 0.14, (240, 250, 252))
    b.box(0.6, 0.5, 0.76, 0.54, (252, 252, 252))
    b.box(0.66, 0.54, 0.7, 0.7, (236, 240, 242))


@place("office", indoors=True)
def _office(b: Backdrop) -> None:
    b.interior((222, 228, 232), (176, 184, 194), "carpet")
    for i in range(3):
        b.pane(0.06 + i * 0.2, 0.12, 0.22 + i * 0.2, 0.4)
    b.thing("shelf", 0.86, 0.7, 0.78)
    b.box(0.08, 0.56, 0.4, 0.585, (190, 150, 108))
    b.box(0.1, 0.585, 0.12, 0.7, (150, 116, 82))
    b.box(0.36, 0.585, 0.38, 0.7, (150, 116, 82))
    b.thing("computer", 0.2, 0.56, 0.4)


@place("classroom", indoors=True)
def _classroom(b: Backdrop) -> None:
    b.interior((240, 230, 200), PARQUET)
    if b.without != "blackboard":
        b.box(0.2, 0.12, 0.8, 0.46, (160, 118, 80))
        b.box(0.215, 0.14, 0.785, 0.44, (70, 118, 96))
        b.line(((0.26, 0.22), (0.46, 0.22)), 0.008, (240, 246, 240))
        b.line(((0.26, 0.29), (0.4, 0.29)), 0.008, (240, 246, 240))
        b.line(((0.56, 0.34), (0.62, 0.2), (0.7, 0.34)), 0.008, (240, 246, 240))
    for x in (0.1, 0.36, 0.62, 0.88):
        b.box(x - 0.08, 0.62, x + 0.08, 0.64, (206, 160, 106))
        b.line(((x, 0.64), (x, 0.72)), 0.014, (120, 120, 126))


@place("bank", indoors=True)
def _bank(b: Backdrop) -> None:
    b.interior((226, 222, 210), (206, 196, 184), "tiles")
    for x in (0.08, 0.36, 0.64, 0.92):
        b.box(x - 0.03, 0.06, x + 0.03, 0.68, (246, 242, 232))
        b.box(x - 0.045, 0.04, x + 0.045, 0.08, (214, 206, 190))
    b.box(0.0, 0.52, 1.0, 0.68, (132, 100, 74))
    b.box(0.0, 0.5, 1.0, 0.53, (90, 72, 58))
    for x in (0.15, 0.43, 0.71):
        b.box(x, 0.28, x + 0.14, 0.5, (196, 222, 226))
    b.disc(0.5, 0.14, 0.05, (214, 180, 80))


def _shelves(b: Backdrop, count: int, scale: float, base: float) -> None:
    for i in range(count):
        kind = "shelf" if b.without != "goods" else "open shelf"
        b.thing(kind, (i + 0.5) / count, base, scale * (0.66 if kind == "open shelf" else 1.0))


@place("shop", indoors=True)
def _shop(b: Backdrop) -> None:
    b.interior((242, 226, 210), (214, 190, 160))
    _shelves(b, 3, 0.74, 0.69)
    b.box(0.2, 0.04, 0.8, 0.15, (226, 110, 90))
    for i in range(6):
        b.box(0.24 + i * 0.095, 0.075, 0.3 + i * 0.095, 0.115, (252, 246, 236))
    b.lamp(0.1, 0, 0.06)
    b.lamp(0.9, 0, 0.06)


@place("supermarket", indoors=True)
def _supermarket(b: Backdrop) -> None:
    b.interior((232, 238, 240), (226, 228, 226), "tiles")
    for x in (0.18, 0.5, 0.82):
        b.box(x - 0.13, 0.03, x + 0.13, 0.055, (255, 255, 250))
    _shelves(b, 5, 0.86, 0.7)
    for x, c in ((0.2, (70, 150, 110)), (0.5, (226, 96, 70)), (0.8, (70, 120, 190))):
        b.box(x - 0.09, 0.1, x + 0.09, 0.19, c)
        b.box(x - 0.06, 0.135, x + 0.06, 0.155, (250, 250, 250))


@place("restaurant", indoors=True)
def _restaurant(b: Backdrop) -> None:
    b.interior((232, 196, 168), (158, 112, 84))
    for x in (0.18, 0.5, 0.82):
        b.lamp(x, 0, 0.1)
    b.box(0, 0.46, 1, 0.66, (190, 130, 100))
    for x in (0.16, 0.84):
        b.thing("table", x, 0.73, 0.5)
        b.box(x - 0.012, 0.565, x + 0.012, 0.6, (252, 252, 250))
    b.picture(0.28, 0.2, (170, 200, 160))
    b.picture(0.62, 0.2, (206, 180, 120))


@place("factory", indoors=True)
def _factory(b: Backdrop) -> None:
    b.interior((196, 202, 208), (178, 178, 178), "carpet")
    for i in range(4):
        b.poly(((i * 0.25, 0.1), (i * 0.25 + 0.25, 0.1), (i * 0.25 + 0.25, 0.0), (i * 0.25, 0.06)), (150, 158, 168))
    b.box(0, 0.2, 1, 0.225, (230, 150, 60))
    b.box(0, 0.25, 1, 0.265, (120, 160, 180))
    b.thing("machine", 0.14, 0.7, 0.66)
    b.thing("machine", 0.88, 0.7, 0.66, "beige")
    b.box(0.32, 0.58, 0.7, 0.62, (110, 116, 124))
    for i in range(7):
        b.disc(0.335 + i * 0.058, 0.62, 0.018, (80, 84, 92))
    b.box(0, 0.9, 1, 0.915, (250, 204, 60))


@place("warehouse", indoors=True)
def _warehouse(b: Backdrop) -> None:
    b.interior((206, 204, 196), (196, 190, 180), "carpet")
    for y in (0.24, 0.46, 0.68):
        b.box(0.02, y, 0.98, y + 0.022, (70, 110, 170))
    for x in (0.03, 0.35, 0.66, 0.97):
        b.box(x - 0.008, 0.08, x + 0.008, 0.7, (236, 130, 50))
    for i in range(8):
        for y in (0.24, 0.46, 0.68):
            if (i * 3 + int(y * 10)) % 5:
                high = 0.1 + 0.05 * ((i + int(y * 10)) % 2)
                b.box(0.06 + i * 0.117, y - high, 0.15 + i * 0.117, y, shade((206, 164, 112), 0.9 + 0.08 * (i % 3)))


@place("station", indoors=True)
def _station(b: Backdrop) -> None:
    b.fade(0, 0.66, (226, 236, 242), (210, 218, 224))
    for x in (0.1, 0.5, 0.9):
        b.box(x - 0.014, 0.1, x + 0.014, 0.68, (120, 140, 150))
    b.poly(((0, 0.06), (1, 0.06), (1, 0.12), (0, 0.12)), (100, 124, 136))
    if b.without == "train":
        b.box(0, 0.5, 1, 0.62, (168, 172, 170))
    else:
        b.box(0.04, 0.36, 0.96, 0.62, (86, 138, 176))
    for i in range(0 if b.without == "train" else 8):
        b.box(0.07 + i * 0.11, 0.4, 0.15 + i * 0.11, 0.5, (206, 228, 238))
    b.box(0, 0.62, 1, 0.68, (104, 100, 100))
    b.fade(0.68, 1, (212, 204, 192), (200, 190, 178))
    b.box(0, 0.69, 1, 0.71, (250, 214, 80))
    b.disc(0.3, 0.22, 0.05, (250, 250, 250))
    b.line(((0.3, 0.22), (0.3, 0.18)), 0.008, (60, 60, 66))
    b.line(((0.3, 0.22), (0.318, 0.23)), 0.008, (60, 60, 66))


@place("subway", indoors=True)
def _subway(b: Backdrop) -> None:
    b.interior((226, 224, 214), (176, 176, 180), "tiles")
    for i in range(13):
        b.line(((i / 12, 0.08), (i / 12, 0.6)), 0.003, (200, 200, 192))
    b.box(0, 0.12, 1, 0.18, (206, 70, 64))
    b.box(0.36, 0.22, 0.64, 0.34, (44, 70, 130))
    b.box(0.4, 0.265, 0.6, 0.295, (250, 250, 250))
    b.box(0, 0.56, 1, 0.68, (72, 72, 80))
    b.box(0, 0.61, 1, 0.62, (150, 156, 166))
    b.box(0, 0.7, 1, 0.72, (250, 214, 80))


@place("bus interior", indoors=True)
def _bus_interior(b: Backdrop) -> None:
    b.interior((214, 220, 226), (146, 150, 160), "carpet", 0.72)
    for i in range(4):
        b.pane(0.03 + i * 0.245, 0.14, 0.235 + i * 0.245, 0.42)
    b.line(((0, 0.07), (1, 0.07)), 0.012, (246, 190, 60))
    for i in range(5):
        x = 0.06 + i * 0.22
        b.line(((x + 0.1, 0.07), (x + 0.1, 0.72)), 0.012, (246, 190, 60))
        b.box(x - 0.05, 0.48, x + 0.04, 0.66, (64, 120, 176))
        b.box(x - 0.05, 0.62, x + 0.07, 0.67, (52, 102, 156))


@place("stairwell", indoors=True)
def _stairwell(b: Backdrop) -> None:
    b.interior((222, 218, 210), (186, 180, 172), "carpet")
    b.thing("stairs", 0.66, 0.7, 0.92)
    b.line(((0.2, 0.52), (0.9, 0.1)), 0.014, (120, 90, 66))
    for i in range(8):
        b.line(((0.22 + i * 0.095, 0.5 - i * 0.057), (0.22 + i * 0.095, 0.68 - i * 0.045)), 0.008, (130, 136, 144))
    b.box(0.08, 0.14, 0.2, 0.28, (250, 250, 246))


@place("gym", indoors=True)
def _gym(b: Backdrop) -> None:
    b.interior((214, 224, 232), (222, 176, 116))
    for i in range(5):
        b.line(((0.06, 0.2 + i * 0.09), (0.26, 0.2 + i * 0.09)), 0.014, (190, 146, 98))
    for x in (0.06, 0.16, 0.26):
        b.line(((x, 0.16), (x, 0.68)), 0.014, (170, 128, 84))
    b.box(0.6, 0.6, 0.92, 0.63, (96, 102, 112))
    for x in (0.62, 0.68, 0.84, 0.9):
        b.disc(x, 0.58, 0.03, (70, 74, 84))
    b.box(0.42, 0.14, 0.56, 0.3, (250, 250, 250))
    b.disc(0.49, 0.3, 0.028, (230, 110, 50))
    b.box(0, 0.88, 1, 0.892, (206, 84, 70))


@place("stage", indoors=True)
def _stage(b: Backdrop) -> None:
    b.fade(0, 0.7, (72, 56, 92), (110, 80, 120))
    b.fade(0.68, 1, (186, 130, 88), (156, 104, 70))
    for x in (0.25, 0.5, 0.75):
        b.poly(((x - 0.02, 0.04), (x + 0.02, 0.04), (x + 0.12, 0.86), (x - 0.12, 0.86)), (255, 244, 200, 60))
    for i in range(5):
        b.box(i * 0.032, 0, i * 0.032 + 0.03, 0.8, (176, 44, 56) if i % 2 else (156, 36, 50))
        b.box(1 - i * 0.032 - 0.03, 0, 1 - i * 0.032, 0.8, (176, 44, 56) if i % 2 else (156, 36, 50))
    b.box(0, 0, 1, 0.07, (150, 34, 48))


@place("church", indoors=True)
def _church(b: Backdrop) -> None:
    b.interior((226, 218, 206), (176, 160, 146), "tiles")
    glass = ((206, 80, 80), (80, 130, 200), (246, 196, 80), (100, 170, 120))
    for i, x in enumerate((0.16, 0.5, 0.84)):
        b.oval(x, 0.2, 0.06, 0.12, (110, 104, 110))
        b.box(x - 0.06, 0.2, x + 0.06, 0.5, (110, 104, 110))
        for k in range(8):
            b.box(
                x - 0.05 + 0.05 * (k % 2),
                0.14 + 0.085 * (k // 2),
                x - 0.004 + 0.05 * (k % 2),
                0.215 + 0.085 * (k // 2),
                glass[(k + i) % 4],
            )
    for x in (0.2, 0.44, 0.68, 0.92):
        b.box(x - 0.1, 0.6, x + 0.1, 0.72, (140, 100, 70))


@place("prison", indoors=True)
def _prison(b: Backdrop) -> None:
    b.interior((186, 188, 190), (160, 160, 162), "carpet")
    for row in range(6):
        for i in range(9):
            x = i / 8 + (0.06 if row % 2 else 0)
            b.box(
                x - 0.058,
                0.03 + row * 0.105,
                x + 0.058,
                0.125 + row * 0.105,
                shade((186, 188, 190), 0.92 + 0.04 * ((i + row) % 3)),
            )
    b.pane(0.44, 0.1, 0.56, 0.24)
    for i in range(15):
        b.line(((0.02 + i * 0.068, 0.0), (0.02 + i * 0.068, 0.72)), 0.012, (84, 88, 96))
    b.box(0, 0.36, 1, 0.385, (84, 88, 96))


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
