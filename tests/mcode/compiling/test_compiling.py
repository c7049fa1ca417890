import gzip
import io
import json
import re
import tarfile

import pytest
from click.testing import CliRunner

from app.cli import main
from app.mcode import definitions
from app.mcode.compiling import PackageError, compile_packages, package
from app.terminology.systems import NCIT

MANIFEST = '{"name": "odd", "version": "1.0.0"}'
SITE = "http://example.org/fhir/"


def structure(name, *elements, **more):
    return {
        "resourceType": "StructureDefinition",
        "url": f"{SITE}StructureDefinition/{name}",
        "type": "Observation",
        "snapshot": {
            "element": [{"id": "Observation", "min": 0, "max": "*"}, *elements],
        },
        **more,
    }


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.json")}


@pytest.mark.parametrize("guide", definitions.guides())
def test_what_is_shipped_is_what_the_official_packages_compile_to(official, tmp_path, guide):
    compile_packages(official(guide), tmp_path)
    assert files(tmp_path / guide) == files(definitions.FOLDER / guide)


def test_of_meddra_no_code_is_shipped():
    system = "http://terminology.hl7.org/CodeSystem/MDRAE"
    naming = {path for path, content in files(definitions.FOLDER).items() if b"MDRAE" in content}
    assert {str(path) for path in naming} == {"hl7.fhir.us.ctcae/value_sets/ctcae-term.json"}
    terms = definitions.compiled_value_set("ctcae-term")
    assert terms.systems == (system,)
    assert {concept.system for concept in terms.concepts} == {NCIT}
    assert all(re.fullmatch(r"C\d+", concept.code) for concept in terms.concepts)


def test_the_definitions_stay_small():
    assert sum(map(len, files(definitions.FOLDER).values())) < 1_500_000


def test_the_command_compiles_into_the_apps_own_folder(make_package, tmp_path, monkeypatch):
    monkeypatch.setattr(definitions, "FOLDER", tmp_path / "definitions")
    ended = CliRunner().invoke(main, ["compile", str(make_package("guide", structure("one")))])
    assert ended.exit_code == 0
    assert "1 profiles" in ended.output
    written = json.loads((tmp_path / "definitions/guide/profiles/one.json").read_text())
    assert written["elements"] == [{"id": "Observation", "card": "0..*"}]
    about = json.loads((tmp_path / "definitions/guide/packages.json").read_text())
    assert about["packages"] == [{"name": "guide", "version": "1.0.0", "licence": "CC0-1.0"}]


def test_a_file_that_is_no_package_is_named(tmp_path):
    path = tmp_path / "letter.tgz"
    path.write_text("dear sir")
    with pytest.raises(PackageError, match=r"letter\.tgz"):
        compile_packages([path], tmp_path / "out")
    ended = CliRunner().invoke(main, ["compile", str(path)])
    assert ended.exit_code == 1
    assert "letter.tgz is no FHIR package" in ended.output


def test_an_archive_without_a_manifest_is_no_package(make_package, tmp_path):
    with pytest.raises(PackageError):
        compile_packages([make_package("other", folder="elsewhere")], tmp_path / "out")


@pytest.mark.parametrize(
    "odd",
    [
        "[1]",
        '{"resourceType": "ValueSet"}',
        '{"resourceType": ["ValueSet"], "url": "urn:x"}',
        '{"resourceType": "ValueSet", "url": 1}',
        "[" * 100_000,
    ],
    ids=["list", "no address", "two types", "a number for an address", "deep"],
)
def test_an_archive_with_an_odd_file_is_named(tmp_path, odd):
    path = tmp_path / "odd.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("package.json", MANIFEST), ("odd.json", odd)):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    with pytest.raises(PackageError, match=r"odd\.tgz"):
        compile_packages([path], tmp_path / "out")


@pytest.mark.parametrize(
    ("bound", "most"), [("MOST_MEMBERS", 2), ("MOST_MEMBER_BYTES", 20), ("MOST_BYTES", 5_000)]
)
def test_a_package_beyond_all_measure_is_not_unpacked(
    make_package, tmp_path, monkeypatch, bound, most
):
    path = make_package("guide", structure("one"))
    compile_packages([path], tmp_path / "out")
    monkeypatch.setattr(package, bound, most)
    with pytest.raises(PackageError, match="too large"):
        compile_packages([path], tmp_path / "out")


def test_a_header_that_promises_more_than_there_may_be_is_not_waited_for(tmp_path):
    name = tarfile.TarInfo("././@LongLink")
    name.type, name.size = tarfile.GNUTYPE_LONGNAME, 3_000_000_000
    path = tmp_path / "bomb.tgz"
    with gzip.open(path, "wb", compresslevel=1) as archive:
        archive.write(name.tobuf(tarfile.GNU_FORMAT))
        for _ in range(600):
            archive.write(bytes(1_000_000))
    with pytest.raises(PackageError, match="too large"):
        compile_packages([path], tmp_path / "out")


@pytest.mark.parametrize("cut", [10, 100, -10])
def test_a_package_that_breaks_off_is_named(make_package, tmp_path, cut):
    path = make_package("guide", structure("one"))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(PackageError, match=r"guide\.tgz"):
        compile_packages([path], tmp_path / "out")


def test_a_package_without_profiles_takes_the_place_of_none(make_package, tmp_path):
    out = tmp_path / "out"
    compile_packages([make_package("first", structure("old"))], out)
    with pytest.raises(PackageError, match=r"terms\.tgz has no profiles"):
        compile_packages([make_package("terms")], out)
    assert [path.stem for path in out.rglob("profiles/*")] == ["old"]
    assert not (out / "terms").exists()


def test_of_further_packages_only_what_is_referred_to_is_kept(make_package, tmp_path):
    extension = f"{SITE}StructureDefinition/asked"
    element = {
        "id": "Observation.extension:asked",
        "sliceName": "asked",
        "min": 0,
        "max": "1",
        "type": [{"code": "Extension", "profile": [f"{extension}|2.0"]}],
    }
    guide = make_package("guide", structure("mine", element))
    core = make_package("core", structure("asked"), structure("unasked"))
    out = tmp_path / "out"
    compile_packages([guide, core], out)
    assert {path.stem for path in (out / "guide/profiles").iterdir()} == {"mine", "asked"}


def test_compiling_anew_leaves_nothing_of_what_was_there_but_other_guides(make_package, tmp_path):
    out = tmp_path / "out"
    compile_packages([make_package("first", structure("old"))], out)
    compile_packages([make_package("second", structure("other"))], out)
    compile_packages([make_package("first", structure("new"))], out)
    found = {str(path.relative_to(out)) for path in out.rglob("profiles/*")}
    assert found == {"first/profiles/new.json", "second/profiles/other.json"}


@pytest.mark.parametrize("name", ["../up", "/root", "a/b", "", "..", "A", 7])
def test_a_package_whose_name_is_no_name_is_refused(tmp_path, name):
    path = tmp_path / "odd.tgz"
    content = json.dumps({"name": name, "version": "1.0.0"}).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    with pytest.raises(PackageError, match=r"odd\.tgz"):
        compile_packages([path], tmp_path / "out")
