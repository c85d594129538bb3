import functools
import inspect

import pytest
import torch

from course_lib.gan.objectives import discriminator_loss, hinge_generator_loss
from teaching.source_code import STUB, body_of, source_of, stub_of


def undocumented(x):
    return x


def test_source_keeps_the_comments_of_its_file():
    assert "# -log D(x)" in source_of(discriminator_loss)


def test_source_runs_and_gives_the_same_function():
    names = dict(inspect.unwrap(hinge_generator_loss).__globals__)
    exec(source_of(hinge_generator_loss), names)
    scores = torch.tensor([1.0, 3.0])
    assert names["hinge_generator_loss"](scores) == hinge_generator_loss(scores) == -2


def test_a_stub_is_signature_docstring_and_a_line_to_replace():
    stub = stub_of(hinge_generator_loss)
    assert stub.startswith("def hinge_generator_loss(scores_fake: Logits) -> Scalar:")
    assert "Minus the mean score of the fakes" in stub
    assert stub.endswith(f"    {STUB}")


def test_a_stub_says_that_there_is_no_answer_yet():
    names = dict(inspect.unwrap(hinge_generator_loss).__globals__)
    exec(stub_of(hinge_generator_loss), names)
    with pytest.raises(NotImplementedError, match=r"Your turn\."):
        names["hinge_generator_loss"](torch.ones(2))


def test_a_stub_holds_nothing_of_the_body():
    body = [line.strip() for line in body_of(discriminator_loss).splitlines()]
    assert len(body) >= 3
    assert not set(body) & set(map(str.strip, stub_of(discriminator_loss).splitlines()))


def test_signature_docstring_and_body_make_the_whole():
    stub = stub_of(discriminator_loss).removesuffix(STUB).rstrip(" ")
    assert stub + body_of(discriminator_loss) == source_of(discriminator_loss)


def test_a_wrapper_does_not_hide_the_source():
    @functools.wraps(hinge_generator_loss)
    def wrapper(*args):
        return hinge_generator_loss(*args)

    assert source_of(wrapper) == source_of(hinge_generator_loss)


def test_an_exercise_without_docstring_is_refused():
    with pytest.raises(ValueError, match="undocumented has no docstring"):
        stub_of(undocumented)


def test_a_function_inside_another_is_refused():
    def inner():
        """Nothing."""

    with pytest.raises(ValueError, match="no function inner at its top level"):
        source_of(inner)
