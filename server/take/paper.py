"""The pages of a PDF: their measures, their letters, and the few things that stand on them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from .fonts import Letters

INK = (33, 37, 41)
SOFT = (120, 126, 133)
FAINT = (205, 209, 213)
ACCENT = (20, 92, 110)
LEFT, TOP, RIGHT, BOTTOM = 24.0, 26.0, 24.0, 24.0
DATES = 33.0
"""Millimetres of the column that dates stand in."""
LINE = 5.2
BODY, SMALL = 9.5, 7.5
_FAMILY = "body"
# Scripts whose letters join or turn round; shaping costs six times the rest.
_SHAPED = re.compile("[\u0590-\u08ff\u0900-\u0e7f\u0f00-\u109f\u1780-\u17ff\u200d\ufb1d-\ufdff\ufe70-\ufefc]")

_STRETCHES = re.compile(rf"({_SHAPED.pattern}+(?:\s+{_SHAPED.pattern}+)*)")

Colour = tuple[int, int, int]


class Run(NamedTuple):
    """Some words of a line, and where they lead (None for nowhere)."""

    text: str
    colour: Colour = INK
    link: int | None = None
    small: bool = False


class Paper(FPDF):
    """A4 pages with a line at the foot of each but the first."""

    def __init__(self, letters: Letters, foot: str) -> None:
        super().__init__(format="A4")
        self._letters = letters
        self._foot = foot
        self._last_date = ""
        self.set_margins(LEFT, TOP, RIGHT)
        self.c_margin = 0.0
        self.set_auto_page_break(True, BOTTOM)
        for style, file in letters.family.items():
            self.add_font(_FAMILY, style, str(file))
        self._stand_in(letters.others)
        self.set_font(_FAMILY, size=BODY)

    def footer(self) -> None:
        """Write whose memory it is and the page."""
        if self.page_no() == 1:
            return
        self.set_y(-15)
        self._ink(SMALL, SOFT)
        half = self.epw / 2
        self.cell(half, 5, self.spelt(self._foot))
        self.cell(half, 5, str(self.page_no()), align="R")

    def spelt(self, text: str) -> str:
        """A text in letters that there are; scripts that need it are shaped."""
        shaped = bool(_SHAPED.search(text))
        if shaped != (self.text_shaping is not None):
            self.set_text_shaping(shaped)
        return self._letters.spelt(text)

    def leaf(self) -> None:
        """Begin a page, unless this one is empty."""
        self._columns(LEFT)
        if not self.page or self.y > TOP:
            self.add_page()
        self._last_date = ""

    def chapter(self, title: str) -> None:
        """Begin a chapter on a page of its own."""
        self.leaf()
        self.start_section(self.spelt(title))
        self._told(title, 22, "B", ACCENT, 11)
        self.set_draw_color(*ACCENT)
        self.line(LEFT, self.y, LEFT + 22, self.y)
        self.ln(7)

    def heading(self, title: str, told: str, link: int | None) -> None:
        """Write the name of what follows, and a line about it; `link` leads here."""
        self._room(34)
        self.start_section(self.spelt(title), level=1)
        if link is not None:
            self.set_link(link, y=self.y, page=self.page_no())
        self._told(title, 14, "B", INK, 7.5)
        if told:
            self._told(told, SMALL + 0.5, "", SOFT, 4.6)
        self.ln(1.5)
        self._last_date = ""

    def part(self, title: str) -> None:
        """Write the title of a part."""
        self._room(16)
        self.ln(1)
        self._told(title, SMALL + 0.5, "B", ACCENT, 6)
        self._last_date = ""

    def dated(self, when: str, runs: Sequence[Run], *, italic: bool = False) -> None:
        """Write a line beside its date; a date that is the one above is not told again."""
        self._room(LINE)
        y = self.y
        if when != self._last_date:
            self._ink(SMALL, SOFT)
            self.set_xy(LEFT, y + 0.25)
            self.cell(DATES - 2, LINE, self.spelt(when))
        self._last_date = when
        self._columns(LEFT + DATES)
        self.set_xy(LEFT + DATES, y)
        for run in runs:
            self._ink(SMALL if run.small else BODY, run.colour, "I" if italic and not run.small else "")
            # A stretch is shaped as the script of its first letter.
            for stretch in filter(None, _STRETCHES.split(run.text)):
                self.write(LINE, self.spelt(stretch), "" if run.link is None else run.link)
        self.ln(LINE + 0.7)
        self._columns(LEFT)

    def row(self, cells: Sequence[tuple[str, float, str]], colour: Colour) -> None:
        """Write texts beside each other, each in a width (mm), aligned left or right."""
        self._ink(BODY - 0.5, colour)
        for text, width, align in cells:
            self.cell(width, LINE, self.shortened(text, width - 2), align=align)
        self.ln(LINE)

    def shortened(self, text: str, width: float) -> str:
        """As much of a text as goes into a width (mm), in the letters set last."""
        spelt = self.spelt(text)
        if self.get_string_width(spelt) <= width:
            return spelt
        while spelt and self.get_string_width(f"{spelt}…") > width:
            spelt = spelt[:-1]
        return f"{spelt}…"

    def fact(self, name: str, value: str) -> None:
        """Write a name and beside it what it is, over as many lines as that takes."""
        self._ink(BODY, SOFT)
        self.cell(DATES, 6.4, self.spelt(name))
        self._ink(BODY, INK)
        self.multi_cell(0, 6.4, self.spelt(value), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def event(self, what: str, when: str) -> None:
        """Write what happened, and when beside it."""
        self._room(20)
        self._ink(SMALL, SOFT)
        at = self.get_string_width(when) + 3
        self._ink(BODY + 0.5, INK, "B")
        self.cell(self.epw - at, 6, self.shortened(what, self.epw - at - 2))
        self._ink(SMALL, SOFT)
        self.cell(at, 6, self.spelt(when), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(*FAINT)
        self.line(LEFT, self.y, LEFT + self.epw, self.y)
        self.ln(1.5)
        self._last_date = ""

    def entry(self, name: str, page: int, level: int) -> None:
        """Write a line of the contents."""
        top = level == 0
        self._room(LINE)
        if top:
            self.ln(1.2)
        link = self.add_link(page=page)
        self._ink(BODY if top else BODY - 0.5, INK if top else SOFT, "B" if top else "")
        indent = 0 if top else 6
        self.set_x(LEFT + indent)
        wide = self.epw - indent - 14
        self.cell(wide, LINE, self.shortened(name, wide), link=link)
        self.cell(14, LINE, str(page), align="R", link=link, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def anchor(self, link: int) -> None:
        """Have a link lead to the line that is written next."""
        self._room(LINE)
        self.set_link(link, y=self.y, page=self.page_no())

    def paragraph(self, text: str, size: float, colour: Colour, height: float, style: str = "") -> None:
        """Write a text over the whole width."""
        self._told(text, size, style, colour, height)

    def _told(self, text: str, size: float, style: str, colour: Colour, height: float) -> None:
        self._columns(LEFT)
        self.set_x(LEFT)
        self._ink(size, colour, style)
        self.multi_cell(0, height, self.spelt(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _room(self, height: float) -> None:
        if self.will_page_break(height):
            self.leaf()

    def _columns(self, left: float) -> None:
        self.set_left_margin(left)

    def _ink(self, size: float, colour: Colour, style: str = "") -> None:
        self.set_font(_FAMILY, style, size)
        self.set_text_color(*colour)

    def _stand_in(self, others: Sequence[Path]) -> None:
        names = [f"other{at}" for at in range(len(others))]
        for name, file in zip(names, others, strict=True):
            self.add_font(name, "", str(file))
        if names:
            self.set_fallback_fonts(names, exact_match=False)
