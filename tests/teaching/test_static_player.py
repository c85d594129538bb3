"""The static player is self-contained, labelled and deterministic."""

import json
import re
from html.parser import HTMLParser

import pytest

from teaching.static_frames import Frame, choice, slider
from teaching.static_player import player_html

CONTROLS = (
    slider(0, 1, step=0.5, start=0.5, label="mean"),
    choice(("saturating", "hinge"), label="loss", start="hinge"),
)
PICTURES = {
    (i, j): Frame(f"picture {i}{j}".encode(), f"Humps {i} and {j}.")
    for i in range(3)
    for j in range(2)
}


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def script(html):
    (body,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    return body


def dials(html):
    return json.loads(re.search(r"dials.innerHTML = (.*);", script(html))[1])


def test_player_is_deterministic():
    a, b = (player_html(PICTURES, CONTROLS, "Two humps.") for _ in range(2))
    assert a == b


def test_player_loads_nothing():
    html = player_html(PICTURES, CONTROLS, "Two humps.")
    assert "http" not in html
    assert "url(" not in html
    sources = [attrs["src"] for _, attrs in Elements(html).found if "src" in attrs]
    assert [source.partition(",")[0] for source in sources] == ["data:image/png;base64"]


def test_player_has_no_ids():
    html = player_html(PICTURES, CONTROLS, "Two humps.")
    everything = Elements(html).found + Elements(dials(html)).found
    assert not [tag for tag, attrs in everything if "id" in attrs or "name" in attrs]


def test_every_control_has_a_label_and_its_start_value():
    body = dials(player_html(PICTURES, CONTROLS, "Two humps."))
    assert re.search(r"<label><span>mean</span><input[^>]*></label>", body)
    assert re.search(r"<label><span>loss</span><select.*?</select></label>", body)
    found = Elements(body).found
    assert next(attrs for tag, attrs in found if tag == "input")["value"] == "1"
    chosen = [attrs["value"] for tag, attrs in found if "selected" in attrs]
    assert chosen == ["1"]


def test_initial_image_is_the_start_frame_with_alt_text():
    html = player_html(PICTURES, CONTROLS, "Two humps.")
    (picture,) = (attrs for tag, attrs in Elements(html).found if tag == "img")
    assert picture["alt"] == "Humps 1 and 1."
    found = re.search(r"const pictures = (.*?), words = (.*);", script(html))
    frames, words = map(json.loads, found.groups())
    assert len(frames) == len(words) == 6
    assert words[1 * 2 + 1] == picture["alt"]
    assert picture["src"].endswith(frames[1 * 2 + 1])


@pytest.mark.parametrize("label", ["</script><b>", 'a "quoted" <label>', "a & b"])
def test_labels_are_escaped(label):
    control = choice(("one", label), label=label)
    pictures = {(0,): Frame(b"0", "still"), (1,): Frame(b"1", label)}
    html = player_html(pictures, (control,), label)
    tags = [tag for tag, _ in Elements(html).found]
    assert tags == ["div", "style", "p", "em", "img", "script"]
    (knob,) = (attrs for tag, attrs in Elements(dials(html)).found if tag == "select")
    assert json.loads(knob["data-names"]) == ["one", label]
