"""Why is it −12? Over HTTP, and the words for it."""

import string
from pathlib import Path

import pytest

from gateway.domain.explain_finding import CauseCode, EvidenceCode
from gateway.web.explain_sentences import CAUSES, EVIDENCE, STANDS
from replication.wire.sentence import Sentence
from tests.web.conftest import RunningBranch, new_id, post

ALL = [*CAUSES.values(), *EVIDENCE.values(), *STANDS.values()]


def test_every_cause_and_every_evidence_has_its_sentence() -> None:
    assert set(CAUSES) == set(CauseCode)
    assert set(EVIDENCE) == set(EvidenceCode)


@pytest.mark.parametrize("said", ALL, ids=range(len(ALL)))
def test_both_languages_tell_the_same_facts(said: Sentence) -> None:
    en, zh = ({name for _, name, _, _ in string.Formatter().parse(text) if name} for text in said)
    assert en == zh
    assert any("\u4e00" <= character <= "\u9fff" for character in said.zh)
    assert said.en.endswith((".", "”."))


def test_a_figure_below_zero_is_told_with_what_mends_it(tmp_path: Path) -> None:
    """Ordered, sold, never received: the answer names the order, and the receipt it proposes is accepted as it stands."""
    allowed = '[[policy.rules]]\nbreach = "negative_stock"\nanswer = "allow"\n'
    with RunningBranch(tmp_path, allowed) as branch, branch.client() as api:
        item = {
            "name": "Chilli sauce",
            "name_zh": "辣椒酱",
            "unit": "jar",
            "price": 900,
            "packs": [{"unit": "box", "factor": "12"}],
        }
        assert api.put("/api/v1/items/sauce", json=item).status_code == 201
        post(api, {"type": "opening_balance", "lines": [{"item": "sauce", "quantity": "3"}]})
        lines = [{"item": "sauce", "quantity": "2", "unit": "box", "cost": 6000}]
        order = new_id()
        asked = {"type": "purchase_order", "supplier": "Riverside", "lines": lines}
        assert api.put(f"/api/v1/documents/{order}", json=asked).status_code == 201
        for quantity in ("2", "13"):
            post(api, {"type": "sale", "lines": [{"item": "sauce", "quantity": quantity}]})
        told = api.get("/api/v1/items/sauce/explain")
        assert told.status_code == 200, told.text
        answer = told.json()
        assert (answer["state"], answer["on_hand"], answer["lowest"]) == ("negative", "-12.000", "-12.000")
        assert answer["below"]["number"] == answer["first_below"]["number"] == "SA-000002"
        assert "−12" in answer["summary"]
        assert "辣椒酱" in answer["summary_zh"]
        assert [step["number"] for step in answer["chain"]] == ["OB-000001", "SA-000001", "SA-000002"]
        cause = answer["causes"][0]
        assert (cause["code"], cause["effect"]) == ("missed_receipt", "24.000")
        assert cause["evidence"][0]["detail"].startswith("PO-000001 ordered 24 on ")
        assert cause["documents"] == [{"id": order, "type": "purchase_order", "number": "PO-000001"}]
        mend = cause["mend"]
        path = mend["path"].replace("{id}", new_id())
        mended = api.request(mend["method"], path, json=mend["body"])
        assert mended.status_code == 201, mended.text
        assert (mend["body"]["lines"][0]["unit"], mend["body"]["order"]) == ("box", order)
        after = api.get("/api/v1/items/sauce/explain").json()
        assert (after["state"], after["on_hand"]) == ("was_negative", "12.000")
        assert after["causes"][0]["code"] == "late_booking"
        elsewhere = api.get("/api/v1/items/sauce/explain", params={"location": "stockroom"}).json()
        assert (elsewhere["location"], elsewhere["on_hand"], elsewhere["state"]) == ("stockroom", "0.000", "positive")
        assert api.get("/api/v1/items/nothing/explain").status_code == 404
        with branch.signed_in("chen", password="kontor-manager") as manager:
            page = manager.get("/stock/sauce/why")
            assert page.status_code == 200, page.text
            assert "The goods were sold before their receipt was booked." in page.text
            session = "; ".join(f"{name}={value}" for name, value in manager.cookies.items())
            zh = manager.get("/stock/sauce/why", headers={"Cookie": f"{session}; kontor_language=zh"})
            assert "先卖后入账" in zh.text
            assert manager.get("/stock/nothing/why").status_code == 404
