"""What the uses need, as data: every row leads to a form and a field that are there."""

import pytest

from app.forms._registry import all_forms
from app.reuse.product import all_products

NEEDS = [(p.slug, need) for p in all_products().values() for need in p.needs]
FORMS = {**all_forms(), "stage": None}


@pytest.mark.parametrize(("slug", "need"), NEEDS, ids=lambda one: getattr(one, "what", one))
def test_a_need_names_what_there_is(slug, need):
    assert need.of or need.kinds, slug
    assert need.level in ("required", "expected", "optional")
    form = FORMS[need.form] if need.form else None
    if need.field:
        assert need.field in form().asked


@pytest.mark.parametrize("product", all_products().values(), ids=lambda one: one.slug)
def test_a_product_says_what_for_and_needs_something(product):
    assert product.purpose.endswith(".")
    assert [need for need in product.needs if need.level == "required"]
    assert len({need.what for need in product.needs}) == len(product.needs)
