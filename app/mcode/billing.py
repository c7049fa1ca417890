"""What the codes for a bill say of a Procedure: CPT, HCPCS and ICD-10-PCS.

These systems part operations, radiation and chemotherapy from imaging and the laboratory by their
sections. Only numbers of sections stand here: the descriptions of CPT are the American Medical
Association's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.fhir.patterns import Pattern
from app.fhir.types import Resource
from app.mcode.kinds import Kind
from app.mcode.sites import Cancers
from app.terminology.systems import CPT, HCPCS, ICD10PCS, known_codes

Ranges = tuple[tuple[int, int], ...]
_NONE = r"(?!)"


@dataclass(frozen=True)
class Billed:
    """Codes for the bill: ranges of CPT, regular expressions of HCPCS and of ICD-10-PCS."""

    cpt: Ranges = ()
    hcpcs: str = _NONE
    pcs: str = _NONE

    @cached_property
    def _hcpcs(self) -> Pattern:
        return Pattern(self.hcpcs)

    @cached_property
    def _pcs(self) -> Pattern:
        return Pattern(self.pcs)

    def holds(self, procedure: Resource) -> bool:
        """Tell whether one of the codes of a procedure is one of these."""
        return self.has(known_codes(procedure.get("code")))

    def has(self, coded: Iterable[tuple[str, str]]) -> bool:
        """Tell the same of (system, code) pairs."""
        for system, code in coded:
            # HCPCS has the codes of CPT as its first level.
            if system in {CPT, HCPCS} and code[:5].isdecimal():
                number = int(code[:5])
                if any(first <= number <= last for first, last in self.cpt):
                    return True
            pattern = {HCPCS: self._hcpcs, CPT: self._hcpcs, ICD10PCS: self._pcs}.get(system)
            if pattern and pattern.match(code.upper()):
                return True
        return False


# Planning and dosimetry come before the first dose (CPT 77261-77370), images beside it.
_RADIATION = Billed(
    cpt=((77371, 77386), (77399, 77416), (77418, 77799)),
    hcpcs=r"G60(?:0[3-9]|1[0-6])|G0(?:339|340|173|251)|A9(?:513|543|590|606|607)",
    pcs=r"D[0-9A-Z][016Y]",
)
# J codes of drugs by mouth name nausea too, of which Q codes of biosimilars have none.
_CHEMOTHERAPY = Billed(
    cpt=((96401, 96549),),
    hcpcs=r"J9\d{3}|J8(?:52[01]|530|56[025]|600|610|70[05]|999)|Q008[345]|G0498"
    r"|Q51(?:07|1[2-9]|23|26|29)",
    # Introduction of an antineoplastic substance.
    pcs=r"3E0.{2}0",
)
_OPERATIONS_ON_CANCER = Billed(
    cpt=(
        *((11600, 11646), (17260, 17286), (17311, 17315), (19301, 19307), (38700, 38780)),
        *((52234, 52240), (58950, 58960)),
    ),
    pcs=r"0HT[TUV]|07T",
)
_LOOKED_FOR = Billed(
    cpt=(
        *((10004, 10021), (11102, 11107), (19081, 19101), (70010, 76999), (77046, 77092)),
        *((78012, 78999), (80047, 89398), (91010, 95999)),
    ),
    hcpcs=r"G0(?:10[1-6]|12[0-8]|14[1-8]|202|20[46]|279)|P3|Q0091",
    # Imaging, nuclear medicine, measurement; a qualifier says that tissue was taken to look at it.
    pcs=r"[BC4]|0.{5}X",
)


@dataclass(frozen=True)
class Organ:
    """Cancers of an organ, whose text names operations on it too, and the codes of these."""

    cancers: Cancers
    operations: Billed


ORGANS = tuple(
    Organ(Cancers(icd10, words), Billed(cpt=cpt, pcs=rf"0(?:{pcs}).{{3}}[^X]"))
    for icd10, words, cpt, pcs in (
        ("C50|D05", r"breast|mamma|mastec", ((19110, 19126),), r"H[BT5]"),
        (
            "C3[34]|C38|C45\\.0|C78\\.[02]",
            r"\blung|pulmon|bronch|pleur|\b(?:bi|sleeve )?lobectom(?!.*(?:liver|thyroid|brain))",
            ((32440, 32491), (32503, 32507), (32663, 32674)),
            r"B[BT5]",
        ),
        ("C1[56]", r"esophag|gastr|stomach", ((43100, 43124), (43610, 43641)), r"D[BT5]"),
        (
            "C1[7-9]|C2[01]|C78\\.[45]",
            r"\bcolo|colect|\brect(?:um|al)|sigmoid|c(?:a?e)cum|bowel|intestin|\banal|\banus|proct",
            ((44110, 44160), (44202, 44213), (45110, 45172), (45395, 45397)),
            r"D[BT5]",
        ),
        (
            "C2[2-5]|C78\\.7",
            r"liver|hepat|pancrea|bile|biliary|gall ?bladder|cholecyst",
            ((47120, 47130), (47370, 47383), (48140, 48155)),
            r"F[BT5]",
        ),
        (
            "C0|C1[0-4]|C3[0-2]|C77\\.0",
            r"tongue|gloss|laryn|pharyn|parotid|mandib|maxill|tonsil|\bneck|mouth|oral|palate",
            ((31360, 31395), (41110, 41155), (42410, 42440), (42842, 42894)),
            r"C[BT5]",
        ),
        ("C4[34]|C4A|D03", r"\bskin|melanoma|cutane", ((11400, 11646),), r"H[B5]"),
        ("C4[019]|C46", r"limb|\bbone|soft tissue|sarcoma|\bleg\b|\barm\b", (), r"[KLQPXY][BT56]"),
        (
            "C5[1-8]|D06",
            r"hyster|uter|ovar|oophor|salping|cervi[xc]|endometri|vulv|vagin|trachel|coni[sz]|leep",
            ((56620, 56640), (57510, 57556), (58150, 58294), (58541, 58575), (58700, 58960)),
            r"U[BT5]",
        ),
        (
            "C6[0-3]",
            r"prostat|orchi|testi|peni[sl]|penect",
            ((52601, 52649), (54120, 54135), (54520, 54535), (55801, 55880)),
            r"V[BT5]",
        ),
        (
            "C6[4-8]|D09\\.0",
            r"nephr|kidney|renal|ureter|cystect|bladder|urothel",
            ((50220, 50240), (50543, 50548), (50592, 50593), (51550, 51597), (52214, 52240)),
            r"T[BT5]",
        ),
        (
            "C69|C7[012]|C79\\.3",
            r"crani|brain|cereb|temporal|frontal|glio|mening|astrocyt|\beye|retino|orbit",
            ((61510, 61530), (65091, 65114)),
            r"[08][BT5]",
        ),
        (
            "C7[345]|C79\\.7",
            r"thyroid|adrenal",
            ((60210, 60281), (60500, 60545), (60650, 60650)),
            r"G[BT5]",
        ),
    )
)


def kind_by_bill(procedure: Resource) -> Kind | None:
    """Return the kind that a code of CPT, HCPCS or ICD-10-PCS says alone."""
    for kind, billed in (
        (Kind.RADIOTHERAPY, _RADIATION),
        (Kind.SYSTEMIC, _CHEMOTHERAPY),
        (Kind.SURGERY, _OPERATIONS_ON_CANCER),
    ):
        if billed.holds(procedure):
            return kind
    return None


def is_billed_as_antineoplastic(drug: Any) -> bool:
    """Tell whether a drug's CodeableConcept has a HCPCS code of antineoplastic drugs."""
    return _CHEMOTHERAPY.has(known_codes(drug))


def is_billed_to_look(procedure: Resource) -> bool:
    """Tell whether a code says that it is imaging, a test or a biopsy."""
    return _LOOKED_FOR.holds(procedure)


def is_billed_as_treatment(procedure: Resource) -> bool:
    """Tell whether a code says that it is a treatment, on whatever organ."""
    on_organ = any(organ.operations.holds(procedure) for organ in ORGANS)
    return on_organ or kind_by_bill(procedure) is not None
