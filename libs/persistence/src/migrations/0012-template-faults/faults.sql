-- Versions of saved texts of mails that failed when a mail was to be written by them; it went with the text that comes
-- with the service instead. One row a version, of the first time: what is wrong with a text does not change.
CREATE TABLE mail_template_faults (
  kind text COLLATE "C" NOT NULL,
  language text COLLATE "C" NOT NULL,
  version integer NOT NULL,
  fault text NOT NULL CHECK (length(fault) BETWEEN 1 AND 2000),
  failed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (kind, language, version),
  FOREIGN KEY (kind, language, version) REFERENCES mail_templates
);
