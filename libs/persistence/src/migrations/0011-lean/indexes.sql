-- People of the agency: few of all people, and asked for whenever somebody is told of something.
CREATE INDEX people_of_agency ON people (id) WHERE beneficiary IS NULL;

-- What is under way is what is open and what has a next attempt, and each of them has an index. A third for both cost
-- every mail more entries, and led the planner away from the order in which mails settle.
DROP INDEX mails_under_way;

-- An open mail has no Message-ID and is no part yet: its entries in these two came twice.
ALTER TABLE mails DROP CONSTRAINT mails_message_id_key;
CREATE UNIQUE INDEX mails_message_id ON mails (message_id) WHERE message_id IS NOT NULL;
DROP INDEX mails_of_moment;
CREATE INDEX mails_of_moment ON mails (recipient, class, moment) WHERE fixed_at IS NOT NULL;
