-- Every version of every resource; body is NULL for a deletion. `latest` marks the present one.
CREATE TABLE IF NOT EXISTS versions (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  method TEXT NOT NULL,
  updated TEXT NOT NULL,
  latest INTEGER NOT NULL,
  body TEXT,
  UNIQUE (type, id, version)
);
CREATE UNIQUE INDEX IF NOT EXISTS latest_version ON versions (type, id) WHERE latest;

-- What can be searched for in the present versions; see index.Term.
CREATE TABLE IF NOT EXISTS terms (
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  param TEXT NOT NULL,
  system TEXT,
  value TEXT,
  low TEXT,
  high TEXT
);
CREATE INDEX IF NOT EXISTS terms_by_value ON terms (type, param, value);
CREATE INDEX IF NOT EXISTS terms_by_date ON terms (type, param, low);
CREATE INDEX IF NOT EXISTS terms_by_resource ON terms (type, id, param);

-- The answers of which further pages may be asked for.
CREATE TABLE IF NOT EXISTS pages (
  id TEXT PRIMARY KEY,
  created TEXT NOT NULL,
  body TEXT NOT NULL
);
