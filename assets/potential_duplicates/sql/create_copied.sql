CREATE TABLE copied.copied (version BIGINT, change_set UUID, made_with VARCHAR)
