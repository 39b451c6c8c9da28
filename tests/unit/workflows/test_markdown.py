"""Texts that others chose, in Temporal's markdown."""

import pytest

from workflows.views.markdown import block, code, link, plain, table


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a | b", r"a \| b"),
        ("`rm -rf` *now* _x_", r"\`rm -rf\` \*now\* \_x\_"),
        ("<script>alert(1)</script>", r"\<script\>alert\(1\)\</script\>"),
        ("one\n# two\r\n\tthree", r"one \# two three"),
        ("[text](https://x)", r"\[text\]\(https://x\)"),
        (r"a\|b", r"a\\\|b"),
        ("--mode", r"\--mode"),
        ("churn-training, exit code 1.", "churn-training, exit code 1."),
    ],
)
def test_plain_text_is_no_markup(text: str, written: str) -> None:
    """What the renderer would read as markup is escaped, in one line; the rest stays readable as it is."""
    assert plain(text) == written


@pytest.mark.parametrize(
    ("text", "written"), [("arn:x", "`arn:x`"), ("a `b` c", "`` a `b` c ``"), ("one\ntwo", "`one two`")]
)
def test_code_is_longer_fenced_than_what_is_in_it(text: str, written: str) -> None:
    """Backticks inside do not end it."""
    assert code(text) == written


def test_a_block_is_longer_fenced_than_what_is_in_it() -> None:
    """A log that prints a fence does not end the block."""
    assert block(["```", "# <b>\r"]) == ["````", "```", "# <b>", "````"]


def test_a_link_has_no_character_that_ends_it_or_its_cell() -> None:
    """Parentheses, pipes and spaces of an address are encoded."""
    assert link("job", "https://x/#/a(b)|c d") == "[job](https://x/#/a%28b%29%7Cc%20d)"


def test_cells_are_padded_by_spaces_that_do_not_collapse() -> None:
    """Without them the columns would run together."""
    assert table(["", "Step"], [["✅", "Train"]]) == [
        "| \u00a0\u00a0 | Step\u00a0\u00a0 |",
        "| :--- | :--- |",
        "| ✅\u00a0\u00a0 | Train\u00a0\u00a0 |",
    ]
