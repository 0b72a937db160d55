-- Mails that still take messages, by age: what has settled is found without reading what has not, and where nothing has
-- it is one look. A deadline day opens a hundred thousand in a minute.
CREATE INDEX mails_open ON mails (class, opened_at) WHERE state = 'open';
