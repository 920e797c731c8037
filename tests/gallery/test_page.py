"""The gallery's page in a browser, as people use it: by mouse, finger and keyboard, small and of 10,000 pictures.

usage: test_page.py --fixture PROGRAM [--screenshots FOLDER]
Ends with 77 where there is no Chromium, unless CI is set.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Any, ClassVar

from browser import Browser, find_browser

SKIPPED = 77
SMALL, LARGE = 61, 10_000
DESKTOP, PHONE = (1400, 900), (390, 844)
NAMED_ROLES = {"button", "link", "slider", "searchbox", "radio", "image", "dialog", "list", "group"}


class Settings:
    """Set by main()."""

    fixture: ClassVar[Path]
    screenshots: ClassVar[Path | None] = None


class PageCase(unittest.TestCase):
    """A fresh page of one gallery for each test; afterwards nothing was complained about or asked of a network."""

    entries: ClassVar[int]
    facts: ClassVar[dict[str, Any]]
    browser: ClassVar[Browser]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory(prefix="stylize-gallery-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        command = [str(Settings.fixture), folder.name, str(cls.entries), "240"]
        made = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        cls.facts = json.loads(made.stdout)
        cls.browser = cls.enterClassContext(Browser(find_browser() or "chromium"))

    def setUp(self) -> None:
        self.browser.window(*DESKTOP)
        self.browser.complaints.clear()
        self.browser.requests.clear()
        self.browser.open(Path(self.facts["page"]))
        self.browser.settle()

    def tearDown(self) -> None:
        self.assertEqual(self.browser.complaints, [])
        elsewhere = [url for url in self.browser.requests if not url.startswith(("file://", "data:"))]
        self.assertEqual(elsewhere, [])

    def run_script(self, script: str) -> Any:
        return self.browser.run(script)

    def count(self) -> str:
        return str(self.run_script("document.getElementById('count').textContent"))

    def choose(self, group: str, value: str) -> None:
        self.browser.click(f"#{group} input[value='{value}']")
        self.browser.settle()

    def search(self, text: str) -> None:
        self.run_script("(tools.search.focus(), tools.search.select(), 1)")
        if text:
            self.browser.type(text)
        else:
            self.browser.press("Delete", 46)
        self.browser.settle()

    def cut(self, card: int = 0) -> int:
        return int(self.run_script(f"document.querySelectorAll('.card .pair input')[{card}].value"))

    def focused(self) -> str:
        """What kind of control has the focus, and in which card."""
        return str(
            self.run_script(
                "(() => { const a = document.activeElement; return `${a.type || a.tagName} "
                "${a.closest('.card')?.getAttribute('aria-posinset') || a.id}`; })()"
            )
        )

    def shot(self, name: str) -> None:
        if Settings.screenshots:
            self.browser.picture(Settings.screenshots / f"{name}.png")


class SmallGallery(PageCase):
    """Thumbnails in the page."""

    entries = SMALL

    def test_everything_is_one_file(self) -> None:
        self.assertEqual(self.facts["thumbnails"]["folder"], "")
        self.assertEqual(self.count(), f"{SMALL} of {SMALL}")
        self.assertEqual(self.run_script("document.title"), "photos </script> & cel")
        self.assertIn("interrupted", self.run_script("document.getElementById('summary').textContent"))
        self.assertEqual(
            [url for url in self.browser.requests if url.startswith("file://")], [Path(self.facts["page"]).as_uri()]
        )
        self.shot("desktop-light")

    def test_names_are_text_and_links_lead_to_the_pictures(self) -> None:
        """Names with quotes, markup, line ends and bytes that are no UTF-8."""
        widths = self.run_script(
            "Promise.all(gallery.entries.filter((entry) => entry.status !== 'failed')"
            ".flatMap((entry) => [entry.before, entry.after]).filter(Boolean).map((picture) => {"
            " const image = new Image(); image.src = picture.link;"
            " return image.decode().then(() => image.naturalWidth, () => picture.link); }))"
        )
        self.assertEqual([width for width in widths if not isinstance(width, int) or width < 100], [])
        self.assertEqual(self.run_script("document.querySelectorAll('img[src=x], .caption b, .error b').length"), 0)
        names = self.run_script("gallery.entries.map((entry) => entry.name)")
        self.assertIn("<img src=x onerror=\"document.title='hacked'\">.jpg", names)
        self.assertIn("caf\ufffd in Latin-1.jpg", names)
        self.assertIn("two\u240alines\u2409and a tab.jpg", names)
        self.assertIn("100%25 #1?query;{{script}}.jpg", names)

    def test_each_status_is_a_filter(self) -> None:
        for status in ("done", "failed", "copied", "skipped"):
            self.choose("statuses", status)
            self.assertEqual(self.count(), f"{self.facts[status]} of {SMALL}")
            shown = self.run_script("[...document.querySelectorAll('.card .badge')].map((badge) => badge.textContent)")
            self.assertEqual(set(shown), {status})
        self.choose("statuses", "failed")
        error = self.run_script("document.querySelector('.card .error').textContent")
        self.assertTrue(error.startswith("cannot read image: the file is damaged"), error)
        self.assertIn("<b>premature</b>", error)
        self.shot("failed")

    def test_faces_are_a_filter(self) -> None:
        self.choose("faces", "with")
        self.assertEqual(self.count(), f"{self.facts['faces']} of {SMALL}")
        self.choose("faces", "without")
        self.assertEqual(self.count(), f"{SMALL - self.facts['faces']} of {SMALL}")

    def test_names_are_searched_whatever_the_case_and_the_accents(self) -> None:
        for text, found in (("MARCHEN", 1), ("märchen dé", 1), ("桜", 1), ("<IMG", 1), ("picture 0001", 9)):
            self.search(text)
            expected = min(found, SMALL)
            self.assertEqual(self.count(), f"{expected} of {SMALL}", text)
        self.search("there is no such name")
        self.assertEqual(self.count(), f"0 of {SMALL}")
        self.shot("nothing")
        self.browser.click("#reset")
        self.assertEqual(self.count(), f"{SMALL} of {SMALL}")

    def test_a_mouse_moves_the_cut(self) -> None:
        box = self.browser.box(".card .pair")
        middle = box["y"] + box["height"] / 2
        self.browser.drag((box["x"] + box["width"] / 2, middle), (box["x"] + box["width"] * 0.8, middle))
        self.assertAlmostEqual(self.cut(), 80, delta=1)
        clip = self.run_script("getComputedStyle(document.querySelector('.card .before')).clipPath")
        self.assertRegex(clip, r"inset\(0(px)? (calc\(100% - 80%\)|20%) 0(px)? 0(px)?\)|inset\(0px 20% 0px 0px\)")
        self.shot("dragged")

    def test_a_finger_moves_the_cut_or_scrolls(self) -> None:
        self.browser.window(*PHONE, phone=True)
        self.browser.settle()
        box = self.browser.box(".card .pair")
        center = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.browser.swipe(center, (box["x"] + box["width"] * 0.2, center[1] + 10))
        self.browser.settle()
        self.assertAlmostEqual(self.cut(), 20, delta=3)
        self.browser.swipe(center, (center[0] + 10, center[1] - 250))
        self.browser.settle()
        self.assertGreater(self.run_script("scrollY"), 100)
        self.assertAlmostEqual(self.cut(), 20, delta=3)

    def test_the_keyboard_does_everything(self) -> None:
        press = self.browser.press
        press("/", 191, "/")
        self.assertEqual(self.focused(), "search search")
        for _ in range(3):  # the status, the faces, the first card
            press("Tab", 9)
        self.assertEqual(self.focused(), "range 1")
        press("ArrowRight", 39)
        self.assertEqual(self.cut(), 51)
        press("ArrowDown", 40)
        self.assertEqual(self.focused(), "range 5")
        press("Tab", 9)
        self.assertEqual(self.focused(), "button 5")
        press("Enter", 13, "\r")
        self.browser.settle()
        self.assertTrue(self.run_script("document.getElementById('large').open"))
        place = self.run_script("document.getElementById('large-place').textContent")
        self.assertEqual(place, f"5 of {SMALL}")
        self.assertEqual(self.focused().split()[0], "range")
        self.shot("large")
        press("ArrowDown", 40)
        press("Escape", 27)
        self.browser.settle()
        self.assertEqual(self.focused(), "button 6")

    def test_large_shows_the_pictures_themselves(self) -> None:
        self.browser.click(".card .name")
        self.run_script(
            "new Promise((done) => { const look = () => [...document.querySelectorAll('#large img')]"
            ".every((image) => image.src.startsWith('file:')) ? done(1) : requestAnimationFrame(look);"
            " look(); })"
        )
        entry = self.run_script("[gallery.entries[0].before.link, gallery.entries[0].after.link]")
        shown = self.run_script(
            "['before', 'after'].map((kind) => "
            "document.querySelector(`#large img.${kind}`).getAttribute('src').split('/').pop())"
        )
        self.assertEqual(shown, [link.split("/")[-1] for link in entry])

    def test_everything_has_a_name_for_screen_readers(self) -> None:
        nodes = self.browser.send("Accessibility.getFullAXTree")["nodes"]
        unnamed = [
            node["role"]["value"]
            for node in nodes
            if not node.get("ignored")
            and node["role"]["value"] in NAMED_ROLES
            and not node.get("name", {}).get("value")
        ]
        self.assertEqual(unnamed, [])
        roles = [node["role"]["value"] for node in nodes if not node.get("ignored")]
        for role in ("slider", "image", "searchbox", "radio", "listitem"):
            self.assertIn(role, roles)

    def test_dark_and_narrow(self) -> None:
        ground = "getComputedStyle(document.body).backgroundColor"
        light = self.run_script(ground)
        self.browser.window(*DESKTOP, dark=True)
        self.assertNotEqual(self.run_script(ground), light)
        self.shot("desktop-dark")
        self.browser.window(*PHONE, phone=True, dark=True)
        self.browser.settle()
        self.assertLessEqual(self.run_script("document.documentElement.scrollWidth"), PHONE[0])
        self.shot("phone-dark")
        self.browser.window(*PHONE, phone=True)
        self.shot("phone-light")


class LargeGallery(PageCase):
    """Thumbnails in a folder, and far more entries than elements."""

    entries = LARGE

    def cards(self) -> int:
        return int(self.run_script("document.querySelectorAll('.card').length"))

    def test_few_cards_exist_wherever_one_is(self) -> None:
        self.assertNotEqual(self.facts["thumbnails"]["folder"], "")
        self.assertEqual(self.count(), "10,000 of 10,000")
        for part in (0.0, 0.37, 0.9, 1.0):
            self.run_script(f"scrollTo(0, document.documentElement.scrollHeight * {part})")
            self.browser.settle()
            self.assertLess(self.cards(), 80)
            on_screen = self.run_script(
                "[...document.querySelectorAll('.card img')].filter((image) => { const box ="
                " image.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; })"
                ".map((image) => image.naturalWidth)"
            )
            self.assertGreater(len(on_screen), 4)
            self.assertTrue(all(on_screen), "a thumbnail is missing")
        last = self.run_script(
            "Math.max(...[...document.querySelectorAll('.card')].map((card) => card.getAttribute('aria-posinset')))"
        )
        self.assertEqual(last, LARGE)
        self.shot("large-run-end")

    def test_a_filter_reaches_all_of_them(self) -> None:
        self.choose("statuses", "failed")
        self.assertEqual(self.count(), f"{self.facts['failed']} of 10,000")
        self.choose("statuses", "")
        self.search("picture 09998")
        self.assertEqual(self.count(), "1 of 10,000")

    def test_the_focus_survives_scrolling(self) -> None:
        self.run_script("(document.querySelector('.card .name').focus({preventScroll: true}), 1)")
        self.run_script("scrollTo(0, 200000)")
        self.browser.settle()
        self.assertEqual(self.focused(), "button 1")
        self.browser.press("ArrowDown", 40)
        self.browser.settle()
        self.assertEqual(self.focused(), "button 5")
        self.assertLess(self.run_script("scrollY"), 2000)
        for _ in range(30):
            self.browser.press("ArrowDown", 40)
        self.assertEqual(self.focused(), "button 125")

    def test_a_turned_screen_stays_where_it_was(self) -> None:
        self.run_script("scrollTo(0, 300000)")
        self.browser.settle()
        visible = (
            "Math.min(...[...document.querySelectorAll('.card')].filter((card) => "
            "card.getBoundingClientRect().bottom > 60).map((card) => card.getAttribute('aria-posinset')))"
        )
        before = self.run_script(visible)
        self.browser.window(*PHONE, phone=True)
        self.browser.settle()
        self.browser.settle()
        self.assertAlmostEqual(self.run_script(visible), before, delta=5)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixture", type=Path, required=True)
    parser.add_argument("--screenshots", type=Path)
    arguments, rest = parser.parse_known_args()
    if find_browser() is None:
        print("skipped: there is no Chromium (apt install chromium-headless-shell, or STYLIZE_CHROMIUM=PROGRAM)")
        return 1 if os.environ.get("CI") else SKIPPED
    Settings.fixture = arguments.fixture
    Settings.screenshots = arguments.screenshots
    if Settings.screenshots:
        Settings.screenshots.mkdir(parents=True, exist_ok=True)
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False, verbosity=2).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
