"""The interactive page, in a real browser: everything it is for works, and nothing leaves for another host."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.api.door import KEY, Door, running_api, token
from tests.api.jobs import Jobs
from tests.conftest import Valkey
from tests.waiting import until

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
IN_CI = os.environ.get("CI") == "true"
PATIENCE_MS = 20_000
SAMPLES = {
    "Curl": r"curl\s+http",
    "Requests": r"requests\.post\(",
    "Fetch": r"fetch\('http",
    "NewRequest": r"http\.NewRequest\(",
    "net::http": r"Net::HTTP",
}

pytestmark = pytest.mark.skipif(CHROMIUM is None and not IN_CI, reason="no Chromium is installed")


@dataclass
class Visit:
    """An open page, and what it did."""

    page: Page
    door: Door
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def opened(browser: Browser, shared_valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """The page of an API of its own: it takes seconds to load, so that all tests look at the same one."""
    with running_api(shared_valkey.url, tmp_path_factory.mktemp("docs")) as door:
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        visit = Visit(page, door)
        page.on("request", lambda request: visit.requested.append(request.url))
        page.on("console", lambda message: visit.complaints.extend([message.text] if message.type == "error" else []))
        page.on("pageerror", lambda error: visit.complaints.append(str(error)))
        page.goto(f"{door.url}/docs")
        page.get_by_role("heading", name="Force-sync every named shadow of one Thing").wait_for()
        yield visit
        page.close()


@pytest.fixture
def visit(opened: Visit) -> Visit:
    # What loading the page asked for is part of what every test looks at.
    opened.complaints.clear()
    return opened


def test_the_samples_come_in_the_published_languages(visit: Visit) -> None:
    page = visit.page
    for name, code in SAMPLES.items():
        page.get_by_role("button", name=re.compile("^(Shell|Python|JavaScript|Go|Ruby) ")).first.click()
        page.get_by_role("option", name=name, exact=True).click()
        expect(page.get_by_text(re.compile(code)).first).to_be_visible(timeout=PATIENCE_MS)
    assert_nothing_left(visit)


def test_a_sync_is_filled_in_sent_and_answered_without_leaving_the_service(visit: Visit, jobs: Jobs) -> None:
    """First with the server that is there from the start, the service itself; then with one that is filled in."""
    page, door = visit.page, visit.door
    bearer = token()
    page.get_by_label("Bearer Token").first.fill(bearer)
    page.get_by_label("Value").first.fill(KEY)
    dialog = send(page, "hub-43")
    until(jobs.ids, what="the job is there")
    assert f"{door.url}/admin/shadow-sync/hub-43" in visit.requested

    dialog.get_by_role("button", name="Close Client").first.click()
    page.get_by_role("button", name=door.url).first.click()
    page.get_by_role("option", name="{address}").first.click()
    page.get_by_label("address").fill(door.url)
    [before] = jobs.ids()
    dialog = send(page, "hub-42")
    until(lambda: len(jobs.ids()) == 2, what="the second job is there")
    [job_id] = set(jobs.ids()) - {before}
    expect(dialog.get_by_text("202 Accepted", exact=False).first).to_be_visible(timeout=PATIENCE_MS)
    expect(dialog.get_by_text(job_id).first).to_be_visible(timeout=PATIENCE_MS)

    job = jobs.store.read(job_id)
    assert job is not None
    assert job.thing_name == "hub-42"
    assert f"{door.url}/admin/shadow-sync/hub-42" in visit.requested
    assert_nothing_left(visit)


def send(page: Page, thing: str) -> Locator:
    """Open the request of a sync, fill in the Thing, see the request's preview, and send it. Returns the dialog."""
    page.get_by_role("button", name="Test Request (post /admin/shadow-sync/").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("region", name="Variables").get_by_role("textbox").last.click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(thing)
    preview = dialog.get_by_role("button", name="Code Snippet")
    # It stays open from one request to the next.
    if preview.get_attribute("aria-expanded") != "true":
        preview.click()
    expect(dialog.get_by_text(re.compile(rf"/admin/shadow-sync/{thing}\b(?!-)")).first).to_be_visible(
        timeout=PATIENCE_MS
    )
    dialog.get_by_role("button", name="Send post request").click()
    return dialog


def test_the_policy_stops_what_would_leave(visit: Visit) -> None:
    blocked = visit.page.evaluate("fetch('https://example.com/').then(() => false, () => true)")
    assert blocked is True
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)


def assert_nothing_left(visit: Visit) -> None:
    elsewhere = [url for url in visit.requested if not url.startswith((f"{visit.door.url}/", "data:"))]
    assert elsewhere == []
    assert visit.complaints == []
