import pytest

from teaching.card import Card


def test_card_as_plain_text():
    card = Card("good", "X1.4: passed", ("Verified: the mean.",))
    assert repr(card) == "✓ X1.4: passed\nVerified: the mean."


@pytest.mark.parametrize(
    ("tone", "mark"), [("good", "✓"), ("bad", "✗"), ("open", "○"), ("plain", "·")]
)
def test_tone_is_shown_by_a_mark_and_a_colour(tone, mark):
    card = Card(tone, "title")
    assert repr(card).startswith(mark)
    assert mark in card._repr_html_()


def test_each_tone_has_its_own_colour():
    pages = {Card(t, "x")._repr_html_()[:50] for t in ("good", "bad", "open", "plain")}
    assert len(pages) == 4


def test_text_is_escaped():
    page = Card("bad", "<script>", ("<img src=x>", "a & b"))._repr_html_()
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page
    assert "a &amp; b" in page


def test_backquotes_become_code_and_newlines_are_kept():
    page = Card("plain", "Use `x < 1`", ("one\ntwo",))._repr_html_()
    assert "<code>x &lt; 1</code>" in page
    assert "one<br>two" in page
