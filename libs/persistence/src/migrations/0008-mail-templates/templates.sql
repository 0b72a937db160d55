-- Texts of mails that an agency saved in place of those that come with the service. The last version of a kind and
-- language is in force; one without a source is a return to the service's own. Never changed: what a mail said can be
-- read again.
CREATE TABLE mail_templates (
  -- Ever higher: whoever keeps templates sees by the highest whether there are newer ones.
  id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text COLLATE "C" NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
  language text COLLATE "C" NOT NULL CHECK (language IN ('nl','fr','en')),
  version integer NOT NULL CHECK (version >= 1),
  source text CHECK (length(source) BETWEEN 1 AND 65536),
  set_by text COLLATE "C" NOT NULL,
  set_at timestamptz NOT NULL,
  PRIMARY KEY (kind, language, version)
);

CREATE TRIGGER mail_templates_never_change BEFORE UPDATE OR DELETE OR TRUNCATE ON mail_templates
  FOR EACH STATEMENT EXECUTE FUNCTION never_changes();
ALTER TABLE mail_templates ENABLE ALWAYS TRIGGER mail_templates_never_change;
