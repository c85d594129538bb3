import functools
import inspect

import pytest
import torch

from course_lib.gan.networks import PointGenerator
from course_lib.gan.objectives import discriminator_loss, hinge_generator_loss
from teaching.source_code import STUB, body_of, imports_of, source_of, stub_of


def undocumented(x):
    return x


def test_source_keeps_comments():
    assert "# -log D(x)" in source_of(discriminator_loss)


def test_source_can_be_executed():
    names = dict(inspect.unwrap(hinge_generator_loss).__globals__)
    exec(source_of(hinge_generator_loss), names)
    scores = torch.tensor([1.0, 3.0])
    assert names["hinge_generator_loss"](scores) == hinge_generator_loss(scores) == -2


def test_stub_has_signature_docstring_and_placeholder():
    stub = stub_of(hinge_generator_loss)
    assert stub.startswith("def hinge_generator_loss(scores_fake: Logits) -> Scalar:")
    assert "Minus the mean score of" in stub
    assert stub.endswith(f"    {STUB}")


def test_stub_raises_not_implemented():
    names = dict(inspect.unwrap(hinge_generator_loss).__globals__)
    exec(stub_of(hinge_generator_loss), names)
    with pytest.raises(NotImplementedError, match=r"Your turn\."):
        names["hinge_generator_loss"](torch.ones(2))


def test_stub_holds_no_line_of_the_body():
    body = [line.strip() for line in body_of(discriminator_loss).splitlines()]
    assert len(body) >= 3
    assert not set(body) & set(map(str.strip, stub_of(discriminator_loss).splitlines()))


def test_stub_and_body_make_the_source():
    stub = stub_of(discriminator_loss).removesuffix(STUB).rstrip(" ")
    assert stub + body_of(discriminator_loss) == source_of(discriminator_loss)


def test_decorated_function_has_its_own_source():
    @functools.wraps(hinge_generator_loss)
    def wrapper(*args):
        return hinge_generator_loss(*args)

    assert source_of(wrapper) == source_of(hinge_generator_loss)


def test_stub_of_undocumented_function_raises():
    with pytest.raises(ValueError, match="undocumented has no docstring"):
        stub_of(undocumented)


def test_nested_function_raises():
    def inner():
        """Nothing."""

    with pytest.raises(ValueError, match="defines no inner at its top level"):
        source_of(inner)


def test_stub_of_a_class_replaces_the_named_methods():
    stub = stub_of(PointGenerator, ("forward",))
    assert stub.startswith("class PointGenerator(nn.Module):")
    assert "super().__init__()" in stub and "sizes." in stub
    assert stub.count(STUB) == 1 and stub.endswith(f"        {STUB}")
    hidden = body_of(PointGenerator, ("forward",))
    assert hidden.strip() == "return self.body(z)" and hidden.strip() not in stub


def test_stub_of_a_whole_class_calls_the_base_class():
    stub = stub_of(PointGenerator)
    assert stub.count(STUB) == 2 and "super().__init__()" in stub
    assert "sizes.latent_dim" not in stub
    compile(stub, "stub", "exec")
    with pytest.raises(ValueError, match="no method backward"):
        stub_of(PointGenerator, ("backward",))


def test_imports_of_a_source_leave_out_known_names():
    lines = imports_of(hinge_generator_loss, known={"Scalar"})
    assert lines == ["from course_lib.shapes import Logits"]
    found = imports_of(PointGenerator, known=set())
    assert "from torch import nn" in found
    names = {}
    exec("\n".join(found), names)
    exec(source_of(PointGenerator), names)
