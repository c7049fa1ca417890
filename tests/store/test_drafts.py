from concurrent.futures import ThreadPoolExecutor

import pytest

from app.store import DraftBehind, DraftGone, DraftLocked, TypedOn, drafts


@pytest.fixture
def draft(store):
    return store.drafts.start("owner", "tnm", "condition-1", {"t": "T2"})


def test_a_draft_is_found_again(store, draft):
    assert (draft.form, draft.subject, draft.values) == ("tnm", "condition-1", {"t": "T2"})
    assert (draft.state, draft.plan) == ("open", None)
    assert store.drafts.find("owner", "tnm", "condition-1") == draft
    assert store.drafts.get("owner", draft.id) == draft
    assert store.drafts.list("owner") == [draft]


@pytest.mark.parametrize(
    "place",
    [("other", "tnm", "condition-1"), ("owner", "ecog", "condition-1"), ("owner", "tnm", "")],
)
def test_a_draft_is_not_found_elsewhere(store, draft, place):
    assert store.drafts.find(*place) is None


def test_a_stranger_reaches_nothing(store, draft):
    assert store.drafts.get("other", draft.id) is None
    assert not store.drafts.mark("other", draft.id, "sending")
    with pytest.raises(DraftGone):
        store.drafts.save_values("other", draft.id, {})
    store.drafts.discard("other", draft.id)
    assert store.drafts.list("other") == []
    assert store.drafts.get("owner", draft.id) == draft


def test_a_second_tab_gets_the_draft_that_the_first_began(store, draft):
    assert store.drafts.start("owner", "tnm", "condition-1", {"t": "T3"}) == draft


def test_of_many_tabs_at_once_all_get_one_draft(store, open_store):
    servers = [store, open_store()]
    with ThreadPoolExecutor(8) as pool:
        ids = pool.map(
            lambda n: servers[n % 2].drafts.start("o", "tnm", "c", {"n": n}).id, range(16)
        )
        assert len(set(ids)) == 1


@pytest.mark.parametrize("text", ["\u00e9\u4e2d", "\x00", "\ud800", "x" * 100_000])
def test_any_text_is_kept(store, draft, text):
    assert store.drafts.save_values("owner", draft.id, {"t": text}).values == {"t": text}
    assert store.drafts.get("owner", draft.id).values == {"t": text}


def test_values_are_replaced(store, draft):
    saved = store.drafts.save_values("owner", draft.id, {"n": "N0"})
    assert saved.values == {"n": "N0"}
    assert saved.subject == "condition-1"
    assert saved.updated >= draft.updated
    assert store.drafts.get("owner", draft.id) == saved


@pytest.mark.parametrize("state", ["sending", "unknown"])
def test_a_draft_on_its_way_takes_no_changes(store, draft, state):
    store.drafts.mark("owner", draft.id, state)
    with pytest.raises(DraftLocked):
        store.drafts.save_values("owner", draft.id, {})
    assert store.drafts.get("owner", draft.id).values == {"t": "T2"}


def test_of_many_who_would_send_it_one_may(store, open_store, draft):
    servers = [store, open_store()]

    def send(n):
        return servers[n % 2].drafts.mark(
            "owner", draft.id, "sending", {"sender": n}, expecting="open"
        )

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(send, range(16)))
    assert sum(sent) == 1
    assert store.drafts.get("owner", draft.id).plan == {"sender": sent.index(True)}


def test_the_plan_stays_until_the_draft_is_open_again(store, draft):
    store.drafts.mark("owner", draft.id, "sending", {"a": 1}, expecting="open")
    store.drafts.mark("owner", draft.id, "unknown", expecting="sending")
    assert store.drafts.get("owner", draft.id).plan == {"a": 1}
    assert not store.drafts.mark("owner", draft.id, "open", expecting="sending")
    store.drafts.mark("owner", draft.id, "open", expecting="unknown")
    reopened = store.drafts.get("owner", draft.id)
    assert (reopened.state, reopened.plan) == ("open", None)


def test_a_discarded_draft_is_gone(store, draft):
    store.drafts.discard("owner", draft.id)
    assert store.drafts.get("owner", draft.id) is None
    assert not store.drafts.mark("owner", draft.id, "sending", expecting="open")
    assert store.drafts.start("owner", "tnm", "condition-1", {}).id != draft.id


