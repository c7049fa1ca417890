"""A writer to the database who has no key: what is changed or moved there opens nothing."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import inspect, text

from app.config import ConfigError
from app.store import Store, StoredLaunch, upgrade_database
from app.store.database import now
from app.store.models import Base, Sealed
from app.store.vault import Unreadable, digest
from tests import older

MINE, THEIRS = "the browser of the attacker", "the browser of the clinician"


def launch(name: str) -> StoredLaunch:
    expires = now() + timedelta(hours=1)
    context = {"patient": name, "user": {"name": name}}
    return StoredLaunch(name, "ehr", f"owner of {name}", context, {"access_token": name}, expires)


def write(store: Store, statement: str, **values: object) -> None:
    with store._database.writing() as session:
        session.execute(text(statement), values)


@pytest.fixture
def launched(store):
    store.launches.add(THEIRS, launch("theirs"))
    store.launches.add(MINE, launch("mine"))
    return store


def change(store, table, name, key, changes):
    write(store, f"UPDATE {table} SET {changes} WHERE {name} = :key", key=key)  # noqa: S608


def copied(columns, table, name, source):
    """Return an assignment that copies columns of another row."""
    return ", ".join(
        f"{column} = (SELECT {column} FROM {table} WHERE {name} = '{source}')"  # noqa: S608
        for column in columns
    )


@pytest.mark.parametrize(
    "changes",
    [
        f"browser = '{digest(MINE)}'",
        f"browser = '{digest(MINE)}', " + copied(["seal"], "launches", "id", "mine"),
        "ehr = 'another'",
        "owner = 'owner of mine'",
        "version = 7",
        "renewing = 'a lease'",
        "expires = '2999-01-01 00:00:00.000000+00:00'",
        "created = '2001-01-01 00:00:00.000000+00:00'",
        copied(["context"], "launches", "id", "mine"),
        copied(["tokens"], "launches", "id", "mine"),
        copied(["context", "tokens", "seal"], "launches", "id", "mine"),
        "context = tokens",
        "tokens = context",
        "seal = NULL",
    ],
)
def test_a_launch_that_was_changed_opens_nothing(launched, changes, caplog):
    if "+00:00" in changes and launched._database._engine.dialect.name == "sqlite":
        changes = changes.replace("+00:00", "")
    change(launched, "launches", "id", "theirs", changes)
    for open_ in (
        lambda: launched.launches.find("theirs", MINE if "browser" in changes else THEIRS),
        lambda: launched.launches.of_any_browser("theirs"),
        lambda: launched.launches.tokens("theirs"),
    ):
        with pytest.raises(Unreadable):
            open_()
    assert f"changed outside of the app: launches {digest('theirs')[:16]}" in caplog.text
    assert list(launched.verify()) == [f"Row {digest('theirs')[:16]} of launches was changed."]
    assert launched.launches.find("mine", MINE).context["patient"] == "mine"


# What a column may hold that the app writes nowhere, by the database that takes it.
ODD_LAUNCHES = {
    "sqlite": (
        *("seal = 'x'", "seal = 7", "owner = CAST(x'ff' AS TEXT)", "browser = x'00'"),
        *("context = 'é'", "context = 5", "tokens = CAST(x'ff' AS TEXT)", "version = 'x'"),
        *("expires = '2999'", "expires = 5", "created = x'00'", "idle_at = 'soon'"),
    ),
    "postgresql": ("expires = 'infinity'", "created = '0001-01-01 BC'", "seal = ''"),
}


def test_odd_values_in_some_launches_stop_no_others(launched, database_url):
    odd = ODD_LAUNCHES[database_url.partition("+")[0].partition(":")[0]]
    for number, changes in enumerate(odd):
        launched.launches.add(THEIRS, launch(f"odd-{number}"))
        change(launched, "launches", "id", f"odd-{number}", changes)
    marks = [digest(f"odd-{number}")[:16] for number in range(len(odd))]
    assert sorted(launched.verify()) == sorted(f"Row {m} of launches was changed." for m in marks)
    launched.purge()
    launched.renew_browser_key(THEIRS, "new")
    assert [one.id for one in launched.launches.open_in("new")] == ["theirs"]
    assert launched.launches.find("mine", MINE).context["patient"] == "mine"
    assert launched.rotate() > 1


def test_a_launch_under_the_id_of_another_opens_nothing(launched):
    write(launched, "DELETE FROM launches WHERE id = 'theirs'")
    write(launched, "UPDATE launches SET id = 'theirs' WHERE id = 'mine'")
    with pytest.raises(Unreadable):
        launched.launches.find("theirs", MINE)


def test_no_lease_is_given_for_a_launch_that_was_changed(launched):
    change(launched, "launches", "id", "theirs", "owner = 'another'")
    with pytest.raises(Unreadable):
        launched.launches.begin_renewal("theirs", 1)


def test_a_row_that_was_made_up_does_not_make_a_browser_known(launched):
    change(launched, "launches", "id", "mine", f"browser = '{digest('planted')}'")
    with pytest.raises(Unreadable):
        launched.knows_browser("planted")


@pytest.mark.parametrize(
    "changes",
    [
        f"browser = '{digest(MINE)}'",
        "ehr = 'another'",
        copied(["data"], "authorizations", "state", digest("mine")),
        copied(["data", "seal"], "authorizations", "state", digest("mine")),
    ],
)
def test_an_authorization_that_was_changed_is_not_given_out(store, changes):
    store.authorizations.add("theirs", THEIRS, "ehr", {"verifier": "theirs"})
    store.authorizations.add("mine", MINE, "ehr", {"verifier": "mine"})
    change(store, "authorizations", "state", digest("theirs"), changes)
    with pytest.raises(Unreadable):
        store.authorizations.take("theirs")
    assert store.authorizations.take("mine").data == {"verifier": "mine"}


@pytest.mark.parametrize(
    "changes",
    [
        "owner = 'mine'",
        "state = 'open'",
        "plan = NULL",
        "plan = data",
        copied(["data"], "drafts", "owner", "mine"),
        "updated = created",
    ],
)
def test_a_draft_that_was_changed_is_neither_shown_nor_sent(store, changes):
    theirs = store.drafts.start("theirs", "ecog", "subject", {"value": "1"})
    store.drafts.start("mine", "ecog", "subject", {"value": "2"})
    store.drafts.mark("theirs", theirs.id, "sending", {"bundle": 1})
    change(store, "drafts", "id", theirs.id, changes)
    owner = "mine" if "owner =" in changes.split(" (SELECT")[0] else "theirs"
    for open_ in (
        lambda: store.drafts.get(owner, theirs.id),
        lambda: store.drafts.list(owner),
        lambda: store.drafts.mark(owner, theirs.id, "open"),
        lambda: store.drafts.save_values(owner, theirs.id, {}),
    ):
        with pytest.raises(Unreadable):
            open_()


@pytest.mark.parametrize("changes", ["owner = 'mine'", "launch_id = 'other'"])
def test_a_receipt_that_was_changed_is_not_shown(store, changes):
    receipt = store.receipts.add("theirs", "launch", {"said": "saved"})
    change(store, "receipts", "id", receipt.id, changes)
    with pytest.raises(Unreadable):
        store.receipts.get("mine" if "mine" in changes else "theirs", receipt.id)


def test_the_secret_behind_drafts_cannot_be_exchanged(store, open_store):
    write(store, "DELETE FROM secrets")
    with pytest.raises(ConfigError, match="restore the backup"):
        open_store()


def test_every_table_that_holds_something_encrypted_is_sealed():
    encrypted = {"BLOB", "EncryptedJSON"}
    for mapper in Base.registry.mappers:
        types = {type(column.type).__name__ for column in mapper.columns}
        assert issubclass(mapper.class_, Sealed) or not types & encrypted


def test_what_was_changed_is_not_made_good_by_new_keys(launched, open_store, key):
    change(launched, "launches", "id", "theirs", f"browser = '{digest(MINE)}'")
    newer = Fernet.generate_key().decode()
    open_store(f"{newer},{key}").rotate()
    new = open_store(newer)
    with pytest.raises(Unreadable):
        new.launches.find("theirs", MINE)
    assert new.launches.find("mine", MINE).tokens == {"access_token": "mine"}
    assert list(new.verify()) == [f"Row {digest('theirs')[:16]} of launches was changed."]


def test_a_value_of_the_old_form_opens_no_more(launched, key):
    old = Fernet(key).encrypt(b'{"patient": "another"}')
    write(launched, "UPDATE launches SET context = :old, seal = NULL WHERE id = 'theirs'", old=old)
    with pytest.raises(Unreadable):
        launched.launches.find("theirs", THEIRS)


def test_a_database_that_is_called_old_is_not_sealed_anew(launched, database_url, key):
    """Who may change tables can call the database one of revision 0001: an upgrade refuses it."""
    change(launched, "launches", "id", "theirs", f"browser = '{digest(MINE)}'")
    for table in inspect(launched._database._engine).get_table_names():
        if table not in {"alembic_version", "counts", "trail_marks"}:
            write(launched, f"ALTER TABLE {table} DROP COLUMN seal")
    write(launched, "ALTER TABLE audit DROP COLUMN chain")
    write(launched, "DROP TABLE trail_marks")
    write(launched, "UPDATE alembic_version SET version_num = '0001'")
    settings = {"DATABASE_URL": database_url, "SECRET_KEYS": key}
    with pytest.raises(ConfigError, match="None of ONCOFORM_SECRET_KEYS opens"):
        upgrade_database(settings)


def test_an_upgrade_seals_what_opens_and_nothing_else(database_url):
    held = older.load(database_url)
    settings = {
        "DATABASE_URL": database_url,
        "SECRET_KEYS": held["key"],
        "DRAFT_DAYS": 14,
        "AUDIT_DAYS": 2192,
    }
    first, second = held["launches"][:2]
    with older.connected(database_url) as execute:
        spoiled = "tokens = (SELECT data FROM receipts LIMIT 1), context = 'xxxx'"
        execute(f"UPDATE launches SET {spoiled} WHERE id = '{first['launch']['id']}'")  # noqa: S608
        execute("UPDATE audit SET kind = 'read' WHERE kind = 'launch-opened'")
    upgrade_database(settings)
    store = Store(database_url, held["key"], kept=timedelta(days=14))
    opened = [event["id"] for event in held["events"] if event["kind"] == "launch-opened"]
    assert opened
    told = list(store.verify())
    assert told == [f"Row {digest(first['launch']['id'])[:16]} of launches was changed."] + [
        f"Event {number} was changed." for number in opened
    ]
    with pytest.raises(Unreadable):
        store.launches.find(first["launch"]["id"], first["browser"])
    assert store.launches.find(second["launch"]["id"], second["browser"])
    store.close()
