import io

import pytest

from app.forms._pages import page


@pytest.mark.parametrize(
    ("body", "posted"),
    [
        ("a=1&b=2&a=3", {"a": "1\n3", "b": "2"}),
        ("=1&a=2", {"": "1", "a": "2"}),
        ("", {}),
    ],
)
def test_a_name_that_comes_several_times_is_one_value_a_line(app, body, posted):
    with app.test_request_context(
        method="POST", data=body, content_type="application/x-www-form-urlencoded"
    ):
        assert page.posted() == posted


@pytest.mark.parametrize("disposition", ["form-data", 'form-data; name="\r\nX: 1"'])
def test_a_part_without_a_name_is_no_answer(app, disposition):
    odd = f"--x\r\nContent-Disposition: {disposition}\r\n\r\nodd\r\n"
    named = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    with app.test_request_context(
        method="POST",
        input_stream=io.BytesIO((odd + named).encode()),
        content_length=len(odd + named),
        content_type="multipart/form-data; boundary=x",
    ):
        assert page.posted() == {"a": "1"}
