import functools
import inspect

import pytest
import torch

from course_lib.gan.networks import PointGenerator
from course_lib.gan.objectives import discriminator_loss, hinge_generator_loss
from teaching.source_code import STUB, body_of, imports_of, source_of, stub_of


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
    assert "Minus the mean score of" in stub
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

    with pytest.raises(ValueError, match="defines no inner at its top level"):
        source_of(inner)


def test_a_stub_of_a_class_keeps_all_but_the_methods_that_are_named():
    stub = stub_of(PointGenerator, ("forward",))
    assert stub.startswith("class PointGenerator(nn.Module):")
    assert "super().__init__()" in stub and "sizes." in stub
    assert stub.count(STUB) == 1 and stub.endswith(f"        {STUB}")
    hidden = body_of(PointGenerator, ("forward",))
    assert hidden.strip() == "return self.body(z)" and hidden.strip() not in stub


def test_a_stub_of_a_whole_class_compiles_and_calls_the_base_class():
    stub = stub_of(PointGenerator)
    assert stub.count(STUB) == 2 and "super().__init__()" in stub
    assert "sizes.latent_dim" not in stub
    compile(stub, "stub", "exec")
    with pytest.raises(ValueError, match="no method backward"):
        stub_of(PointGenerator, ("backward",))


def test_imports_are_those_that_the_source_uses_and_nobody_has_yet():
    lines = imports_of(hinge_generator_loss, known={"Scalar"})
    assert lines == ["from course_lib.shapes import Logits"]
    found = imports_of(PointGenerator, known=set())
    assert "from torch import nn" in found
    names = {}
    exec("\n".join(found), names)
    exec(source_of(PointGenerator), names)
