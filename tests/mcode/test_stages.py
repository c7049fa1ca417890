"""Which Observations make one staging, and of which cancer."""

import pytest

CLINICAL, PATHOLOGIC, UNSPECIFIED = 0, 1, 2
DAY = "2026-03-12"
AJCC7 = {"coding": [{"system": "http://snomed.info/sct", "code": "443830009"}]}
AJCC8 = {"coding": [{"system": "http://snomed.info/sct", "code": "897275008"}]}


@pytest.fixture
def tnm(chart):
    """Make a TNM observation: `tnm("t", CLINICAL, "t1")`."""

    def make(axis, basis, id_, *, date=DAY, method=AJCC8, **more):
        return chart.observation(id_, chart.tnm[axis][basis], date=date, method=method, **more)

    return make


def shape(stage):
    """Return (basis, ids of group, T, N, M)."""
    parts = (stage.group, stage.t, stage.n, stage.m)
    return (stage.basis, *(part["id"] if part else None for part in parts))


def test_a_group_takes_its_members(chart, tnm):
    group = tnm("group", CLINICAL, "g", focus="c1", members=["t", "n", "m"])
    parts = [tnm(axis, CLINICAL, axis) for axis in "tnm"]
    record = chart.read(chart.condition("c1"), chart.condition("c2"), *parts, group)
    (stage,) = record.primary("c1").stages
    assert shape(stage) == ("clinical", "g", "t", "n", "m")
    assert (stage.system, stage.date) == ("tnm", DAY)
    assert record.primary("c2").stages == ()


def test_a_clinical_group_that_lists_pathologic_categories_is_not_mixed(chart, tnm):
    group = tnm("group", CLINICAL, "g", focus="c1", members=["pt", "pn", "pm"])
    wrong = [tnm(axis, PATHOLOGIC, f"p{axis}") for axis in "tnm"]
    right = [tnm(axis, CLINICAL, f"c{axis}") for axis in "tnm"]
    record = chart.read(chart.condition("c1"), chart.condition("c2"), group, *wrong, *right)
    # With two primaries the clinical categories name none; basis, day and method lead them home.
    assert {shape(stage) for stage in record.primary("c1").stages} == {
        ("pathologic", None, "pt", "pn", "pm"),
        ("clinical", "g", "ct", "cn", "cm"),
    }
    assert record.unlinked.stages == ()


def test_unlisted_categories_join_the_stage_of_the_same_basis_day_and_method(chart, tnm):
    group = tnm("group", CLINICAL, "g", focus="c1")
    parts = [tnm(axis, CLINICAL, axis, date=f"{DAY}T09:30:00Z") for axis in "tnm"]
    record = chart.read(chart.condition("c1"), chart.condition("c2"), group, *parts)
    assert [shape(s) for s in record.primary("c1").stages] == [("clinical", "g", "t", "n", "m")]


@pytest.mark.parametrize(
    "differs",
    [{"date": "2026-03-13"}, {"date": None}, {"date": "2026-03"}, {"method": AJCC7}],
)
def test_a_category_of_another_day_or_edition_joins_nothing(chart, tnm, differs):
    group = tnm("group", CLINICAL, "g", focus="c1")
    stray = tnm("t", CLINICAL, "t", **differs)
    record = chart.read(chart.condition("c1"), chart.condition("c2"), group, stray)
    assert [shape(s) for s in record.primary("c1").stages] == [("clinical", "g", None, None, None)]
    assert [shape(s) for s in record.unlinked.stages] == [("clinical", None, "t", None, None)]


def test_a_category_that_fits_two_cancers_stays_unlinked(chart, tnm):
    groups = [tnm("group", CLINICAL, f"g{n}", focus=f"c{n}") for n in (1, 2)]
    record = chart.read(
        chart.condition("c1"), chart.condition("c2"), *groups, tnm("t", CLINICAL, "t")
    )
    assert [shape(s) for s in record.unlinked.stages] == [("clinical", None, "t", None, None)]
    assert all(stage.t is None for primary in record.primaries for stage in primary.stages)


def test_with_one_primary_categories_without_a_focus_belong_to_it(chart, tnm):
    parts = [tnm(axis, PATHOLOGIC, axis) for axis in "tnm"]
    record = chart.read(chart.condition("c1"), *parts)
    assert [shape(s) for s in record.primary("c1").stages] == [("pathologic", None, "t", "n", "m")]


def test_clinical_and_pathologic_stages_of_one_day_stay_apart(chart, tnm):
    parts = [tnm(a, b, f"{a}{b}") for a in ("group", "t", "n", "m") for b in (0, 1)]
    record = chart.read(chart.condition("c1"), *parts)
    assert {shape(s) for s in record.primary("c1").stages} == {
        ("clinical", "group0", "t0", "n0", "m0"),
        ("pathologic", "group1", "t1", "n1", "m1"),
    }


