def test_receipts_are_their_owners_newest_first(store):
    first = store.receipts.add("owner", "launch-1", {"n": 1})
    second = store.receipts.add("owner", "launch-2", {"n": 2})
    store.receipts.add("other", "launch-1", {"n": 3})
    assert store.receipts.list("owner") == [second, first]
    assert store.receipts.get("owner", first.id) == first
    assert first.data == {"n": 1}
    assert store.receipts.get("other", first.id) is None
    assert store.receipts.get("owner", "unknown") is None