def test_the_last_touched_comes_first(store, draft):
    other = store.drafts.start("owner", "ecog", "patient", {})
    assert [one.id for one in store.drafts.list("owner")] == [other.id, draft.id]
    store.drafts.save_values("owner", draft.id, {})
    assert [one.id for one in store.drafts.list("owner")] == [draft.id, other.id]


def test_an_owner_has_so_many_drafts_and_no_more(store, monkeypatch):
    monkeypatch.setattr(drafts, "MOST", 3)
    kept = [store.drafts.start("owner", "tnm", f"condition-{n}", {}) for n in range(3)]
    with pytest.raises(drafts.TooManyDrafts, match="save or discard drafts"):
        store.drafts.start("owner", "tnm", "condition-3", {})
    assert {one.id for one in store.drafts.list("owner")} == {one.id for one in kept}
    # Those that are there go on, others have their own, and a place that is free may be taken.
    assert store.drafts.start("owner", "tnm", "condition-0", {}).id == kept[0].id
    assert store.drafts.save_values("owner", kept[0].id, {"t": "T2"}).values == {"t": "T2"}
    assert store.drafts.start("other", "tnm", "condition-3", {})
    store.drafts.discard("owner", kept[1].id)
    assert store.drafts.start("owner", "tnm", "condition-3", {})


class TestTwoPages:
    """What a page sends that has not seen what the draft holds by now replaces nothing."""

    def test_a_page_goes_on_with_the_draft_that_it_shows(self, store, draft):
        first = store.drafts.save_values(
            "owner", draft.id, {"t": "T3"}, TypedOn("a", 1, draft.stamp)
        )
        assert (first.values, first.stamp != draft.stamp) == ({"t": "T3"}, True)
        # Its own answers it has seen, whether it was told the new stamp or not.
        again = store.drafts.save_values("owner", draft.id, {"t": "T4"}, TypedOn("a", 2))
        assert again.values == {"t": "T4"}
        assert store.drafts.save_values("owner", draft.id, {}, TypedOn("b", 0, again.stamp))

    @pytest.mark.parametrize("seen", ["", "before", "elsewhere"])
    def test_a_page_that_is_behind_is_told_and_replaces_nothing(self, store, draft, seen):
        other = store.drafts.start("owner", "ecog", "condition-1", {"t": "T2"})
        stamp = {"": "", "before": draft.stamp, "elsewhere": other.stamp}[seen]
        kept = store.drafts.save_values(
            "owner", draft.id, {"t": "T3"}, TypedOn("a", 1, draft.stamp)
        )
        for number in (0, 1, 9):
            with pytest.raises(DraftBehind) as told:
                store.drafts.save_values(
                    "owner", draft.id, {"t": "T1"}, TypedOn("b", number, stamp)
                )
            assert told.value.draft == kept
        assert store.drafts.get("owner", draft.id) == kept
        # What both say alike replaces nothing.
        same = store.drafts.save_values("owner", draft.id, {"t": "T3"}, TypedOn("b", 1, stamp))
        assert same == kept

    def test_a_page_of_no_name_is_never_taken_for_the_last(self, store, draft):
        store.drafts.save_values("owner", draft.id, {"t": "T3"}, TypedOn("", 0, draft.stamp))
        with pytest.raises(DraftBehind):
            store.drafts.save_values("owner", draft.id, {"t": "T1"}, TypedOn("", 0, draft.stamp))

    def test_what_was_sent_before_and_comes_later_replaces_nothing(self, store, draft):
        last = store.drafts.save_values(
            "owner", draft.id, {"t": "T3"}, TypedOn("a", 3, draft.stamp)
        )
        late = store.drafts.save_values("owner", draft.id, {"t": "T"}, TypedOn("a", 2, draft.stamp))
        assert late == last == store.drafts.get("owner", draft.id)

    def test_of_many_pages_at_once_one_goes_on(self, store, open_store, draft):
        servers = [store, open_store()]

        def send(n):
            typed_on = TypedOn(f"page-{n}", 1, draft.stamp)
            try:
                servers[n % 2].drafts.save_values("owner", draft.id, {"n": n}, typed_on)
            except DraftBehind:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            kept = list(pool.map(send, range(16)))
        assert sum(kept) == 1
        assert store.drafts.get("owner", draft.id).values == {"n": kept.index(True)}

    def test_the_state_of_a_draft_is_no_change_of_its_answers(self, store, draft):
        store.drafts.mark("owner", draft.id, "open", {"plan": 1})
        assert store.drafts.get("owner", draft.id).stamp == draft.stamp
