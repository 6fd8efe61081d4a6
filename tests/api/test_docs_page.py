"""The interactive page, in a real browser: everything it is for works, and nothing leaves for another host."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.api.door import KEY, Door, token
from tests.api.jobs import Jobs
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


@pytest.fixture
def visit(browser: Browser, door: Door) -> Iterator[Visit]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.set_default_timeout(PATIENCE_MS)
    visit = Visit(page)
    page.on("request", lambda request: visit.requested.append(request.url))
    page.on("console", lambda message: visit.complaints.extend([message.text] if message.type == "error" else []))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.goto(f"{door.url}/docs")
    page.get_by_role("heading", name="Force-sync every named shadow of one Thing").wait_for()
    yield visit
    page.close()


def test_a_sync_is_filled_in_sent_and_answered_without_leaving_the_service(
    visit: Visit, door: Door, jobs: Jobs
) -> None:
    page = visit.page
    page.get_by_role("button", name=door.url).first.click()
    page.get_by_role("option", name="{address}").first.click()
    page.get_by_label("address").fill(door.url)
    bearer = token()
    page.get_by_label("Bearer Token").first.fill(bearer)
    page.get_by_label("Value").first.fill(KEY)

    send(page, "hub-42")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("202 Accepted", exact=False).first).to_be_visible(timeout=PATIENCE_MS)
    (job_id,) = jobs.ids()
    expect(dialog.get_by_text(job_id).first).to_be_visible(timeout=PATIENCE_MS)

    job = jobs.store.read(job_id)
    assert job is not None
    assert job.thing_name == "hub-42"
    assert f"{door.url}/admin/shadow-sync/hub-42" in visit.requested
    assert_nothing_left(visit, door)


def test_the_service_itself_is_the_server_at_first(visit: Visit, door: Door, jobs: Jobs) -> None:
    visit.page.get_by_label("Bearer Token").first.fill(token())
    visit.page.get_by_label("Value").first.fill(KEY)
    send(visit.page, "hub-43")
    until(jobs.ids, what="the job is there")
    assert f"{door.url}/admin/shadow-sync/hub-43" in visit.requested


def send(page: Page, thing: str) -> None:
    """Open the request of a sync, fill in the Thing, see the request's preview, and send it."""
    page.get_by_role("button", name="Test Request (post /admin/shadow-sync/").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("region", name="Variables").get_by_role("textbox").last.click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type(thing)
    dialog.get_by_role("button", name="Code Snippet").click()
    expect(dialog.get_by_text(re.compile(rf"/admin/shadow-sync/{thing}\b(?!-)")).first).to_be_visible(
        timeout=PATIENCE_MS
    )
    dialog.get_by_role("button", name="Send post request").click()


def test_the_samples_come_in_the_published_languages(visit: Visit, door: Door) -> None:
    page = visit.page
    for name, code in SAMPLES.items():
        page.get_by_role("button", name=re.compile("^(Shell|Python|JavaScript|Go|Ruby) ")).first.click()
        page.get_by_role("option", name=name, exact=True).click()
        expect(page.get_by_text(re.compile(code)).first).to_be_visible(timeout=PATIENCE_MS)
    assert_nothing_left(visit, door)


def test_the_policy_stops_what_would_leave(visit: Visit) -> None:
    blocked = visit.page.evaluate("fetch('https://example.com/').then(() => false, () => true)")
    assert blocked is True
    assert any("Content Security Policy" in complaint for complaint in visit.complaints)


def assert_nothing_left(visit: Visit, door: Door) -> None:
    elsewhere = [url for url in visit.requested if not url.startswith((f"{door.url}/", "data:"))]
    assert elsewhere == []
    assert visit.complaints == []
