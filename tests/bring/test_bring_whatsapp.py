"""WhatsApp: both phones, both orders of day and month, and who is who."""

from pathlib import Path

import pytest
from bring_samples import SAMPLES, found, said

from diffmem.errors import BadInput
from diffmem.server.bring.documents import documents
from diffmem.server.bring.whatsapp import read as read_chats
from diffmem.server.bring.whatsapp_lines import messages, order_of
from diffmem.server.bring.wishes import Wishes

CHOIR = SAMPLES / "whatsapp" / "WhatsApp Chat with Choir.txt"


def test_a_chat_of_an_iphone_is_a_session_a_day() -> None:
    first, second = found(SAMPLES / "whatsapp" / "iphone")

    assert first.id == "whatsapp-iphone-2024-05-07"
    assert said(first) == [
        ("Anna Reis", "Good morning! I have got the job in Coimbra.\nI start on the first of June."),
        ("Mara", "Congratulations, Anna!"),
        ("Mara", "Our dinner with Tom: Friday at eight."),
    ]
    assert said(second) == [("Anna Reis", "Tom cannot come.")]
    assert second.started.isoformat() == "2024-05-13T08:00:01+00:00"


def test_a_chat_of_android_has_its_months_first_where_a_day_is_too_large_for_one() -> None:
    march, later = found(CHOIR)

    assert march.id == "whatsapp-choir-2024-03-09"
    assert said(march) == [("Lia", "The concert is on the 20th."), ("+351 912 345 678", "The hall")]
    assert march.started.isoformat() == "2024-03-09T21:06:00+00:00"
    assert later.started.isoformat() == "2024-03-22T00:10:00+00:00"
    assert said(later) == [("Lia", "Thank you all!")]


def test_of_two_who_write_the_one_whom_the_chat_is_not_called_after_is_the_user(tmp_path: Path) -> None:
    chat = tmp_path / "WhatsApp Chat with Anna.txt"
    chat.write_text("07/05/2024, 09:15 - Anna: Hi\n07/05/2024, 09:16 - Mara L: Hello\n", "utf-8")

    assert said(found(chat)[0]) == [("Anna", "Hi"), ("user", "Hello")]
    assert said(found(chat, wishes=Wishes(me="Anna"))[0]) == [("user", "Hi"), ("Mara L", "Hello")]


def test_a_silence_parts_sessions_instead_of_midnight_where_that_is_wanted(tmp_path: Path) -> None:
    chat = tmp_path / "chat with Bo.txt"
    lines = ("13/05/24, 23:50 - Bo: late", "14/05/24, 00:10 - Bo: still here", "14/05/24, 09:00 - Bo: up")
    chat.write_text("\n".join(lines), "utf-8")

    assert [len(one.turns) for one in found(chat)] == [1, 2]
    assert [len(one.turns) for one in found(chat, wishes=Wishes(silence=4))] == [2, 1]


@pytest.mark.parametrize(
    ("lines", "order"),
    [
        (["13/05/24, 10:00 - A: x"], "dmy"),
        (["05/13/24, 10:00 - A: x"], "mdy"),
        (["2024-05-03, 10:00 - A: x"], "ymd"),
        (["01/05/24, 10:00 - A: x", "02/05/24, 10:00 - A: x", "01/06/24, 10:00 - A: x"], "dmy"),
        (["05/01/24, 10:00 - A: x", "05/02/24, 10:00 - A: x", "06/01/24, 10:00 - A: x"], "mdy"),
        (["[1/2/24, 3:04:05\u202fPM] A: x"], "mdy"),
        (["1/2/24, 3:04 pm - A: x"], "dmy"),
        (["[01.02.24, 15:04:05] A: x"], "dmy"),
    ],
)
def test_the_order_of_day_and_month_is_found_in_the_whole_file(lines: list[str], order: str) -> None:
    assert order_of(list(messages("\n".join(lines)))) == order


def test_an_order_that_cannot_be_is_refused_with_its_line() -> None:
    with documents(CHOIR) as files:
        (left,) = read_chats(files, Wishes(date_order="dmy"))

    assert "line 7: there is no day 3/22/24 as dmy; give --date-order" in getattr(left, "why", "")


def test_a_text_that_is_no_chat_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("milk, bread\n", "utf-8")

    with pytest.raises(BadInput, match="nothing in it is known"):
        found(tmp_path)
