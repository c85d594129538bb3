import pytest

from teaching.card import Card


def test_a_card_reads_without_html():
    card = Card("good", "X1.4: passed", ("Verified: the mean.",))
    assert repr(card) == "✓ X1.4: passed\nVerified: the mean."


@pytest.mark.parametrize(
    ("tone", "mark"), [("good", "✓"), ("bad", "✗"), ("open", "○"), ("plain", "·")]
)
def test_the_tone_is_a_mark_and_not_only_a_colour(tone, mark):
    card = Card(tone, "title")
    assert repr(card).startswith(mark)
    assert mark in card._repr_html_()


def test_four_tones_have_four_colours():
    pages = {Card(t, "x")._repr_html_()[:50] for t in ("good", "bad", "open", "plain")}
    assert len(pages) == 4


def test_what_an_answer_says_cannot_become_markup():
    page = Card("bad", "<script>", ("<img src=x>", "a & b"))._repr_html_()
    assert "<script>" not in page
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page
    assert "a &amp; b" in page


def test_backquotes_set_code_and_line_ends_stay():
    page = Card("plain", "Use `x < 1`", ("one\ntwo",))._repr_html_()
    assert "<code>x &lt; 1</code>" in page
    assert "one<br>two" in page
