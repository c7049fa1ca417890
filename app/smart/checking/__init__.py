"""What an administrator does with an EHR before people launch: check it, register the app."""
