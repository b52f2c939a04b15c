# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""check_page.py PAGE.html: the page is well formed, needs nothing but itself, and its links lead somewhere.

Prints the page's visible text, one element per line, for FileCheck.
"""
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "input", "br"}
LOADS = {"src", "href", "data", "action", "srcset", "poster", "xlink:href", "formaction"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.text, self.kernels = [], [], [], [], set()

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        assert len(names) == len(set(names)), f"{tag}: an attribute twice"
        assert tag not in ("link", "iframe", "object", "embed", "img", "base"), tag
        for name, value in attributes:
            assert not name.startswith("on"), f"{tag}: {name}"
            if name in LOADS:
                assert value.startswith("#"), f"{tag}: {name}={value}"
                self.links.append(value[1:])
            if name == "id":
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data):
        if data.strip() and self.open[-1] not in ("style", "script"):
            self.text.append(data.strip())


with open(sys.argv[1], encoding="utf-8") as file:
    content = file.read()
page = Page()
page.feed(content)
page.close()
assert not page.open, page.open
assert len(page.ids) == len(set(page.ids)), "an id twice"
# A link to a kernel opens its card.
assert all(re.fullmatch(r"k\d+", link) and f"card-{link[1:]}" in page.ids for link in page.links), page.links
for outside in ("http:", "https:", "//cdn", "@import", "fetch(", "XMLHttpRequest", "import("):
    assert outside not in content, outside
assert not re.search(r"url\((?!#)", content)
assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", content), "a control character"
print("\n".join(page.text))
