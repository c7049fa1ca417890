"""Compiles the codes and titles of ICD-10-CM into one small file.

The package `simple-icd-10-cm` carries the whole classification with all its notes as XML: to read
it takes two seconds and 180 MB in each process that looks up a diagnosis. The app needs only one
title per code, which takes a quarter of a second and 25 MB from the compiled file. The package is
the extra `icd10cm`: the app runs without it. When it has a new release,
`python -m app.terminology.icd10cm_compile` writes the file anew; a test compares the two.
"""

import gzip

import simple_icd_10_cm as package

from app.terminology.displays import TITLES


def titles() -> dict[str, str]:
    """Return the title of each code in the order of the classification, without its chapters."""
    codes = dict.fromkeys(package.get_all_codes())
    return {
        code: " ".join(package.get_description(code).split())
        for code in codes
        if package.is_category_or_subcategory(code)
    }


def main() -> None:
    """Write the file."""
    lines = "".join(f"{code}\t{title}\n" for code, title in titles().items())
    TITLES.write_bytes(gzip.compress(lines.encode(), mtime=0))  # the same codes, the same file


if __name__ == "__main__":
    main()
