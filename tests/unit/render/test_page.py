# SPDX-License-Identifier: GPL-2.0-only
"""The HTML report in a real browser: stepping, no console errors, without JavaScript, on a phone, in the dark."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from browser import chromium, shot
from command import GENEVE, ROOT, model, run
from hypothesis import given
from rendered import records
from samples import GOOD, LEAK, PLANTED
from strategies import runs, some

from refcheck.render.flow import flow_svg
from refcheck.render.formats import RenderOptions, render
from refcheck.render.html import page_names, render_pages
from refcheck.result import record as r

STEP = "section.finding tr[data-step].now"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory):
    """One browser for all tests of this file."""
    with chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of geneve with its planted bug, as one page."""
    folder = tmp_path_factory.mktemp("page")
    path = model(folder, PLANTED, "geneve.rc")
    ran = run("verify", path, "--specs", ROOT / "specs", "--output", f"html={folder / 'report.html'}")
    assert ran.status == 1, ran.err
    return folder / "report.html"


@pytest.fixture
def opened(browser, page: Path):
    """The page in a desktop window, light, with JavaScript."""
    reset(browser)
    browser.get_log("browser")
    browser.get(page.as_uri())
    return browser


def reset(browser, width: int = 1400, height: int = 1500, dark: bool = False, script: bool = True) -> None:
    """A window of this size and look."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})  # fmt: skip
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def css(browser, selector: str):
    """The one element that a selector finds."""
    (found,) = browser.find_elements("css selector", selector)
    return found


def at(browser) -> int:
    """The step that is shown, after all marks agree: row, told text, source line."""
    row = css(browser, STEP)
    n = int(row.get_attribute("data-step"))
    assert css(browser, ".told").text.startswith(f"step {n} of ")
    assert css(browser, ".source li.now").get_attribute("data-line") == row.get_attribute("data-line")
    edges = {g.get_attribute("data-edge") for g in browser.find_elements("css selector", "g.now")}
    assert edges == set(row.get_attribute("data-edges").split())
    return n


def press(browser, *names: str) -> None:
    """Press keys in the finding."""
    from selenium.webdriver.common.keys import Keys

    for name in names:
        css(browser, "section.finding").send_keys(getattr(Keys, name))


def test_stepping_by_keyboard(opened):
    last = len(opened.find_elements("css selector", "tr[data-step]"))
    assert at(opened) == last
    for keys, wanted in [(["HOME"], 1), (["ARROW_LEFT"], 1), (["ARROW_RIGHT", "ARROW_DOWN"], 3), (["ARROW_UP"], 2),
                         (["END"], last), (["ARROW_RIGHT"], last)]:  # fmt: skip
        press(opened, *keys)
        assert at(opened) == wanted
    # And the finding has the focus from the start, so that the keys work at once
    opened.refresh()
    assert opened.switch_to.active_element.get_attribute("class") == "finding"
    assert [e for e in opened.get_log("browser") if e["level"] != "INFO"] == []


def test_stepping_by_mouse(opened):
    css(opened, "button[data-go=first]").click()
    assert at(opened) == 1
    assert not css(opened, "button[data-go=back]").is_enabled()
    css(opened, "button[data-go=next]").click()
    assert at(opened) == 2
    css(opened, "tr[data-step='5'] .event").click()
    assert at(opened) == 5
    first = css(opened, "li[data-steps='4']")
    first.click()
    assert at(opened) == 4
    edge = css(opened, "tr[data-step='3']").get_attribute("data-edges").split()[-1]
    css(opened, f"g[data-edge='{edge}']").click()
    assert at(opened) == 3
    css(opened, "button[data-go=last]").click()
    assert not css(opened, "button[data-go=next]").is_enabled()
    assert [e for e in opened.get_log("browser") if e["level"] != "INFO"] == []


def test_the_state_stands_beside_the_step(opened):
    css(opened, "tr[data-step='5'] .event").click()
    panel = css(opened, ".now-state")
    names = [d.text for d in panel.find_elements("css selector", ".changed")]
    assert sorted(names) == ["noref", "rt"]
    words = panel.text.split()
    assert words[words.index("rt") + 1] == "borrowed"
    assert "borrowed until gp ends" in panel.text
    # And what is current is scrolled into its box
    for box, item in [("section.finding .source", ".source li.now"), (".flow-box", "g.now"), (".steps-box", STEP)]:
        outer, inner = css(opened, box).rect, opened.find_elements("css selector", item)[-1].rect
        assert outer["y"] - 1 <= inner["y"] <= outer["y"] + outer["height"], box
    shot(opened, "desktop-light")


def test_it_is_dark_where_that_is_wanted(browser, page: Path):
    reset(browser, dark=True)
    browser.get(page.as_uri())
    red, green, blue = map(int, re.findall(r"\d+", css(browser, "body").value_of_css_property("background-color"))[:3])
    assert max(red, green, blue) < 60
    shot(browser, "desktop-dark")


def wide(browser) -> int:
    """How far the page can be scrolled to the side."""
    return browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_a_phone_shows_it_without_scrolling_to_the_side(browser, page: Path):
    reset(browser, 390, 844)
    browser.get(page.as_uri())
    assert wide(browser) == 0
    press(browser, "HOME", "ARROW_RIGHT")
    assert at(browser) == 2
    shot(browser, "phone-top")
    browser.execute_script("document.querySelector('.controls').scrollIntoView()")
    shot(browser, "phone")
    reset(browser)


def test_it_reads_without_javascript(browser, page: Path):
    reset(browser, script=False)
    browser.get(page.as_uri())
    rows = browser.find_elements("css selector", "tr[data-step]")
    assert len(rows) > 5
    assert all(row.is_displayed() for row in rows)
    assert not css(browser, ".controls").is_displayed()
    assert not css(browser, ".now-state").is_displayed()
    state = rows[4].find_element("css selector", "details")
    assert state.is_displayed()
    state.find_element("css selector", "summary").click()
    assert "borrowed until gp ends" in state.text
    assert css(browser, "svg").is_displayed()
    shot(browser, "no-javascript")
    reset(browser)


def test_the_index_filters_by_verdict(browser, tmp_path: Path):
    paths = [model(tmp_path, LEAK), model(tmp_path, GOOD.replace("look", "seek"), "n.rc"), GENEVE]
    run("verify", *paths, "--output", f"html={tmp_path / 'site'}/")
    reset(browser)
    browser.get_log("browser")
    browser.get((tmp_path / "site" / "index.html").as_uri())

    def shown() -> set[str]:
        rows = browser.find_elements("css selector", "tr[data-verdict]")
        return {row.text.split()[0] for row in rows if row.is_displayed()}

    assert {"look", "seek", "geneve_xmit_skb"} <= shown()
    shot(browser, "index")
    css(browser, "#f-REFUTED").click()
    assert shown() == {"look"}
    css(browser, "#f-PROVED").click()
    assert "look" not in shown()
    assert "seek" in shown()
    # And a function leads to its page, which leads back
    css(browser, "#f-all").click()
    next(a for a in browser.find_elements("css selector", "tbody a") if a.text == "look").click()
    assert css(browser, "section.finding h3").text.startswith("leaked-ref")
    browser.find_element("link text", "all models").click()
    assert browser.current_url.endswith("/index.html")
    assert [e for e in browser.get_log("browser") if e["level"] != "INFO"] == []


def test_a_call_leads_to_its_contract(opened):
    links = opened.find_elements("css selector", "section.finding .source a")
    link = next(a for a in links if a.text == "udp_tunnel_dst_lookup")
    before = css(opened, STEP).get_attribute("data-step")
    link.click()
    target = css(opened, ":target")
    rows = target.text.split("\n")
    assert rows[0] == "udp_tunnel_dst_lookup trusted"
    assert "read from net/ipv4/udp_tunnel_core.c:udp_tunnel_dst_lookup" in rows[1]
    assert "udp_tunnel.spec:" in rows[1]
    line = link.find_element("xpath", "ancestor::li").get_attribute("data-line")
    assert line in re.findall(r"\d+", rows[1].rpartition("called in ")[2])
    assert any("borrow" in row for row in rows[2:])
    assert any("return hold" in row for row in rows[2:])
    assert -1 <= target.rect["y"] - opened.execute_script("return scrollY") < 1500
    # And the steps stay where they were
    assert css(opened, STEP).get_attribute("data-step") == before
    shot(opened, "contract")


def test_a_proved_function_says_what_it_borrows_and_holds(browser, tmp_path: Path):
    run("verify", ROOT / "models" / "bareudp.rc", "--output", f"html={tmp_path / 'report.html'}", "--no-store")
    for name, width in (("proved", 1280), ("proved-phone", 390)):
        reset(browser, width, 1000)
        browser.get((tmp_path / "report.html").as_uri())
        (article,) = (a for a in browser.find_elements("css selector", "article") if "bareudp6_xmit_skb PROVED" in a.text)
        owned = [" ".join(li.text.split()) for li in article.find_elements("css selector", ".owned > li")]
        assert any(row.startswith("dst borrowed until gp ends since udp_tunnel6_dst_lookup: hit, line 69") for row in owned)
        (held,) = (row for row in owned if row.startswith("dst held since udp_tunnel6_dst_lookup: miss"))
        assert held.count("released by dst_release()") == 2
        lines = {li.get_attribute("data-line"): li.text for li in article.find_elements("css selector", ".source li")}
        assert (min(map(int, lines)), max(map(int, lines))) == (53, 98)
        assert "udp_tunnel6_xmit_skb(dst, skb);" in lines["89"]
        assert wide(browser) == 0
        browser.execute_script("arguments[0].scrollIntoView()", article)
        shot(browser, name)
    reset(browser)


# -- without a browser
def test_what_is_proved_of_a_callee_and_what_is_trusted_stand_apart(tmp_path: Path):
    run("verify", ROOT / "models" / "sit.rc", "--output", f"html={tmp_path / 'report.html'}", "--no-store")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    last = text.split("<article")[-1]
    assert "<code>sit_tunnel_xmit</code>" in text
    cards = dict(re.findall(r'<h4><code>(\w+)</code> <span class="verdict \w+">([^<]*)</span>', last))
    assert cards == {"pskb_inet_may_pull": "trusted", "sit_tunnel_xmit__": "proved", "ipip6_tunnel_xmit": "REFUTED",
                     "kfree_skb": "trusted"}  # fmt: skip
    for word in cards.values():
        assert f'<dt class="dim">{word}</dt>' in last
    # And `-q` leaves out what a verdict rests on, and why
    run("verify", ROOT / "models" / "sit.rc", "-q", "--output", f"html={tmp_path / 'report.html'}", "--no-store")
    assert 'class="contract"' not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_page_asks_the_network_for_nothing(page: Path):
    text = page.read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    here = {"data:,", *(f"#{i}" for i in re.findall(r' id="([^"]*)"', text))}
    assert set(re.findall(r"""(?:src|href)=["']?([^"'> ]*)""", text)) <= here
    assert " style=" not in text
    assert not re.search(r"\son\w+=", text)


@some
@given(runs)
def test_no_text_of_a_model_becomes_markup(run_: r.Run):
    for text in [render("html", run_, RenderOptions()), *render_pages(run_, RenderOptions()).values()]:
        assert text.count("<script>") == text.count("</script>") <= 1
        assert "<script>alert" not in text
        assert "<!-- " not in text.split("<body>")[1]
        assert "\x1b" not in text


def test_every_model_has_its_page(tmp_path: Path):
    assert page_names(["a/x.rc", "b/a/x.rc", "a-x.rc", "index.rc", "..", "/abs/q/a/x.rc"]) == {
        "a/x.rc": "a-x.html", "b/a/x.rc": "b-a-x.html", "a-x.rc": "a-x-2.html", "index.rc": "index-2.html",
        "..": "model.html", "/abs/q/a/x.rc": "q-a-x.html"}  # fmt: skip
    run("verify", model(tmp_path, LEAK), model(tmp_path, GOOD, "n.rc"), "--output", f"html={tmp_path / 'site'}/")
    assert len(list((tmp_path / "site").iterdir())) == 3


def test_a_graph_is_drawn_with_every_edge():
    (found,) = [x for x in records(GENEVE, graph=True) if x.function == "geneve_xmit"]
    out = run("show", "cfg", GENEVE, "-f", "geneve_xmit", "--format", "svg").out
    assert found.graph
    assert sorted(map(int, re.findall(r'data-edge="(\d+)"', out))) == [a.number for a in found.graph.edges]
    boxes = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', out)
    placed = sorted((float(y), float(x), float(w)) for x, y, w in boxes)
    for (y, x, w), (y2, x2, _) in pairwise(placed):
        assert y != y2 or x + w <= x2, "two boxes overlap"


def test_an_svg_shows_one_graph():
    ran = run("show", "cfg", GENEVE, "--format", "svg")
    assert ran.status == 2
    assert "an SVG shows one graph, not 5" in ran.err
    assert "geneve_xmit_skb" in ran.err


def test_a_large_graph_is_drawn_in_one_go():
    # Given 400 tests in a row that each may return, then the drawing has no place for each crossing, and all boxes
    arcs = []
    for i in range(400):
        arcs.append(r.Arc(2 * i, i, i + 1, i, None, f"go on {i}", "branch"))
        arcs.append(r.Arc(2 * i + 1, i, 401, i, None, "return", "exit"))
    arcs.append(r.Arc(800, 400, 401, 400, None, "return 0", "exit"))
    graph = r.Graph(402, 0, 401, tuple(arcs))
    svg = flow_svg(graph, "long", (0, 2, 3))
    assert svg.count("data-edge=") == 801
    assert svg.count(' class="on"') == 6
    assert len(svg) < 1_500_000


def test_edges_that_close_a_loop_lead_back_up():
    arcs = (r.Arc(0, 0, 1, 1, None, "in", "statement"), r.Arc(1, 1, 2, 2, None, "again", "branch"),
            r.Arc(2, 2, 1, 3, None, "round", "join"), r.Arc(3, 1, 3, 4, None, "out", "branch"))  # fmt: skip
    svg = flow_svg(r.Graph(4, 0, 3, arcs), "loop")
    assert svg.count('class="back"') == 1


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_detail_that_takes_two_lines_of_a_terminal_is_one_text_elsewhere(tmp_path: Path, form: str):
    # Given properties whose names have hyphens, and lines that are broken there
    path = model(tmp_path, PLANTED, "geneve.rc")
    text = run("verify", "--no-store", path, "--specs", ROOT / "specs").out
    assert re.search(r"-\n\s+\w", text), "no name is broken at its hyphen"

    # Then no other form has a gap in a name
    assert not re.search(r"\w- \w+,", run("verify", "--no-store", "--format", form, path, "--specs", ROOT / "specs").out)


def test_a_short_page_says_nothing_of_what_nobody_asked_for(tmp_path: Path):
    # Given a function that holds something, on a page of verdicts only
    out = run("verify", "--no-store", "-q", "--format", "html", model(tmp_path, GOOD)).out

    # Then it does not say what is held, nor that nothing is
    assert "hold" not in re.sub(r"<(style|script).*?</\1>|<code.*?</code>|<pre.*?</pre>", "", out, flags=re.DOTALL)
