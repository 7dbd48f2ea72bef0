"""The pytest plugin of mailsink. Importing it loads nothing but itself."""
