"""The mCODE patient bundle: what mCODE has of a patient, closed under references."""
