"""What makes reading a page cheaper must not change what is read."""

import re
from copy import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.ingest import html, metadata

PROSE = "The two ministers met in the harbour town on Monday and agreed to reopen the northern crossing by the end of the month, officials said. "
PARTS = [
    f"<p>{PROSE}</p>", f"<div><p>{PROSE}{PROSE}</p></div>", "<script>var a = '<p>no</p>';</script>", "<style>p { color: red }</style> tail of a style", "<nav><a href='/a'>Home</a></nav>tail",
    "<aside>beside<aside>within</aside> it</aside> after both", "<aside>alone</aside>", "<footer><aside>in the foot</aside></footer>", "<svg><title>mark</title><svg></svg></svg> drawn",
    "<noscript><img src='a.png'></noscript>", "<time>3 May 2024</time> by the hour", "<figure><table><tr><td>cell</td></tr></table></figure>", "<label>Name <input></label>", "<button>Press</button>",
    "<form><p>" + PROSE * 4 + "</p></form>", "<script type='application/ld+json'>{\"@type\": \"DiscussionForumPosting\"}</script>", "<div class='comments'><p>A reader's word.</p></div>",
    "<select><option>One</option></select>", "<div><h1>A headline of five words</h1></div>",
]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=12))
def test_what_is_taken_out_beforehand_does_not_change_the_main_text(parts):
    from trafilatura import bare_extraction

    tree = html.parse_page(f"<html><head><title>A</title></head><body><article><p>{PROSE * 3}</p>{''.join(parts)}</article></body></html>")[0]
    found = bare_extraction(copy(tree), favor_precision=True, fast=True, include_comments=False, include_tables=True)
    assert html.extract_main(tree, None) == (found.text if found is not None else "")


def test_unread_elements_leave_the_tree_and_nested_kinds_stay():
    tree = html.parse_page("<body><p>a</p><script>b</script>c<footer><aside>d<aside>e</aside></aside></footer><nav>f</nav>g</body>")[0]
    html._drop_unread(tree)
    tags = {node.tag for node in tree.iter()}
    assert {"footer", "aside", "p"} <= tags and not {"script", "nav"} & tags
    assert "".join(tree.itertext()) == "acdeg"


@pytest.mark.parametrize(
    ("names", "role"),
    [
        ("Article-Body main", "content"), ("post by-line", "byline"), ("subnav", ""), ("x nav-item", "nav"), ("loads adverts", "ad"), ("ads", "ad"), ("headstone", ""), ("roads", ""),
        ("SHARE related", "share"), ("more-news", "related"), ("topic-list", "tagged"), ("storyTextarea story-text", "content"), ("", ""), ("mosaic", ""),
    ],
)  # fmt: skip
def test_the_leftmost_name_of_class_and_id_gives_the_role(names, role):
    assert html.Flat().role(names) == role


@given(st.lists(st.sampled_from([*" ".join(html._ROLES.values()).replace("\\b", "").replace("?", "").split(), "a", "s", "-", " ", "N", "tags", "articlebody"]), max_size=5).map("".join))
def test_names_by_first_letter_match_as_names_in_a_row(text):
    row = re.compile("|".join(f"(?P<{role}>{names.replace(' ', '|')})" for role, names in html._ROLES.items()), re.IGNORECASE)
    match = row.search(text)
    assert html.Flat().role(text) == (match.lastgroup if match is not None else "")


MARKED = [
    "<a rel='author' href='/ana'>Ana Example</a>", "<span itemprop='author'>Jo Sample</span>", "<span itemprop='author'><b itemprop='name'>Kim Specimen</b><i>x</i></span>",
    "<b itemprop='name'>The Harbour Post</b>", "<meta itemprop='datePublished' content='2024-05-03'>", "<i itemprop='datePublished'>no stamp</i>", "<p itemprop='author'><b>Bold</b></p>",
]  # fmt: skip


@given(st.lists(st.sampled_from(MARKED), max_size=6))
def test_one_walk_finds_the_marked_elements_in_page_order(parts):
    tree = html.parse_page(f"<body><p>a</p>{''.join(parts)}</body>")[0]
    said = metadata._Said(tree)
    assert list(said.signed()) == tree.xpath("//a[@rel='author']|//*[@itemprop='author']//*[@itemprop='name']|//*[@itemprop='author'][not(*)]")
    assert said.dated() == tree.xpath("//*[@itemprop='datePublished']")


@given(st.lists(st.sampled_from("abc"), max_size=12).map(" ".join), st.lists(st.sampled_from("abcd"), max_size=8).map(" ".join))
def test_shingles_are_shared_as_if_they_were_made(output, text):
    grams, made = html._grams(text), set(html._grams(output))
    assert html._Shared(output).half(text) == (bool(grams) and sum(g in made for g in grams) >= 0.5 * len(grams))
