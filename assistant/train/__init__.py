"""Training of the reader. Nothing here is imported when questions are answered.

python -m assistant.train fit --data ../shared/data --run runs/reader
python -m assistant.train export --run runs/reader --data ../shared/data
python -m assistant.train select --data ../shared/data
"""
