"""Studies with many listeners, outside MOSS: `stimuli` as files, configured for webMUSHRA and for a
page of pictures (`writing`), and what came back of them (`ratings`).
"""
