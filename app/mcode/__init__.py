"""What a patient's data mean in mCODE: recognising resources, and putting the record together."""
