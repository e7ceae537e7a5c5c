"""Makes the tables of the Flask service and fills them: fill.py IMAGES, a list of images as Sirius gives it."""

import json
import sys
from pathlib import Path

from app import connection

TABLES = (
    "CREATE TABLE images (id CHAR(20) PRIMARY KEY, title TEXT, alt TEXT, content_url TEXT NOT NULL) ENGINE = InnoDB",
    "CREATE TABLE visits (number BIGINT NOT NULL) ENGINE = InnoDB",
    "INSERT INTO visits VALUES (0)",
)

cursor = connection().cursor()
for statement in TABLES:
    cursor.execute(statement)
images = json.loads(Path(sys.argv[1]).read_text())["items"]
rows = [(each["id"], each["title"], each["alt"], each["content_url"]) for each in images]
cursor.executemany("INSERT INTO images VALUES (%s, %s, %s, %s)", rows)
connection().commit()