def test_a_clinical_m_completes_a_pathologic_stage(chart, tnm):
    group = tnm("group", PATHOLOGIC, "g", focus="c1", members=["t", "n", "cm0"])
    parts = [tnm("t", PATHOLOGIC, "t"), tnm("n", PATHOLOGIC, "n"), tnm("m", CLINICAL, "cm0")]
    record = chart.read(chart.condition("c1"), group, *parts)
    assert [shape(s) for s in record.primary("c1").stages] == [("pathologic", "g", "t", "n", "cm0")]


def test_two_t_categories_of_one_stage_are_both_kept(chart, tnm):
    group = tnm("group", CLINICAL, "g", focus="c1", members=["t1", "t2"])
    record = chart.read(
        chart.condition("c1"), group, tnm("t", CLINICAL, "t1"), tnm("t", CLINICAL, "t2")
    )
    found = {part["id"] for stage in record.primary("c1").stages for part in stage.resources}
    assert found == {"g", "t1", "t2"}


def test_a_category_that_names_another_cancer_leaves_the_group_that_lists_it(chart, tnm):
    group = tnm("group", CLINICAL, "g", focus="c1", members=["t"])
    record = chart.read(
        chart.condition("c1"), chart.condition("c2"), group, tnm("t", CLINICAL, "t", focus="c2")
    )
    assert shape(record.primary("c1").stages[0]) == ("clinical", "g", None, None, None)
    assert shape(record.primary("c2").stages[0]) == ("clinical", None, "t", None, None)


def test_a_group_without_a_focus_is_found_by_its_members_or_by_the_condition(chart, tnm):
    by_member = tnm("group", CLINICAL, "g1", members=["t"])
    by_stage = tnm("group", PATHOLOGIC, "g2", members=["pt"])
    assessed = chart.condition("c2", stage=[{"assessment": [{"reference": "Observation/g2"}]}])
    record = chart.read(
        chart.condition("c1"),
        assessed,
        by_member,
        by_stage,
        tnm("t", CLINICAL, "t", focus="c1"),
        tnm("t", PATHOLOGIC, "pt"),
    )
    assert [shape(s) for s in record.primary("c1").stages] == [("clinical", "g1", "t", None, None)]
    assert [shape(s) for s in record.primary("c2").stages] == [
        ("pathologic", "g2", "pt", None, None)
    ]


def test_a_focus_outweighs_what_a_condition_says(chart, tnm):
    claimed = chart.condition("c2", stage=[{"assessment": [{"reference": "Observation/g"}]}])
    record = chart.read(chart.condition("c1"), claimed, tnm("group", CLINICAL, "g", focus="c1"))
    assert len(record.primary("c1").stages) == 1
    assert record.primary("c2").stages == ()
    assert len(record.primary("c2").condition_stages) == 1


def test_a_stage_that_names_a_metastasis_is_not_its_primarys(chart, tnm):
    record = chart.read(
        chart.condition("c1"),
        chart.condition("s1", "C79.31", related="c1"),
        tnm("group", CLINICAL, "g", focus="s1"),
    )
    assert record.primary("c1").stages == ()
    assert [shape(s) for s in record.unlinked.stages] == [("clinical", "g", None, None, None)]


def test_other_systems_are_stages_of_their_own_and_the_newest_comes_first(chart, tnm):
    figo = chart.observation("f", "385361009", focus="c1", date="2026-05")
    record = chart.read(chart.condition("c1"), figo, tnm("group", CLINICAL, "g", focus="c1"))
    assert [stage.system for stage in record.primary("c1").stages] == ["figo", "tnm"]
    assert record.primary("c1").stages[0].resources == (figo,)


def test_an_unspecified_group_takes_members_of_any_basis(chart, tnm):
    group = tnm("group", UNSPECIFIED, "g", focus="c1", members=["t", "n"])
    parts = [tnm("t", PATHOLOGIC, "t"), tnm("n", PATHOLOGIC, "n")]
    record = chart.read(chart.condition("c1"), group, *parts)
    assert [shape(s) for s in record.primary("c1").stages] == [("other", "g", "t", "n", None)]


def test_a_stage_entered_in_error_is_no_fact(chart, tnm):
    group = tnm("group", CLINICAL, "g", focus="c1", members=["t"], status="entered-in-error")
    record = chart.read(chart.condition("c1"), group, tnm("t", CLINICAL, "t"))
    assert [shape(s) for s in record.primary("c1").stages] == [("clinical", None, "t", None, None)]
    assert record.retracted == (group,)
    assert record.find("Observation/g") == group
