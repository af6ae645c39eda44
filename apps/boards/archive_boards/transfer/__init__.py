"""A board's content as JSON Lines: one post per line, with its comments and answers (format: `transfer.lines`).

python -m archive_boards.transfer import FILE --board news
python -m archive_boards.transfer export --board news --out FILE
"""
