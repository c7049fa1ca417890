"""The kinds of field that forms are made of: WTForms fields that know where their answer stands."""
