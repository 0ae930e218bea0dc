"""Drawn evidence photos of the demo: a plain scene per problem, before and after; no person can be recognised."""

import io
import random

from PIL import Image, ImageDraw

SIZE = (960, 640)
SKY, GROUND, DARK, MID, LIGHT = (
    (206, 213, 210),
    (158, 168, 164),
    (84, 104, 100),
    (126, 143, 138),
    (232, 236, 234),
)


def photo(seed: str, *, is_after: bool) -> bytes:
    """This function will return the JPEG bytes of a scene; the same seed gives the same place, before or after."""
    chance = random.Random(seed)  # noqa: S311 - a drawing, not a secret
    image = Image.new("RGB", SIZE, SKY)
    draw = ImageDraw.Draw(image)
    horizon = 380 + chance.randrange(-30, 60)
    draw.polygon([(0, horizon), (960, horizon - 40), (960, 640), (0, 640)], fill=GROUND)
    scene = chance.choice((_gate, _desk, _board, _store))
    scene(draw, chance, is_after)
    # Every picture differs by a few grains, as real ones do.
    grain = random.Random(f"{seed}{is_after}")  # noqa: S311
    for _ in range(120):
        x, y = grain.randrange(960), grain.randrange(640)
        draw.point((x, y), fill=(grain.randrange(90, 220),) * 3)
    out = io.BytesIO()
    image = image.reduce(2)  # drawn large and made smaller: smooth edges, and a quarter to encode
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


def _gate(draw: ImageDraw.ImageDraw, chance: random.Random, is_after: bool) -> None:
    left = chance.randrange(120, 260)
    draw.polygon(
        [(left, 200), (left + 320, 130), (left + 640, 200), (left + 640, 240), (left, 240)], fill=DARK
    )
    for x in (left + 20, left + 590):
        draw.rectangle((x, 240, x + 24, 480), fill=MID)
    draw.rectangle((left + 200, 330, left + 410, 480), fill=DARK)
    _keepers(draw, left + 250, 270, 2 if is_after else chance.randrange(2))
    draw.line((left + 640, 430, 950, 400), fill=(150, 52, 44), width=14)


def _desk(draw: ImageDraw.ImageDraw, chance: random.Random, is_after: bool) -> None:
    draw.rectangle((180, 330, 780, 520), fill=DARK)
    for column in range(6):
        x = 230 + column * 88
        draw.rectangle((x, 350, x + 70, 450), fill=LIGHT)
        rows = 6 if is_after else chance.randrange(2, 6)
        for row in range(rows):
            draw.line((x + 8, 364 + row * 14, x + 62, 364 + row * 14), fill=MID, width=3)


def _board(draw: ImageDraw.ImageDraw, chance: random.Random, is_after: bool) -> None:
    draw.rectangle((220, 120, 740, 470), fill=MID)
    sheets = 3 if is_after else chance.randrange(2)
    for number in range(3):
        x = 256 + number * 160
        fill = LIGHT if number < sheets else DARK
        draw.rectangle((x, 160, x + 130, 420), fill=fill)
        for row in range(9 if number < sheets else 0):
            draw.line((x + 14, 190 + row * 24, x + 116, 190 + row * 24), fill=MID, width=4)


def _store(draw: ImageDraw.ImageDraw, chance: random.Random, is_after: bool) -> None:
    for shelf in range(3):
        y = 170 + shelf * 110
        draw.rectangle((160, y + 84, 800, y + 96), fill=DARK)
        boxes = 7 if is_after else chance.randrange(2, 6)
        for number in range(boxes):
            draw.rectangle(
                (176 + number * 88, y + 14, 250 + number * 88, y + 84), fill=LIGHT, outline=MID, width=4
            )


def _keepers(draw: ImageDraw.ImageDraw, left: int, top: int, count: int) -> None:
    for number in range(count):
        x = left + number * 80
        draw.rectangle((x, top + 40, x + 44, top + 90), fill=(60, 76, 80))
        for row in range(3):  # the face is covered, as the person who took it would do
            for column in range(3):
                shade = 120 + 30 * ((row + column) % 3)
                draw.rectangle(
                    (x + 4 + column * 12, top + row * 12, x + 16 + column * 12, top + 12 + row * 12),
                    fill=(shade,) * 3,
                )
