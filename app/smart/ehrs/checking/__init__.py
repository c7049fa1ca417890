"""What an EHR says of itself, held against what the app needs of it, for a hospital's engineer."""
