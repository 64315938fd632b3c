"""The explorer in a real browser: each control changes the picture that it should."""

import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from experiments.serving.clients import one
from tests.serving.conftest import served_once
from tests.training.runs import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.optimised]

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    if not (BROWSER and DRIVER):
        pytest.skip("no browser here: apt-get install chromium chromium-driver")
    selenium = pytest.importorskip("selenium", reason="drives the browser")
    del selenium
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for word in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{word}")
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    service = webdriver.ChromeService(executable_path=DRIVER)
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_window_size(390, 844)  # a phone
    yield browser
    browser.quit()


@pytest.fixture(scope="module")
def styled(tmp_path_factory):
    """A service of a generator with styles."""
    yield from served_once("stylegan2", tmp_path_factory)


class Page:
    """What a visitor sees and does."""

    def __init__(self, driver, port):
        self.driver = driver
        driver.get(f"http://127.0.0.1:{port}/")
        self.settled()

    def settled(self):
        """Once nothing is drawn any more."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 60).until(
            lambda d: " samples of seed " in self.text("says") or "error" in self.kind()
        )
        assert "error" not in self.kind(), self.text("says")

    def kind(self):
        return self.find("says").get_attribute("class")

    def find(self, name):
        from selenium.webdriver.common.by import By

        return self.driver.find_element(By.ID, name)

    def cells(self):
        from selenium.webdriver.common.by import By

        return self.driver.find_elements(By.CSS_SELECTOR, "#grid button")

    def text(self, name):
        return self.find(name).get_attribute("textContent")

    def slide(self, name, value):
        self.driver.execute_script(
            "const x = document.getElementById(arguments[0]); x.value = arguments[1];"
            "x.dispatchEvent(new Event('input')); x.dispatchEvent(new Event('change'));",
            name,
            value,
        )

    def pixels(self, name="picture"):
        """The bytes that an image of the page was made of."""
        script = """
          const done = arguments[1], image = document.getElementById(arguments[0]);
          fetch(image.src).then(a => a.arrayBuffer()).then(b =>
            done(Array.from(new Uint8Array(b))));"""
        content = self.driver.execute_async_script(script, name)
        return np.asarray(Image.open(io.BytesIO(bytes(content))))

    def changed(self, before, name="picture"):
        """The picture, once it is another one."""
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(self.driver, 30).until(
            lambda d: not np.array_equal(self.pixels(name), before)
        )
        return self.pixels(name)


def test_each_control_changes_its_picture(driver, styled):
    from selenium.webdriver.common.keys import Keys

    page = Page(driver, styled.port)
    assert len(page.cells()) == 16
    first = page.pixels()
    body = {"seed": 0, "start": 0, "format": "png"}
    wanted = one(styled.port, "POST", "/v1/samples", body)[2]
    np.testing.assert_array_equal(first, np.asarray(Image.open(io.BytesIO(wanted))))
    assert '"start":0' in page.text("command")
    assert "/v1/samples" in page.text("command")

    page.slide("seed", 5)
    other = page.changed(first)
    page.slide("ask_truncation", 0.2)
    cut = page.changed(other)
    assert '"truncation":0.2' in page.text("command")

    page.slide("direction", "1")
    page.slide("step", 2)
    walked = page.changed(cut)
    assert 'gan.function("synthesize")' in page.text("command")
    page.slide("step", -2)
    assert not np.array_equal(page.changed(walked), cut)

    cells = page.cells()
    cells[0].send_keys(Keys.ARROW_RIGHT)
    assert driver.switch_to.active_element.get_attribute("aria-label") == "sample 1"
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(driver, 30).until(
        lambda d: len(d.find_elements(By.CSS_SELECTOR, "#path img")) == 7
    )
    assert "From sample 0 to sample 1" in page.text("pair")
    mixed = page.pixels("mixed")
    page.slide("layer", 0)
    all_second = page.changed(mixed, "mixed")
    page.slide("layer", 4)
    page.changed(all_second, "mixed")

    wide = driver.execute_script(
        "return document.documentElement.scrollWidth <= window.innerWidth + 1"
    )
    assert wide, "the page is wider than a phone"
    if os.environ.get("SCREENSHOT"):
        driver.set_window_size(390, 1700)
        driver.save_screenshot(os.environ["SCREENSHOT"])


def test_what_the_model_lacks_is_said(driver, served):
    page = Page(driver, served.port)
    assert "style mixing: it has no styles" in page.text("lacks")
    assert not page.find("mixing").is_displayed()
    page.slide("ask_label", "0")
    page.settled()
    before = page.pixels()
    page.slide("ask_label", "1")
    page.changed(before)
    assert '"label":1' in page.text("command")


def test_the_page_is_one_file_and_asks_nobody_else():
    text = (ROOT / "gan_jax" / "serving" / "page.html").read_text()
    assert "http://" not in text
    assert "https://" not in text
    assert "src=" not in text.replace(".src =", "")
