"""Dates and times as Java writes and reads them: Joda-Time and java.time patterns, and time zones."""
