"""Static files named by their content."""

from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient

from admin_ui.serving.guard import Guard
from admin_ui.serving.static import StaticFiles
from tests.serving.small_site import a_site

pytestmark = pytest.mark.anyio


@pytest.fixture
def static(tmp_path: Path) -> StaticFiles:
    root = tmp_path / "static"
    (root / "js" / "kit").mkdir(parents=True)
    (root / "js" / "app.js").write_text('import "./kit/live.js";\n' + "// padding\n" * 200)
    (root / "js" / "kit" / "live.js").write_text("export {};\n")
    (root / "js" / "sw.js").write_text("// worker\n")
    (root / ".secret").write_text("no")
    return StaticFiles(root)


async def test_static_files_are_named_by_content_and_relative_imports_resolve(
    guard: Guard, static: StaticFiles
) -> None:
    async with AsyncTestClient(a_site(guard, static)) as client:
        url = static.url_for("js/app.js")
        assert url == f"/static/{static.tree_hash}/js/app.js"
        answer = await client.get(url)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.text.startswith('import "./kit/live.js"')
        plain = await client.get(url, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.text == answer.text
        assert (await client.get(str(answer.url.join("./kit/live.js")))).status_code == 200
        for tag in (answer.headers["etag"], "W/" + answer.headers["etag"], f'"other", {answer.headers["etag"]}', "*"):
            again = await client.get(url, headers={"if-none-match": tag})
            assert (again.status_code, again.content) == (304, b""), tag
        assert (await client.get(url, headers={"if-none-match": '"other"'})).status_code == 200
        assert (await client.head(url)).headers["content-length"] == answer.headers["content-length"]
        worker = await client.get("/sw.js")
        assert worker.headers["cache-control"] == "no-cache"
        assert worker.headers["service-worker-allowed"] == "/"
        for missing in ("", "js/", "../conftest.py", "%2e%2e/x", ".secret", "js/app.js/x"):
            assert (await client.get(static.base_url + missing)).status_code == 404, missing
        assert (await client.get("/static/000000000000/js/app.js")).status_code == 404
        assert (await client.post(url)).status_code == 405


def test_any_change_gives_the_whole_tree_another_name(tmp_path: Path, static: StaticFiles) -> None:
    again = StaticFiles(tmp_path / "static")
    assert again.tree_hash == static.tree_hash
    (tmp_path / "static" / "js" / "kit" / "live.js").write_text("export { }\n")
    assert StaticFiles(tmp_path / "static").tree_hash != static.tree_hash
