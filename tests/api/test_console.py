"""The operator's page: ours alone, under a policy that lets nothing else in."""

from __future__ import annotations

import re
from pathlib import Path

from models.settings import ROOT
from tests.api.conftest import Api

FOLDER = ROOT / "api" / "console"


async def test_the_page_and_its_parts_are_served_under_a_strict_policy(api: Api) -> None:
    page = await api.http.get("/")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    parts = re.findall(r'(?:src|href)="(/[^"]+)"', page.text)
    assert len(parts) >= 3
    for part in parts:
        answer = await api.http.get(part)
        assert answer.status_code == 200 and answer.headers["x-content-type-options"] == "nosniff", part
    reference = await api.http.get("/api/v1/docs")
    assert "Ask for a video" in reference.text and "videos:write" in reference.text
    for missing in ("/console/pages.py", "/console/..%2fpages.py", "/console/index.html"):
        assert (await api.http.get(missing)).status_code == 404


def test_nothing_comes_from_elsewhere_and_nothing_is_parsed_as_markup() -> None:
    for path in FOLDER.glob("*.*"):
        if path.suffix not in (".js", ".css", ".html", ".svg"):
            continue
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|@import|innerHTML|outerHTML|insertAdjacentHTML|\beval\(|\son[a-z]+=\"|\sstyle=\"", text), (
            path.name
        )


def test_every_module_that_a_script_imports_is_there() -> None:
    for path in FOLDER.glob("*.js"):
        for name, names in (
            (found[2], found[1]) for found in re.finditer(r"import \{([^}]+)\} from \"\./([^\"]+)\"", path.read_text())
        ):
            exported = (FOLDER / name).read_text()
            for each in names.split(","):
                assert re.search(rf"export (async )?function {each.strip()}\b", exported), f"{path.name}: {each} from {name}"
    assert Path(FOLDER / "console.js").exists()


def test_every_page_that_a_link_of_ours_leads_to_is_there() -> None:
    pages = re.search(r"const pages = \{(.*?)\};", (FOLDER / "console.js").read_text(), re.DOTALL)
    assert pages is not None
    known = set(re.findall(r'^\s*"?([a-z-]+)"?[:,]', pages[1], re.MULTILINE))
    linked = set()
    for room in ("api", "activities", "models", "workers"):
        for path in (ROOT / room).rglob("*.py"):
            linked |= set(re.findall(r"/#([a-z-]+)[/?]", path.read_text("utf-8")))
    assert {"youtube", "video", "sign-in"} <= linked <= known
