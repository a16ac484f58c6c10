"""What keeps a caption out: minors, languages, people's names, length, duplicates."""
